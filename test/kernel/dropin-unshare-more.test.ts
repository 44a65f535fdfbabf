/** As unshare(1): files that keep namespaces, signals, descriptors, and what version 2.38 does not have yet. */
import { expect } from "bun:test";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "../../cli/dropin/accounts.ts";
import { inPlaceOf, line, shown } from "./dropin.ts";
import { everywhere, inTime, type Ns, quoted, rows, until } from "./harness.ts";

const children = (pid: number): number[] =>
	readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

/** The one child of a running tool, once it is the program that was asked for. */
async function childOf(pid: number, name: string): Promise<number> {
	const isThere = () => {
		const [child] = children(pid);
		return child !== undefined && readFileSync(`/proc/${child}/comm`, "utf8").trim() === name;
	};
	await until(`the child ${name}`, isThere);
	return children(pid)[0] ?? 0;
}

/**
 * One that we may run on. Linux 6.18 numbers namespaces for each processor apart, and lets a mount namespace be kept only
 * in one with a lower number: on one processor that is how they are made.
 */
const oneProcessor = (): string =>
	/Cpus_allowed_list:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";

/** Runs a script in a mount namespace of its own, where `$1...` is this program in the place of unshare(1). */
const privately = (ns: Ns, ours: readonly string[], script: string) =>
	ns.command(
		[
			"taskset",
			"-c",
			oneProcessor(),
			"unshare",
			"-m",
			"--propagation",
			"private",
			"bash",
			"-c",
			script,
			"bash",
			...ours,
		],
		{ within: 20_000 },
	);

rows({ who: "root" })("unshare: namespaces are kept by the files that are named", async (ns) => {
	const ours = inPlaceOf(ns, "unshare");
	const script = `
		mkdir ${ns.folder}/kept; mount -t tmpfs none ${ns.folder}/kept; cd ${ns.folder}/kept; mount --make-private .
		touch net uts ipc cgroup pid time user mnt
		"$@" --net=net --uts=uts --ipc=ipc --cgroup=cgroup sh -c 'hostname kept; readlink /proc/self/ns/net' > said || exit 1
		test "$(cat said)" = "$(nsenter --net=net readlink /proc/self/ns/net)" || exit 2
		nsenter --uts=uts hostname
		"$@" --pid=pid --fork true || exit 3
		"$@" --time=time --fork true || exit 4
		"$@" --user=user -r --mount=mnt --fork sh -c 'readlink /proc/self/ns/mnt' > said || exit 5
		test "$(cat said)" = "mnt:[$(stat -L -c %i mnt)]" || exit 6
		stat -f -c %T net pid time user mnt
		"$@" --net=net --mount=/nowhere true; echo $?
		umount net uts ipc cgroup net pid time user mnt`;
	const ended = await privately(ns, ours, script);
	expect({ ...ended, stderr: ended.stderr.replace(/\d+/, "PID") }).toEqual({
		code: 0,
		signal: null,
		stdout: `kept\n${"nsfs\n".repeat(5)}1\n`,
		stderr: "unshare: mount /proc/PID/ns/mnt on /nowhere failed: No such file or directory\n",
	});
});

everywhere("unshare: a killed child ends the parent in the same way, also by SIGKILL", async (ns) => {
	const ours = inPlaceOf(ns, "unshare");
	expect(await shown(ns, ours, line("-Urf sh -c 'kill -KILL $$'"))).toMatchObject({ signal: "SIGKILL", stderr: "" });
});

everywhere(
	"unshare: SIGTERM and SIGINT wait for the child, go on to it when asked, or end it with the parent",
	async (ns) => {
		const ours = inPlaceOf(ns, "unshare");
		const waiting = ns.start([...ours, "-Urpf", "sleep", "60"]);
		const sleeps = await childOf(waiting.pid, "sleep");
		waiting.kill("SIGTERM");
		waiting.kill("SIGINT");
		const held = () => /SigPnd:\t0+4002|ShdPnd:\t0+4002/.test(readFileSync(`/proc/${waiting.pid}/status`, "utf8"));
		await until("both signals are held back", held);
		process.kill(sleeps, "SIGKILL");
		await inTime("the end of the tool", waiting.exited);
		expect(waiting.signalCode).toBe("SIGKILL");

		const trap = "trap 'exit 15' TERM; echo ready; while :; do sleep 0.05; done";
		const forwarding = ns.start([...ours, "-Ur", "--forward-signals", "bash", "-c", trap]);
		const reader = forwarding.stdout.getReader();
		await inTime("the child's word", reader.read());
		forwarding.kill("SIGTERM");
		expect(await inTime("the end of the tool", forwarding.exited)).toBe(15);
		reader.releaseLock();

		const parent = ns.start([...ours, "-Urpf", "--kill-child", "sleep", "60"]);
		const ended = await childOf(parent.pid, "sleep");
		parent.kill("SIGKILL");
		await until("the end of the child", () => {
			try {
				return /State:\t[ZX]/.test(readFileSync(`/proc/${ended}/status`, "utf8"));
			} catch {
				return true;
			}
		});
		expect(parent.exitCode === null || parent.signalCode === "SIGKILL").toBe(true);
	},
);

everywhere("unshare: descriptors, the environment and limits are those of the caller", async (ns) => {
	const ours = inPlaceOf(ns, "unshare");
	writeFileSync(join(ns.folder, "file"), "through three");
	const script = `exec 3< file; ulimit -S -n 100; ${quoted(ours)} -Urf sh -c 'cat <&3; echo; ulimit -n; ls /proc/self/fd | wc -l'; ls /proc/self/fd | wc -l`;
	const { stdout, stderr } = await ns.command(["bash", "-c", script], { env: { ODD: "a b", LINES: undefined } });
	const [text, files, inside, outside] = stdout.split("\n");
	expect({ text, files, stderr }).toEqual({ text: "through three", files: "100", stderr: "" });
	expect(inside).toBe(outside);
	const mine = await ns.command([...ours, "env"], { env: { ODD: "a b" } });
	expect(mine.stdout).toBe((await ns.command(["unshare", "env"], { env: { ODD: "a b" } })).stdout);
});

everywhere("unshare: a shell where nothing is named, with the name of one that logs in", async (ns) => {
	const ours = inPlaceOf(ns, "unshare");
	const shell = (env: Record<string, string | undefined>) =>
		ns.command([...ours, "-Ur"], { env, stdin: "echo $0; id -u\n" });
	expect((await shell({ SHELL: "/bin/bash", HOME: "/nonexistent" })).stdout).toBe("-bash\n0\n");
	expect((await shell({ SHELL: undefined, HOME: "/nonexistent" })).stdout).toBe("-sh\n0\n");
	expect(await shell({ SHELL: "/nowhere/sh" })).toMatchObject({
		code: 127,
		stderr: "unshare: failed to execute /nowhere/sh: No such file or directory\n",
	});
});

rows({ who: "root" })("unshare: ranges of ids, owners, and the kernel's own map", async (ns) => {
	const ours = inPlaceOf(ns, "unshare");
	const run = async (text: string) => {
		const { code, stdout, stderr } = await shown(ns, ours, line(text));
		return { code, text: stdout.replace(/ +/g, " "), stderr };
	};
	const cat = "cat /proc/self/uid_map";
	expect(await run(`--map-users 10:5000:3 ${cat}`)).toEqual({ code: 0, text: " 10 5000 3\n", stderr: "" });
	expect(await run(`--map-users 5000,10,3 ${cat}`)).toEqual({ code: 0, text: " 10 5000 3\n", stderr: "" });
	expect(await run(`--map-users 1:5001:3 --map-users 0:5000:1 ${cat}`)).toMatchObject({
		text: " 1 5001 3\n 0 5000 1\n",
	});
	expect(await run(`-r --map-users 1:5000:3 ${cat}`)).toMatchObject({ text: " 0 0 1\n 1 5000 3\n" });
	expect(await run(`--map-user 2 --map-users 0:5000:5 ${cat}`)).toMatchObject({
		text: " 2 0 1\n 0 5000 2\n 3 5002 2\n",
	});
	expect(await run("--map-groups 7:8:1 cat /proc/self/gid_map")).toMatchObject({ text: " 7 8 1\n" });
	const all = readFileSync("/proc/self/uid_map", "utf8").trim().split("\n").length;
	expect((await run(`--map-users all ${cat}`)).text.trim().split("\n")).toHaveLength(all);
	expect(await run(`--owner 1000:1000 -r ${cat}`)).toMatchObject({ code: 0, text: " 0 0 1\n" });
	expect(await run("--owner 1000:1000 -r -S 0 id -u")).toMatchObject({ code: 0, text: "0\n" });
	expect(await run("--owner 1000 true")).toMatchObject({ code: 1, stderr: "unshare: failed to parse owner\n" });
	expect(await run("--map-users 0:1:2:3 true")).toMatchObject({ stderr: "unshare: invalid mapping '0:1:2:3'\n" });
	expect((await run("--map-users 0:1000:4294967295 true")).code).toBe(1);
});

rows({ who: "ordinary" })("unshare: subordinate ids, by the programs that may map them", async (ns) => {
	const ours = inPlaceOf(ns, "unshare");
	const ended = await shown(ns, ours, line("--map-auto cat /proc/self/uid_map"));
	const { uid } = ns.account;
	const name = nameOf(readFileSync("/etc/passwd", "utf8"), uid);
	const lines = readFileSync("/etc/subuid", "utf8").split("\n");
	const own = lines.find((one) => one.startsWith(`${name}:`) || one.startsWith(`${uid}:`));
	if (name === undefined) expect(ended.stderr).toBe(`unshare: you (user ${uid}) don't exist.\n`);
	else if (own === undefined) expect(ended.stderr).toBe(`unshare: no line matching user "${name}" in /etc/subuid\n`);
	else expect(ended.stdout).toMatch(new RegExp(`\\b${own.split(":")[1]}\\b`));
});

everywhere("unshare: nothing is made that was not asked for", async (ns) => {
	const ours = inPlaceOf(ns, "unshare");
	const kinds = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"];
	const look = `for one in ${kinds.join(" ")}; do readlink /proc/self/ns/$one; done`;
	const { stdout } = await ns.command([...ours, "sh", "-c", look]);
	expect(stdout.trim().split("\n")).toEqual(kinds.map((kind) => readlinkSync(`/proc/self/ns/${kind}`)));
	const { stdout: network } = await ns.command([...ours, "-Urn", "cat", "/sys/class/net/lo/flags", "/proc/net/dev"]);
	expect(network.split("\n").filter((one) => one.includes(":"))).toHaveLength(1);
	const up = await ns.command([...ours, "-Urn", "sh", "-c", "ip -o link show lo 2>/dev/null || echo 'state DOWN'"]);
	expect(up.stdout).toContain("state DOWN");
});

everywhere("unshare: an interpreter is known inside and not outside", async (ns) => {
	const ours = inPlaceOf(ns, "unshare");
	const name = `dropin-${process.pid}`;
	const list = "ls /proc/sys/fs/binfmt_misc";
	const ended = await shown(ns, ours, line(`-rpf --load-interp :${name}:M::abcd::/bin/true: ${list}`));
	// Linux 6.7 brought them for user namespaces, and a kernel may have none at all.
	if (/failed: (No such device|Operation not permitted)/.test(ended.stderr)) return;
	expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining(name), stderr: "" });
	expect((await ns.command(["sh", "-c", list])).stdout).not.toContain(name);
});
