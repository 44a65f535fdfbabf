/** `ns inspect` against what sandboxes say of themselves from inside. */
import { expect } from "bun:test";
import { type Inspection, inspect, net, PlanError, SystemError, sandbox, user } from "nskit";
import { close } from "../../src/descriptors.ts";
import { openPidfd, openProcess } from "../../src/inspector/process.ts";
import { checkout, ordinary } from "./checkout.ts";
import { everywhere, library, type Ns, type Running, rows } from "./harness.ts";
import { onStage } from "./named-stage.ts";
import { descendants, namespacesOf, processInfo } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

/** Tells of itself, piece by piece, and waits for the end of its input. */
const script = `
for file in status limits mountinfo timens_offsets cgroup uid_map; do echo "== $file"; cat /proc/$$/$file; done
echo "== hostname"; hostname
echo "== namespaces"; for file in user mnt pid net ipc uts cgroup time; do readlink /proc/$$/ns/$file; done
echo "== addresses"; ip -j address
echo "== routes"; ip -j route
echo "== ready"; exec cat`;

interface Told {
	readonly child: Running;
	/** The command, as the caller numbers it. */
	readonly pid: number;
	/** What it has said, by the name of the piece. */
	readonly pieces: Readonly<Record<string, string>>;
}

async function start(ns: Ns, ...options: string[]): Promise<Told> {
	const child = ns.startNs(["run", ...options, "sh", "-c", script]);
	const transcript = new Transcript(child.stdout);
	await transcript.has("== ready\n");
	// Without a supervisor it is the process that was started.
	const all = () => [processInfo(child.pid), ...descendants(child.pid)];
	const pid = await until("the command", () => all().find((one) => one?.name === "cat")?.pid);
	const pieces: Record<string, string> = {};
	for (const piece of transcript.text.split("== ").slice(1)) {
		const end = piece.indexOf("\n");
		pieces[piece.slice(0, end)] = piece.slice(end + 1);
	}
	return { child, pid, pieces };
}

async function end({ child }: Told): Promise<void> {
	await child.stdin.end();
	expect(await inTime("the end of the sandbox", child.exited)).toBe(0);
}

async function inspected(ns: Ns, target: number | string, ...options: string[]): Promise<Inspection> {
	return JSON.parse(await ns.output(["inspect", String(target), "--json", ...options]));
}

const field = (text: string | undefined, name: string): string =>
	(text ?? "")
		.split("\n")
		.find((line) => line.startsWith(`${name}:`))
		?.slice(name.length + 1)
		.trim() ?? "";

/** The mask of capabilities that has these numbers. */
const { capabilityNumber } = await import("../../src/linux/capabilities.ts");
const maskOf = (names: readonly string[]): string =>
	names
		.reduce((mask, name) => mask | (1n << BigInt(capabilityNumber(name) ?? 63)), 0n)
		.toString(16)
		.padStart(16, "0");

rows({ needs: ["ip", "time-namespaces"] })("a sandbox is told of as it tells of itself", async (ns) => {
	const options = ["--hostname", "box", "--monotonic", "3600s", "--boottime", "-5s", "--rlimit", "nofile=64:128"];
	const told = await start(ns, ...options, "--cap-drop", "NET_RAW,SYS_ADMIN", "--tmpfs", "/mnt");
	const { pid, pieces } = told;
	const found = await inspected(ns, pid);
	expect(found.unknown).toEqual([]);
	expect(found.target).toBe(`process ${pid}`);

	const inodes = (pieces.namespaces ?? "")
		.trim()
		.split("\n")
		.map((one) => Number(/\d+/.exec(one)?.[0]));
	expect(found.namespaces?.map(({ inode }) => inode)).toEqual(inodes);
	expect(found.namespaces?.map(({ shared }) => shared)).toEqual(inodes.map(() => false));
	for (const one of found.namespaces ?? []) expect([one.kind, one.pids?.includes(pid)]).toEqual([one.kind, true]);
	const owner = found.namespaces?.[0];
	expect(owner?.ownerUid).toBe(ns.account.uid);
	expect(found.namespaces?.slice(1).every((one) => one.owner === owner?.inode)).toBe(true);
	const outer = namespacesOf("self");
	expect(owner?.parents).toEqual([Number(/\d+/.exec(outer.user ?? "")?.[0])]);

	expect(found.ids).toEqual({
		outside: "caller",
		uids: [{ inside: 0, outside: ns.account.uid, count: 1 }],
		gids: [{ inside: 0, outside: ns.account.gid, count: 1 }],
		setgroups: "deny",
	});
	const { process, rights } = found;
	expect(process?.command).toEqual(["cat"]);
	expect(process?.name).toBe("cat");
	expect(process?.uids).toEqual([ns.account.uid, ns.account.uid, ns.account.uid, ns.account.uid]);
	expect(process?.pids.at(-1)).toBe(Number(field(pieces.status, "Pid")));
	expect(process?.pids[0]).toBe(pid);
	expect(process?.ancestors.map((one) => one.pid)).toContain(told.child.pid);
	expect(process?.root).toBe("/");
	for (const [set, name] of [
		["effective", "CapEff"],
		["permitted", "CapPrm"],
		["inheritable", "CapInh"],
		["bounding", "CapBnd"],
		["ambient", "CapAmb"],
	] as const)
		expect([set, maskOf(rights?.capabilities[set] ?? [])]).toEqual([set, field(pieces.status, name)]);
	expect(String(Number(rights?.noNewPrivileges))).toBe(field(pieces.status, "NoNewPrivs"));
	expect(rights?.seccomp).toBe("filter");
	expect(String(rights?.seccompFilters)).toBe(field(pieces.status, "Seccomp_filters"));

	expect(found.limits?.find(({ name }) => name === "nofile")).toEqual({ name: "nofile", soft: 64, hard: 128 });
	expect(found.limits?.length).toBe(16);
	for (const [title, name] of [
		["Max processes", "nproc"],
		["Max stack size", "stack"],
		["Max cpu time", "cpu"],
	] as const) {
		const line = (pieces.limits ?? "")
			.split("\n")
			.find((one) => one.startsWith(title))
			?.slice(26)
			.trim()
			.split(/\s+/);
		const one = found.limits?.find((limit) => limit.name === name);
		expect([name, String(one?.soft), String(one?.hard)]).toEqual([name, line?.[0] ?? "", line?.[1] ?? ""]);
	}

	const lines = (pieces.mountinfo ?? "")
		.trim()
		.split("\n")
		.map((line) => line.split(" "));
	expect(found.mounts?.map(({ id, path }) => `${id} ${path}`)).toEqual(
		lines.map(([id, , , , path]) => `${id} ${path}`),
	);
	expect(found.mounts?.find(({ path }) => path === "/mnt")?.type).toBe("tmpfs");

	expect(found.names?.hostname).toBe((pieces.hostname ?? "").trim());
	expect(found.names?.hostname).toBe("box");
	expect(found.clocks).toEqual([
		{ clock: "monotonic", seconds: 3600, nanoseconds: 0 },
		{ clock: "boottime", seconds: -5, nanoseconds: 0 },
	]);
	expect(found.clocks?.map(({ clock, seconds }) => `${clock} ${seconds}`)).toEqual(
		(pieces.timens_offsets ?? "")
			.trim()
			.split("\n")
			.map((line) => line.split(/\s+/).slice(0, 2).join(" ")),
	);
	const addresses = JSON.parse(pieces.addresses ?? "[]") as {
		ifname: string;
		mtu: number;
		address: string;
		operstate: string;
		addr_info: { local: string; prefixlen: number }[];
	}[];
	expect(
		found.network?.interfaces.map(({ name, mtu, link, state, addresses }) => ({ name, mtu, link, state, addresses })),
	).toEqual(
		addresses.map((one) => ({
			name: one.ifname,
			mtu: one.mtu,
			link: one.address,
			state: one.operstate.toLowerCase(),
			addresses: one.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
		})),
	);
	expect(found.network?.routes.filter(({ family }) => family === "ipv4")).toEqual(JSON.parse(pieces.routes ?? "[]"));
	// Seen from inside, each cgroup is the root.
	for (const line of (pieces.cgroup ?? "").trim().split("\n")) {
		const one = found.cgroups?.find(({ hierarchy }) => line.startsWith(`${hierarchy}:`));
		expect([line, one?.root]).toEqual([line, one?.path]);
		expect(line.endsWith(":/")).toBe(true);
	}
	const text = found.differences.map((one) => one.text).join("; ");
	expect(text).toStartWith(`shares no namespace with you; user 0 inside is ${ns.account.uid} outside`);
	expect(text).toContain("its capabilities count in its user namespace only");
	expect(text).toContain("no_new_privs; a seccomp filter; the limit nofile is 64");
	expect(text).toContain("its monotonic clock is 3600 s ahead; its boottime clock is 5 s behind");
	expect(text).toMatch(/is called box, not /);
	const shown = await ns.output(["inspect", String(pid)]);
	expect(shown.split("\n")[0]).toBe(`process ${pid}: cat`);
	expect(shown.replace(/\n {2}(?=\S)/g, " ")).toContain("shares no namespace with you; user 0 inside is");
	await end(told);
});

everywhere("what is shared is said, and what is not looked at is left out", async (ns) => {
	const told = await start(ns, "--uts", "--hostname", "box");
	const found = await inspected(ns, told.pid, "--only", "names,mounts", "--only", "namespaces");
	const shared =
		ns.who === "root"
			? "shares user, mount, pid, net, ipc, cgroup and time with you"
			: "shares mount, pid, net, ipc, cgroup and time with you";
	expect(found.differences[0]).toEqual({ part: "namespaces", text: shared });
	expect(found.differences.filter(({ part }) => part === "mounts")).toEqual([]);
	expect(Object.keys(found).toSorted()).toEqual([
		...["differences", "mounts", "names", "namespaces", "target", "unknown", "version"],
	]);
	expect((await inspected(ns, told.pid, "--only", "mounts")).differences).toEqual([]);
	await end(told);
});

everywhere("a single namespace is found by its file and by its inode", async (ns) => {
	const told = await start(ns, "--hostname", "box");
	const inode = Number(/\d+/.exec(namespacesOf(told.pid).uts ?? "")?.[0]);
	for (const target of [`/proc/${told.pid}/ns/uts`, String(inode), `uts:[${inode}]`]) {
		const found = await inspected(ns, target);
		expect(found).toMatchObject({
			names: { hostname: "box" },
			unknown: [],
			namespaces: [{ kind: "uts", inode, shared: false }],
		});
		expect([target, found.process, found.mounts, found.network]).toEqual([target, undefined, undefined, undefined]);
		expect(found.differences[0]).toEqual({ part: "namespaces", text: "you are not in it" });
	}
	// Without a process that tells: everything from inside.
	const at = (file: string) => inspected(ns, `/proc/${told.pid}/ns/${file}`);
	const [mounts, ids, clocks, network, ipc] = [
		await at("mnt"),
		await at("user"),
		await at("time"),
		await at("net"),
		await at("ipc"),
	];
	const whole = await inspected(ns, told.pid);
	expect([mounts, ids, clocks, network, ipc].map(({ unknown }) => unknown)).toEqual([[], [], [], [], []]);
	expect(mounts.mounts).toEqual(whole.mounts as never);
	expect(ids.ids).toEqual({ ...whole.ids, outside: "parent" } as never);
	expect(clocks.clocks).toEqual(whole.clocks as never);
	expect(network.network).toEqual(whole.network as never);
	expect(ipc.ipc).toEqual({ sharedMemory: [], semaphores: [], messageQueues: [] });
	await end(told);
});

rows({ who: "root", needs: ["ordinary", "ipcs"] })(
	"System V objects and sockets of another namespace are seen",
	async (ns) => {
		const { bun } = checkout();
		const make = `ipcmk -M 4096 >/dev/null; ipcmk -S 3 >/dev/null; ipcmk -Q >/dev/null
exec "$0" -e 'Bun.listen({hostname:"127.0.0.1",port:4321,socket:{data(){}}});Bun.listen({unix:"\\0hidden",socket:{data(){}}});console.log("ready");await Bun.stdin.text();process.exit(0)'`;
		const child = ns.startNs(["run", "sh", "-c", make, bun]);
		await new Transcript(child.stdout).has("ready\n");
		const pid = await until(
			"the command",
			() => descendants(child.pid).find(({ name }) => name !== "ns-init" && name !== "ns")?.pid,
		);
		const { ipc, network } = await inspected(ns, pid);
		expect(ipc?.sharedMemory).toMatchObject([{ size: 4096, uid: 0 }]);
		expect(ipc?.semaphores).toMatchObject([{ count: 3, uid: 0 }]);
		expect(ipc?.messageQueues).toMatchObject([{ messages: 0, uid: 0 }]);
		expect(network?.listening).toEqual([
			{ protocol: "tcp", address: "127.0.0.1:4321", uid: 0 },
			{ protocol: "unix", address: "@hidden" },
		]);
		await child.stdin.end();
		expect(await inTime("the end of the sandbox", child.exited)).toBe(0);
	},
);

everywhere("a name is told of in full, also where no process keeps it", (ns) =>
	onStage(ns, async (stage) => {
		await stage.output("create", "kept", "--net", "--uts", "--time", "--hostname", "kept-host", "--boottime", "9s");
		const found = JSON.parse(await stage.output("inspect", "kept", "--json")) as Inspection;
		expect(found).toMatchObject({ target: "kept", unknown: [], names: { hostname: "kept-host" } });
		expect(found.process).toBeUndefined();
		expect(found.clocks?.[1]).toEqual({ clock: "boottime", seconds: 9, nanoseconds: 0 });
		expect(found.network?.interfaces).toMatchObject([{ name: "lo", up: true, addresses: ["127.0.0.1/8", "::1/128"] }]);
		const kinds = ns.who === "root" ? ["net", "uts", "time"] : ["user", "net", "uts", "time"];
		expect(found.namespaces?.map(({ kind }) => kind)).toEqual(kinds as never);
		for (const one of found.namespaces ?? [])
			expect([one.kind, one.shared, one.names]).toEqual([one.kind, false, ["kept"]]);
		const uts = found.namespaces?.find(({ kind }) => kind === "uts");
		if (ns.who === "root") expect(uts).toMatchObject({ pids: [], holders: [{ by: "mount" }] });
		else expect(found.ids?.uids).toEqual([{ inside: 0, outside: ns.account.uid, count: 1 }]);
		const text = await stage.output("inspect", "kept");
		expect(text).toStartWith("kept\n  shares no namespace with you; ");
		expect(text.replace(/\n {2}(?=\S)/g, " ")).toContain("is called kept-host, not ");
		await stage.output("remove", "kept");
		expect((await stage.run("inspect", "kept")).code).toBe(125);
		await stage.expectNothing();
	}),
);

rows({ who: "root", needs: ["strace"] })("with rights of its own, who looks enters no user namespace", async (ns) => {
	const told = await start(ns, "--hostname", "box");
	const trace = `${ns.folder}/trace`;
	const strace = ["strace", "-f", "-o", trace, "-e", "trace=setns,prctl"];
	const line = [...strace, ...ns.program, "inspect", String(told.pid), "--only", "names,network,ipc", "--json"];
	const { code, stdout } = await ns.command(line);
	expect([code, JSON.parse(stdout).names.hostname]).toEqual([0, "box"]);
	const lines = (await Bun.file(trace).text()).split("\n");
	const visits = lines.filter((one) => one.includes("setns("));
	expect(visits.map((one) => /CLONE_\w+/.exec(one)?.[0])).toEqual(["CLONE_NEWNET", "CLONE_NEWUTS", "CLONE_NEWIPC"]);
	// By the time it enters, nobody can trace it.
	const visitor = visits[0]?.split(" ")[0] ?? "";
	const calls = lines.filter((one) => one.startsWith(`${visitor} `) && /setns\(|PR_SET_DUMPABLE/.test(one));
	expect(calls[0]).toMatch(/PR_SET_DUMPABLE, (0|SUID_DUMP_DISABLE)/);
	expect(calls).toHaveLength(4);
	await end(told);
});

rows({ who: "ordinary" })(
	"a process of somebody else tells what it may, and the rest is said to be unknown",
	async (ns) => {
		if (process.geteuid?.() !== 0) return;
		const found = await inspected(ns, process.pid);
		expect(found.process).toMatchObject({ pid: process.pid, uids: [0, 0, 0, 0] });
		expect(found.rights?.capabilities.effective.length).toBeGreaterThan(0);
		expect(found.limits?.length).toBe(16);
		expect(found.namespaces).toEqual([]);
		expect(found.unknown).toContainEqual({
			part: "namespaces",
			reason: "user, mount, pid, net, ipc, uts, cgroup and time: you may not look at it (EACCES)",
		});
		expect(found.unknown.map(({ part }) => part)).toEqual(
			expect.arrayContaining(["process", "network", "names", "ipc"]),
		);
		expect(found.differences).toContainEqual({ part: "process", text: `runs as user 0, you as ${ordinary().uid}` });
		expect(await ns.output(["inspect", String(process.pid)])).toContain(
			"not known: the uts namespace cannot be opened",
		);
	},
);

everywhere("what leads nowhere is an error that says so", async (ns) => {
	const gone = ns.start(["true"]);
	await gone.exited;
	const wrong: [string[], string][] = [
		[["inspect", String(gone.pid)], `there is no process ${gone.pid}`],
		[["inspect"], "inspect needs a target"],
		[["inspect", "no-such-name-at-all"], 'nothing is called "no-such-name-at-all"'],
		[["inspect", "/etc/passwd"], "/etc/passwd is no namespace"],
		[["inspect", "net:[4026999999]"], "the namespace net:[4026999999] is not to be seen"],
		[["inspect", "self", "other"], 'inspect takes one target, and not "other"'],
		[["inspect", "self", "--only", "mount"], 'there is no part "mount"'],
	];
	for (const [args, message] of wrong) {
		const ended = await ns.run(args);
		expect({ args, code: ended.code, stdout: ended.stdout }).toEqual({ args, code: 125, stdout: "" });
		expect(ended.stderr).toStartWith(`ns: ${message}`);
	}
});

everywhere("what a process calls itself cannot play with the terminal", async (ns) => {
	const child = ns.start(["bash", "-c", "exec -a $'\\e]0;owned\\a\\nfake' cat"]);
	const named = () => Bun.file(`/proc/${child.pid}/cmdline`).text();
	await until("the name", async () => (await named()).includes("\u001b"));
	const shown = await ns.output(["inspect", String(child.pid), "--only", "process"]);
	expect(shown).not.toContain("\u001b");
	expect(shown.split("\n")[0]).toBe(`process ${child.pid}: "\\u001b]0;owned\\u0007\\nfake"`);
	await child.stdin.end();
	await child.exited;
});

const problemOf = (error: unknown): unknown => (error instanceof PlanError ? error.problems[0]?.code : error);

library("the library tells of a sandbox, and of one that ends meanwhile nothing but that", async () => {
	const child = await sandbox(user(), net()).spawn(["cat"], { stdin: "pipe" });
	const { network } = await inspect(child.pid, { only: ["network"] });
	expect(network?.interfaces.map(({ name }) => name)).toEqual(["lo"]);
	const looking = inspect(child.pid).then(({ process }) => process?.pid, problemOf);
	child.kill("SIGKILL");
	expect([child.pid, "TARGET_ENDED"]).toContain((await looking) as number);
	await child.exited;
	expect(await inspect(child.pid).then(() => "found", problemOf)).toBe("TARGET_MISSING");
});

library("an open process is read as long as it is there, and nothing else by its number", async () => {
	const child = Bun.spawn(["cat"], { stdin: "pipe" });
	const pidfd = openPidfd(child.pid);
	try {
		const open = openProcess(child.pid, pidfd);
		expect(new TextDecoder().decode(open.read("stat"))).toStartWith(`${child.pid} (`);
		expect(open.hasEnded()).toBe(false);
		child.kill("SIGKILL");
		await child.exited;
		expect(open.hasEnded()).toBe(true);
		expect(() => open.read("status")).toThrow(SystemError);
		expect(() => open.link("cwd")).toThrow(SystemError);
		open.close();
		expect(() => openProcess(child.pid, pidfd)).toThrow("TARGET_ENDED");
		// Whatever has the number of another process is not taken for it.
		expect(() => openProcess(process.pid, pidfd)).toThrow("TARGET_ENDED");
	} finally {
		child.kill("SIGKILL");
		close(pidfd);
	}
});
