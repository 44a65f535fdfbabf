import { expect } from "bun:test";
import { chmodSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { NamedState } from "nskit";
import { rows } from "./harness.ts";
import { onStage, type Stage } from "./named-stage.ts";
import { linkOf } from "./outside.ts";
import { until } from "./waiting.ts";

const source = rows({ how: "source", timeout: 120_000 });

async function created(stage: Stage, ...more: string[]): Promise<NamedState> {
	return JSON.parse(await stage.output("create", "web", "--user", "--pid", "--uts", "--json", ...more)) as NamedState;
}

/** Writes a state in place of the one that is there. */
function write(stage: Stage, state: unknown): Promise<string> {
	return stage.shell(`cat > ${stage.place}/web/state.json <<'END'\n${JSON.stringify(state)}\nEND`);
}

/** What is done to a name, what is said of it then, and whether its holder is still found: what marks it is there as a rule. */
const tampered: [string, (stage: Stage, state: NamedState) => Promise<unknown>, string, ("ended" | "unknown")?][] = [
	[
		"garbage with no mark of the holder",
		(stage) => stage.shell(`cd ${stage.place}/web; rm holder; echo garbage > state.json`),
		'its state cannot be read: it is no JSON, and if a process kept it, that goes on: it is called "ns: web"; what was left',
		"unknown",
	],
	[
		"garbage with the mark of another process",
		(stage) => stage.shell(`cd ${stage.place}/web; ln -sf ${process.pid}:1 holder; echo garbage > state.json`),
		"its state cannot be read: it is no JSON; what was left",
		"unknown",
	],
	[
		"the state of a later version",
		(stage, state) => write(stage, { ...state, version: 2 }),
		"its version is not 1; what was left",
	],
	["another start time", (stage, state) => write(stage, changed(state, { startTime: 1 })), "is another by now"],
	["another pidfd", (stage, state) => write(stage, changed(state, { pidfd: "7" })), "is another by now"],
	[
		"the pid of another process",
		(stage, state) => write(stage, changed(state, { pid: process.pid })),
		"is another by now",
	],
	["a pid that nobody has", (stage, state) => write(stage, changed(state, { pid: 4_194_303 })), "has ended"],
	[
		"another inode",
		(stage, state) => write(stage, { ...state, namespaces: { ...state.namespaces, pid: { inode: 4026531836 } } }),
		"its pid namespace is not the one that was kept",
	],
	[
		"another boot",
		(stage, state) =>
			write(stage, { ...state, boot: state.boot.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) }),
		"started anew",
	],
	["garbage", (stage) => stage.shell(`echo garbage > ${stage.place}/web/state.json`), "cannot be read"],
	[
		"a state that others may write",
		(stage) => stage.shell(`chmod 666 ${stage.place}/web/state.json`),
		"can be written to by others",
	],
	[
		"a link in place of the state",
		(stage) =>
			stage.shell(`cd ${stage.place}/web && mv state.json ../../kept.json && ln -s ../../kept.json state.json`),
		"its state is no file",
	],
	[
		"a fifo in place of the state",
		(stage) => stage.shell(`cd ${stage.place}/web && rm state.json && mkfifo state.json`),
		"its state is no file",
	],
];

const changed = (state: NamedState, holder: object): NamedState =>
	({ ...state, holder: { ...state.holder, ...holder } }) as NamedState;

for (const [what, tamper, why, after = "ended"] of tampered) {
	source(`${what} is refused, cleaned away, and no other process is touched`, (ns) =>
		onStage(ns, async (stage) => {
			const state = await created(stage);
			await tamper(stage, state);
			const { code, stderr } = await stage.make("web", "open");
			expect(code).toBe(1);
			expect(stderr).toStartWith("NAME_REFUSED: web is not what it was: ");
			expect(stderr).toContain(why);
			expect(stderr).toContain("has been cleaned away");
			expect((await stage.make("web", "open")).stderr).toStartWith("NAME_NONE");
			if (after === "unknown") {
				// Nobody can say that this process was the one: it is named nowhere any more, and is left alone.
				expect(stage.holders()).toEqual([state.holder?.pid ?? 0]);
				process.kill(state.holder?.pid ?? 0, "SIGKILL");
			}
			await stage.shell(`rm -f ${stage.place}/../kept.json`);
			await stage.expectNothing();
		}),
	);
}

source("a holder that was killed is noticed, and its name can be taken again", (ns) =>
	onStage(ns, async (stage) => {
		const { holder } = await created(stage);
		process.kill(holder?.pid ?? 0, "SIGKILL");
		const again = await created(stage);
		expect(again.holder?.pid).not.toBe(holder?.pid);
		await stage.output("remove", "web");
		await stage.expectNothing();
	}),
);

rows({ how: "source", who: "root" })("a pin that was replaced by another namespace is refused", (ns) =>
	onStage(ns, async (stage) => {
		await stage.output("create", "web", "--net", "--uts");
		await stage.shell("umount /run/nskit/web/uts && mount --bind /proc/self/ns/uts /run/nskit/web/uts");
		const { stderr } = await stage.make("web", "open");
		expect(stderr).toContain(
			"its uts namespace is not the one that was kept; what was left of it has been cleaned away",
		);
		await stage.expectNothing();
	}),
);

rows({ how: "source", who: "root" })("from another mount namespace a name is neither used nor cleaned away", (ns) =>
	onStage(ns, async (stage) => {
		await stage.output("create", "web", "--mount", "--net");
		const other = await stage.command(["unshare", "--mount", ...ns.program, "remove", "web"]);
		expect([other.code, other.stderr]).toEqual([
			125,
			"ns: web cannot be used from here: it is pinned in another mount namespace\nhint: use or remove it where it was made\n",
		]);
		expect((await stage.make("web", "open")).stderr).toBe("");
		await stage.output("remove", "web");
		await stage.expectNothing();
	}),
);

const firstPidNamespace = "pid:[4026531836]";

rows({ who: "root" })(
	"a name of a sandbox that has ended is cleaned away, and one of a sandbox that lives is left",
	(ns) =>
		onStage(ns, async (stage) => {
			const inside = [...ns.program, "run", "--pid", "--mount", "--", ...ns.program, "create"];
			const lives = [
				...ns.program,
				"run",
				"--pid",
				"--mount",
				"--",
				"sh",
				"-c",
				'"$@" && echo up && read -r line',
				"sh",
			];
			const { child } = await stage.upAndRunning([...lives, ...ns.program, "create", "lives", "--uts"]);
			expect(await stage.command([...inside, "ended", "--uts"])).toMatchObject({ code: 0, stderr: "" });
			expect((await stage.run("remove", "lives")).stderr).toContain("it was made in another PID namespace");
			const { stderr } = await stage.make("ended", "open");
			// Where not all processes of the machine are in sight, nobody can tell.
			const seesAll = readlinkSync("/proc/self/ns/pid") === firstPidNamespace;
			expect(stderr).toContain(seesAll ? "the sandbox that it was made in has ended" : "another PID namespace");
			child.stdin.end();
			await child.exited;
			if (seesAll) await stage.output("remove", "lives");
			else await stage.shell("umount /run/nskit; rm -r /run/nskit");
			await stage.expectNothing();
		}),
);

rows({ how: "dist" })("what a sandbox lacks to keep names is told, with what gives it", (ns) =>
	onStage(ns, async (stage) => {
		const create = (...options: string[]) =>
			stage.command([
				...ns.program,
				"run",
				...options,
				"--",
				"env",
				"-u",
				"XDG_RUNTIME_DIR",
				...ns.program,
				"create",
				"x",
				"--uts",
			]);
		const noDevice = await create("--tmpfs", "/run", "--tmpfs", "/dev");
		expect([noDevice.code, noDevice.stderr]).toEqual([
			125,
			'ns: cannot open /dev/null: openat(AT_FDCWD, "/dev/null", O_RDWR|O_CLOEXEC): ENOENT\nhint: in a sandbox: ns run --dev\n',
		]);
		const readOnly = await create("--tmpfs", "/run", "--remount-ro", "/run", "--readonly-path", "/tmp");
		expect([readOnly.code, readOnly.stderr]).toEqual([
			125,
			expect.stringContaining('cannot take x in /tmp/nskit-0: mkdirat(AT_FDCWD, "/tmp/nskit-0", 0700): EROFS'),
		]);
		expect(readOnly.stderr).toContain(
			"\nhint: names are kept there; a sandbox has a place of its own with ns run --tmpfs /run\n",
		);
		expect(await create("--tmpfs", "/run")).toMatchObject({ code: 0, stderr: "" });
		await stage.expectNothing();
	}),
);

rows({ who: "ordinary" })("a name that was made without XDG_RUNTIME_DIR is found with it", (ns) =>
	onStage(ns, async (stage) => {
		const name = `nskit-without-${process.pid}`;
		const without = ["env", "-u", "XDG_RUNTIME_DIR", ...ns.program];
		expect(await stage.command([...without, "create", name, "--uts", "--hostname", "box"])).toMatchObject({ code: 0 });
		expect(await stage.output("enter", name, "hostname")).toBe("box\n");
		expect((await stage.run("list", name)).stdout).toContain(name);
		await stage.output("remove", name);
		expect((await stage.command([...without, "enter", name, "true"])).stderr).toContain("nothing is called");
		await stage.expectNothing();
	}),
);

rows({ who: "root" })("a name that is nearly right is named", (ns) =>
	onStage(ns, async (stage) => {
		await stage.output("create", "webserver", "--uts");
		for (const command of ["enter", "inspect", "remove", "list", "tree"]) {
			const { code, stderr } = await stage.run(command, "websever");
			const end = command === "remove" ? 0 : 125;
			expect([command, code, stderr]).toEqual([command, end, expect.stringContaining("did you mean webserver?")]);
		}
		const typed = await stage.run("list", "--type", "net", "webserver");
		expect(typed.stderr).toContain('nothing is called "webserver" among the namespaces of type net');
		await stage.output("remove", "webserver");
		await stage.expectNothing();
	}),
);

rows({ how: "source", who: "root" })("a directory of somebody else's is not used, and is told", (ns) =>
	onStage(ns, async (stage) => {
		await stage.shell("mkdir -m 700 /run/nskit && chown 1:1 /run/nskit");
		for (const words of [
			["create", "web", "--uts"],
			["remove", "web"],
		]) {
			const { code, stderr } = await stage.run(...words);
			expect([code, stderr]).toEqual([
				125,
				"ns: /run/nskit belongs to the user id 1, not to you\nhint: it is not used; set XDG_RUNTIME_DIR to a directory of yours, or have it removed\n",
			]);
		}
		await stage.shell("chown 0:0 /run/nskit && chmod 755 /run/nskit");
		expect((await stage.run("create", "web", "--uts")).stderr).toContain("is open to others");
		await stage.shell("rmdir /run/nskit && ln -s /tmp /run/nskit");
		expect((await stage.run("create", "web", "--uts")).stderr).toContain("is no directory");
		await stage.shell("rm /run/nskit; mkdir -m 700 /run/nskit /run/nskit/web; chown 1 /run/nskit/web");
		expect((await stage.run("create", "web", "--uts")).stderr).toContain("its directory belongs to the user id 1");
		await stage.shell("umount /run/nskit; rm -r /run/nskit");
		await stage.expectNothing();
	}),
);

rows({ how: "source", who: "ordinary" })("an ordinary user's directory has to be its own, and no link", (ns) =>
	onStage(ns, async (stage) => {
		const runtime = join(ns.folder, "runtime");
		rmSync(join(runtime, "nskit"), { recursive: true, force: true });
		const create = () => stage.run("create", "web", "--uts");
		mkdirSync(join(runtime, "nskit"));
		if (process.geteuid?.() === 0) expect((await create()).stderr).toContain("belongs to the user id 0, not to you");
		rmSync(join(runtime, "nskit"), { recursive: true });
		symlinkSync(ns.folder, join(runtime, "nskit"));
		expect((await create()).stderr).toContain("is no directory");
		rmSync(join(runtime, "nskit"));
		chmodSync(runtime, 0o777);
		expect((await create()).stderr).toContain("can be written to by others");
		chmodSync(runtime, 0o700);
		const elsewhere = await stage.command(["env", "XDG_RUNTIME_DIR=/etc", ...ns.program, "create", "web", "--uts"]);
		expect(elsewhere.stderr).toContain("XDG_RUNTIME_DIR=/etc belongs to the user id 0");
		await stage.expectNothing();
	}),
);

rows({ how: "source", who: "root" })("a root that may mount nothing keeps names by processes, and is told so", (ns) =>
	onStage(ns, async (stage) => {
		const where = ns.directory("own");
		chmodSync(where, 0o700);
		// Root of a user namespace that does not own the mounts: it has CAP_SYS_ADMIN, and mount(2) says EPERM.
		const words = ["unshare", "--user", "--map-root-user", "env", `XDG_RUNTIME_DIR=${where}`, ...ns.program];
		const { code, stderr } = await stage.command([...words, "create", "web", "--uts"]);
		expect([code, stderr]).toEqual([
			0,
			"ns: warning: nothing can be mounted in /run/nskit: a process keeps web, and ip netns does not know it\n",
		]);
		expect(stage.holders()).toHaveLength(1);
		for (const pid of stage.holders()) process.kill(pid, "SIGKILL");
		await stage.expectNothing();
	}),
);

rows({ how: "source", who: "ordinary", needs: ["python3"] })(
	"root inside cannot make its holder stay by renaming it",
	(ns) =>
		onStage(ns, async (stage) => {
			const { holder } = await created(stage, "--mount");
			const rename = [
				"start = int(open('/proc/1/stat').read().rsplit(')', 1)[1].split()[45])",
				"memory = open('/proc/1/mem', 'r+b', 0); memory.seek(start); memory.write(b'another')",
			].join("\n");
			const enter = [
				"nsenter",
				`--target=${holder?.pid}`,
				"--user",
				"--pid",
				"--mount",
				"--preserve-credentials",
				"--",
			];
			expect(await stage.command([...enter, "python3", "-c", rename])).toMatchObject({ code: 0, stderr: "" });
			expect(await stage.shell(`tr '\\0' ' ' < /proc/${holder?.pid}/cmdline`)).toStartWith("another");
			await stage.output("remove", "web");
			await until("the end of the holder", () => linkOf(`/proc/${holder?.pid}/ns/uts`) === "");
			await stage.expectNothing();
		}),
);

rows({ how: "source", who: "ordinary" })("who is inside when the holder was killed is told, and left alone", (ns) =>
	onStage(ns, async (stage) => {
		const { holder } = JSON.parse(await stage.output("create", "web", "--user", "--uts", "--json")) as NamedState;
		const enter = ["nsenter", `--target=${holder?.pid}`, "--user", "--uts", "--preserve-credentials", "--"];
		const { child } = await stage.upAndRunning([...enter, "sh", "-c", "echo up; exec sleep 1000"]);
		process.kill(holder?.pid ?? 0, "SIGKILL");
		const { code, stderr } = await stage.run("remove", "web");
		const who = `process ${child.pid} (sleep 1000; user, uts)`;
		expect([code, stderr]).toEqual([0, `ns: warning: web was not whole any more, and may still be used by ${who}\n`]);
		expect(child.exitCode).toBeNull();
		await stage.expectNothing();
	}),
);
