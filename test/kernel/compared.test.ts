/** Rows of docs/comparison.md that no other test shows as a whole. */
import { expect } from "bun:test";
import { type Fragment, sandbox, uts } from "nskit";
import { everywhere, library, rows } from "./harness.ts";
import { inside, optionSets, put, said, smallRoot } from "./mounts.ts";
import { descendants } from "./outside.ts";
import { keys, sizes, Terminal } from "./terminal.ts";
import { inTime, until } from "./waiting.ts";

const atTerminal = rows({ needs: ["script"] });

everywhere("a root made of nothing holds what the rules put there, and nothing else", async (ns) => {
	for (const options of optionSets(ns)) {
		const rules = ["--mount", "--pid", ...smallRoot, "--dev", "--tmpfs", "/tmp", "--dir", "/etc", "--remount-ro", "/"];
		const script =
			"ls -A / /etc /tmp; cut -d' ' -f5 /proc/self/mountinfo | grep -v ^/dev/ | sort; ls /.. | wc -l; echo x > /x";
		const lines = await said(ns, [...options, ...rules], script);
		expect(lines).toEqual([
			...["/:", "bin", "dev", "etc", "lib", "lib64", "proc", "tmp", "usr", "", "/etc:", "", "/tmp:"],
			...["/", "/dev", "/proc", "/tmp", "/usr", "8"],
			expect.stringContaining("Read-only file system"),
		]);
	}
});

everywhere("mounts are made and moved by descriptor, and never by path", async (ns) => {
	const rules = [...smallRoot, "--dev", "--tmpfs", "/tmp", "--overlay", "/usr:/tmp", "--mask", "/usr/bin"];
	const { steps } = JSON.parse(await ns.output(["plan", "--json", ...rules, "true"])) as {
		steps: { calls: { name: string; args: unknown[] }[] }[];
	};
	const calls = steps.flatMap((step) => step.calls);
	const names = new Set(calls.map(({ name }) => name));
	for (const name of ["fsopen", "fsmount", "open_tree", "move_mount", "mount_setattr"]) expect(names).toContain(name);
	// Only what says how mounts propagate has no newer form on all kernels.
	const old = calls.filter(({ name }) => name === "mount").map(({ args }) => args.slice(0, 3));
	expect(old).toEqual([[null, "/", null]]);
});

rows({ who: "root" })("the owners on disk are those inside below a bind with mapped ids", async (ns) => {
	put(ns, "file", "text\n");
	const maps = ["--map-users", "0:100000:1000", "--map-groups", "0:100000:1000"];
	const script = "stat -c '%u %g' /mnt/file; echo x > /mnt/new; stat -c '%u %g' /mnt/new";
	expect(await said(ns, [...maps, "--idmap-bind", `${ns.folder}:/mnt`], script)).toEqual(["0 0", "0 0"]);
	expect((await ns.command(["stat", "-c", "%u %g", `${ns.folder}/new`])).stdout).toBe("0 0\n");
});

atTerminal("a terminal of its own follows the size of the caller's, stops and goes on with the shell", async (ns) => {
	const terminal = await Terminal.open(ns);
	const outer = (await terminal.does("stty rows 31 cols 91; tty")).trim();
	for (const options of ["", "--uts"]) {
		terminal.type(`ns run ${options} --pty bash -c 'tty; stty size; ${sizes}'\n`);
		await terminal.sees(/\/dev\/pts\/\d+\n31 91\nready\n/);
		await ns.command(["stty", "-F", outer, "rows", "40", "cols", "100"]);
		await terminal.sees("40 100\n");
		terminal.type("\n");
		await terminal.sees("prompt> ");
		expect(await terminal.does("echo code $?")).toBe("code 7\n");
		terminal.type(`ns run ${options} --pty cat\n`);
		await terminal.hasKeys("cat");
		terminal.type("one\n");
		await terminal.sees("one\n");
		terminal.type(keys.suspend);
		await terminal.sees("prompt> ");
		expect(await terminal.does("jobs")).toContain("Stopped");
		await terminal.stands("cat");
		terminal.type("fg\n");
		await terminal.hasKeys("cat");
		terminal.type("two\n");
		await terminal.sees("two\n");
		terminal.type(keys.endOfFile);
		await terminal.sees("prompt> ");
		await terminal.does("stty rows 31 cols 91");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

rows({ needs: ["script", "perl"] })("nothing can be typed into a terminal from inside", async (ns) => {
	const terminal = await Terminal.open(ns);
	// TIOCSTI, TIOCLINUX, and both with a bit beyond the 32 that the kernel looks at.
	const requests = "0x5412, 0x541c, 0x100005412, 0x10000541c";
	const ioctl = `perl -e 'for (${requests}) { syscall(16, 0, $_, my $x = "\\003x"); print $! + 0, "\\n" }'`;
	for (const options of ["", "--uts", "--pty", "--new-session"]) {
		const shown = await terminal.does(
			`ns run ${options} ${process.arch === "x64" ? ioctl : "printf '1\\n1\\n1\\n1\\n'"}`,
		);
		expect([options, shown]).toEqual([options, "1\n1\n1\n1\n"]);
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

everywhere("a PID namespace is made inside a joined one", async (ns) => {
	const target = ns.startNs(["run", "--user", "--pid", "cat"]);
	const command = await until("the target", () => descendants(target.pid).find(({ name }) => name === "cat")?.pid);
	const join = ["--join", `user:${command}`, "--join", `pid:${command}`];
	// Of its ids, outermost first, one more than a process of the joined namespace has.
	const ids = (...words: string[]) => ns.output(["run", ...words, "grep", "^NSpid:", "/proc/self/status"]);
	const count = async (text: Promise<string>) => (await text).trim().split("\t").length;
	const joined = await count(ids(...join));
	expect(await count(ids(...join, "--", ...ns.program, "run", "--pid", "--"))).toBe(joined + 1);
	await target.stdin.end();
	expect(await inTime("the end of the target", target.exited)).toBe(0);
});

everywhere("the init shows nothing of the command line and the environment that made it", async (ns) => {
	const script = "tr '\\0' ' ' < /proc/1/cmdline; echo; cat /proc/1/comm; cat /proc/1/environ 2>/dev/null | wc -c";
	const options = ["--hostname", "box", "--setenv", "SECRET=1"];
	expect(await inside(ns, options, script, { env: { OTHER: "2" } })).toBe("ns \nns-init\n0\n");
});

everywhere("what belongs to a namespace below /proc/sys can be set inside, and stays the same outside", async (ns) => {
	const paths = ["/proc/sys/net/ipv4/ip_default_ttl", "/proc/sys/kernel/msgmni"];
	const look = async () => (await ns.command(["cat", ...paths])).stdout;
	const before = await look();
	const set = paths.map((path) => `echo 77 > ${path}`).join("; ");
	expect(await inside(ns, ["--all"], `${set}; cat ${paths.join(" ")}`)).toBe("77\n77\n");
	expect(await look()).toBe(before);
});

library("a fragment of the caller's own does its calls in the phase it names", async () => {
	const own: Fragment = {
		module: "own",
		steps: () => [
			{
				...{ phase: "hostname", module: "own", who: "outer", does: "set another name", why: "asked for" },
				...{ man: "sethostname(2)", calls: [{ name: "sethostname", args: ["own", 3] }] },
			},
		],
	};
	const box = sandbox(uts({ hostname: "box" }), own);
	expect(box.spawnSync(["hostname"]).stdout?.toString()).toBe("own\n");
	const child = await box.spawn(["hostname"]);
	expect(await child.stdout.text()).toBe("own\n");
	const failing: Fragment = {
		...own,
		steps: () => [{ ...own.steps({} as never)[0], calls: [{ name: "sethostname", args: ["own", -1] }] } as never],
	};
	expect(() => sandbox(uts(), failing).spawnSync(["hostname"])).toThrow("cannot set another name: sethostname(");
});
