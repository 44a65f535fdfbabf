import { expect } from "bun:test";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join as joinModules, pid, sandbox, user, uts } from "nskit";
import { openPidfd } from "../../src/pidfd.ts";
import { statusOf } from "../../src/targets/kernel.ts";
import { everywhere, library, type Ns, type Running, rows } from "./harness.ts";
import { descendants, linkOf, namespacesOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

const files = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"];

/** The namespaces inside, in the order of `files`. */
const show = ["sh", "-c", 'for name; do readlink "/proc/self/ns/$name"; done', "sh", ...files];

/** Starts a command with all eight namespaces of its own that waits. Returns it and its process's id outside. */
async function startTarget(ns: Ns, ...options: string[]): Promise<[Running, number]> {
	const child = ns.startNs(["run", "--all", "--hostname", "target", ...options, "cat"]);
	const command = await until("the target", () => descendants(child.pid).find(({ name }) => name === "cat")?.pid);
	return [child, command];
}

/** What `PID:INODE` takes. pidfd_open(2). */
function inodeOfPidfd(process: number): number {
	const fd = openPidfd(process);
	const { inode } = statusOf(fd);
	closeSync(fd);
	return inode;
}

async function end(child: Running): Promise<void> {
	await child.stdin.end();
	expect(await inTime("the end of the target", child.exited)).toBe(0);
}

const linesOf = (text: string): string[] => text.trim().split("\n");

everywhere("all eight are entered by process id, by its supervisor's, and by descriptor", async (ns) => {
	const [child, target] = await startTarget(ns);
	const inside = files.map((name) => namespacesOf(target)[name] ?? "");
	for (const word of [`${target}`, `${child.pid}`, `${target}:${inodeOfPidfd(target)}`]) {
		expect([word, linesOf(await ns.output(["enter", word, ...show]))]).toEqual([word, inside]);
		expect(await ns.output(["enter", "--", word, "sh", "-c", "hostname; id -u; cat /proc/1/comm; exit"])).toBe(
			"target\n0\nns-init\n",
		);
	}
	expect((await ns.run(["enter", `${target}`, "sh", "-c", "ls /proc/self/fd; exit 7"])).stdout).toBe("0\n1\n2\n3\n");
	expect((await ns.run(["enter", `${target}`, "sh", "-c", "exit 7"])).code).toBe(7);
	expect((await ns.run(["enter", `${target}`, "sh", "-c", "kill -TERM $$"])).signal).toBe("SIGTERM");
	await end(child);
});

everywhere("those that are named are entered, and those with --no- are left out", async (ns) => {
	const [child, target] = await startTarget(ns);
	const [inside, outside] = [namespacesOf(target), namespacesOf("self")];
	const named = linesOf(await ns.output(["enter", `${target}`, "--uts", "-n", ...show]));
	const all = linesOf(await ns.output(["enter", "--no-ipc", `${target}`, ...show]));
	for (const [i, name] of files.entries()) {
		const isNamed = ["uts", "net"].includes(name) || (name === "user" && ns.who === "ordinary");
		expect([name, named[i]]).toEqual([name, isNamed ? inside[name] : outside[name]]);
		expect([name, all[i]]).toEqual([name, name === "ipc" ? outside[name] : inside[name]]);
	}
	await end(child);
});

everywhere("root, directory, environment and ids of the target are taken when asked for", async (ns) => {
	const [child, target] = await startTarget(ns, "--map", "self", "--setenv", "MARK=target", "--wd", "/usr/lib");
	const script = ["sh", "-c", 'pwd; echo "$MARK"; id -u; id -g'];
	const { uid, gid } = ns.account;
	expect(linesOf(await ns.output(["enter", `${target}`, "--all", ...script]))).toEqual([
		"/usr/lib",
		"target",
		`${uid}`,
		`${gid}`,
	]);
	expect(linesOf(await ns.output(["enter", `${target}`, "--wd", "sh", "-c", 'pwd; echo "<$MARK>"']))).toEqual([
		"/usr/lib",
		"<>",
	]);
	expect(await ns.output(["enter", `${target}`, "--root=/usr", "sh", "-c", "pwd"], { env: { PATH: "/bin" } })).toBe(
		"/\n",
	);
	const bad = await ns.run(["enter", `${target}`, "--wd=/nowhere", "true"]);
	expect([bad.code, bad.stderr]).toEqual([125, expect.stringContaining("/nowhere does not exist inside")]);
	await end(child);
});

everywhere("run joins what it does not make", async (ns) => {
	const [child, target] = await startTarget(ns);
	const [inside, outside] = [namespacesOf(target), namespacesOf("self")];
	const args = [
		"run",
		"--join",
		`${target}`,
		"--uts",
		"--hostname",
		"mine",
		"sh",
		"-c",
		`hostname; ${show[2]}`,
		"sh",
		...files,
	];
	const [name, ...lines] = linesOf(await ns.output(args));
	expect(name).toBe("mine");
	for (const [i, file] of files.entries()) {
		if (file === "uts") expect([inside.uts, outside.uts]).not.toContain(lines[i]);
		else expect([file, lines[i]]).toEqual([file, inside[file]]);
	}
	const nothing = await ns.run(["run", "--join", `${target}`, "--all", "true"]);
	expect([nothing.code, nothing.stderr]).toEqual([125, expect.stringContaining("leaves nothing to join")]);
	await end(child);
});

everywhere("a name is entered by ns enter and by ns run --join", async (ns) => {
	const name = `enter-${ns.how}-${ns.who}-${process.pid}`;
	const made = await ns.run(["create", name, "--uts", "--ipc", "--hostname", "named"]);
	expect(made).toMatchObject({ code: 0, stderr: "" });
	try {
		expect(await ns.output(["enter", name, "hostname"])).toBe("named\n");
		expect(await ns.output(["run", "--join", name, "--pid", "--mount", "sh", "-c", "hostname; echo $$; exit"])).toBe(
			"named\n2\n",
		);
		const owner = ns.who === "root" ? [] : ["--join", `user:${name}`];
		expect(await ns.output(["run", ...owner, "--join", `uts:${name}`, "hostname"])).toBe("named\n");
	} finally {
		expect(await ns.run(["remove", name])).toMatchObject({ code: 0 });
	}
	const gone = await ns.run(["enter", name, "true"]);
	expect([gone.code, gone.stderr]).toEqual([125, expect.stringContaining(`nothing is called "${name}"`)]);
});

everywhere("what cannot be entered is an error with nothing done", async (ns) => {
	for (const [words, text] of [
		[[], "enter needs a target"],
		[["4194304"], "there is no process 4194304"],
		[["0"], "0 cannot be a process id"],
		[["/etc/passwd"], "/etc/passwd is no namespace"],
		[["fd:9"], "there is no descriptor 9"],
		[["runc:none"], "there is no runc:none"],
		[["runc:../x"], "cannot be a container of runc"],
		[["web:x"], "begins with no known prefix"],
		[[`${process.pid}:1`], "is another process by now"],
		[["/proc/self/ns/net", "--env", "--wd"], "is no process, so it has not a directory"],
		[["--nett", "1"], "unknown option --nett"],
	] as const) {
		const { code, stdout, stderr } = await ns.run(["enter", ...words]);
		expect([words, code, stdout, stderr]).toEqual([words, 125, "", expect.stringContaining(text)]);
	}
});

rows({ who: "root" })("a container is entered by what its state file says, which is checked", async (ns) => {
	const [child, target] = await startTarget(ns);
	const folder = ns.directory("runtime");
	const id = "box";
	const start = Number(readFileSync(`/proc/${target}/stat`, "utf8").split(") ")[1]?.split(" ")[19]);
	const write = async (text: unknown, mode = "600"): Promise<void> => {
		await Bun.write(`${folder}/runc/${id}/state.json`, JSON.stringify(text));
		Bun.spawnSync(["chmod", mode, `${folder}/runc/${id}/state.json`]);
	};
	const enter = (word: string) => ns.run(["enter", word, "hostname"], { env: { XDG_RUNTIME_DIR: folder } });
	await write({ init_process_pid: target, init_process_start: start });
	expect(await enter(`runc:${id}`)).toMatchObject({ code: 0, stdout: "target\n" });
	await write({ init_process_pid: target, init_process_start: start + 1 });
	expect((await enter(`runc:${id}`)).stderr).toContain("is another process by now");
	await write({ init_process_pid: target, init_process_start: start }, "666");
	expect((await enter(`runc:${id}`)).stderr).toContain("may be written by others");
	await Bun.write(`${folder}/crun/${id}/status`, JSON.stringify({ pid: target, "process-start-time": start }));
	expect(await enter(`crun:${id}`)).toMatchObject({ code: 0, stdout: "target\n" });
	await end(child);
});

rows({ needs: ["strace"] })("a target that ends before it is entered is an error, and nothing is left", async (ns) => {
	const [child, target] = await startTarget(ns);
	const slow = ["strace", "-f", "-o", "/dev/null", "-e", "trace=execveat", "-e", "inject=execveat:delay_enter=1500000"];
	const entering = ns.start([...slow, ...ns.program, "enter", `${target}`, "true"]);
	await until("the look at the target", () =>
		descendants(entering.pid).some((one) => descriptorsOf(one.pid).some((link) => link.includes("pidfd"))),
	);
	await end(child);
	const [code, stderr] = await Promise.all([entering.exited, entering.stderr.text()]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("ESRCH")]);
	expect(stderr).toContain("has ended");
});

function descriptorsOf(process: number): string[] {
	try {
		return readdirSync(`/proc/${process}/fd`).map((fd) =>
			readFileSync(`/proc/${process}/fdinfo/${fd}`, "utf8").includes("Pid:") ? "pidfd" : "",
		);
	} catch {
		return [];
	}
}

library("the library enters a subprocess, a pid and descriptors, many times, and lets go of them", async () => {
	const target = await sandbox(user(), pid(), uts({ hostname: "target" })).spawn(["cat"], { stdin: "pipe" });
	const cat = descendants(target.pid).find(({ name }) => name === "cat")?.pid ?? 0;
	const fd = openSync(`/proc/${cat}/ns/uts`, "r");
	// Bun opens some of its own meanwhile.
	const count = () =>
		readdirSync("/proc/self/fd").filter((name) => /^\w+:\[\d+\]$/.test(linkOf(`/proc/self/fd/${name}`))).length;
	const before = count();
	for (const word of [target, cat, `${cat}`, { pid: target.pid }]) {
		using box = sandbox.enter(word);
		for (let i = 0; i < 5; i++) expect(box.spawnSync(["hostname"]).stdout?.toString()).toBe("target\n");
		const child = await box.spawn(["sh", "-c", "readlink /proc/self/ns/uts; exit 4"]);
		expect([(await child.stdout.text()).trim(), await child.exited]).toEqual([namespacesOf(cat).uts ?? "", 4]);
	}
	{
		using owner = joinModules(cat, ["user"]);
		using names = joinModules({ fd }, ["uts"]);
		expect(
			sandbox(...owner, ...names)
				.spawnSync(["hostname"])
				.stdout?.toString(),
		).toBe("target\n");
		using mine = sandbox.enter(cat, uts({ hostname: "mine" }));
		expect(mine.spawnSync(["hostname"]).stdout?.toString()).toBe("mine\n");
	}
	await until("the descriptors are closed", () => count() <= before);
	using late = sandbox.enter(cat);
	closeSync(fd);
	await target.stdin.end();
	expect(await inTime("the end", target.exited)).toBe(0);
	expect(() => late.spawnSync(["true"])).toThrow("ESRCH");
	expect(() => joinModules(cat)).toThrow("TARGET_MISSING");
});

everywhere("who enters where rules hold the network cannot change them either", async (ns) => {
	const [child, target] = await startTarget(ns, "--deny-out", "10.0.0.0/8");
	const kept = async (...words: string[]) => {
		const status = await ns.output(["enter", `${target}`, ...words, "cat", "/proc/self/status"]);
		return (BigInt(`0x${/CapBnd:\s+(\w+)/.exec(status)?.[1]}`) >> 12n) & 3n;
	};
	expect(await kept()).toBe(0n);
	expect(await kept("--no-net")).toBe(3n);
	await end(child);
});
