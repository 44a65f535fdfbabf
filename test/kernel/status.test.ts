import { expect } from "bun:test";
import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { lifetime, pid, sandbox, uts } from "nskit";
import { pipe } from "../../src/descriptors.ts";
import { everywhere, library, type Ns, rows } from "./harness.ts";
import { descendants, namespacesOf, processInfo, textOf } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

interface Info {
	readonly pid: number;
	readonly "child-pid": number;
	readonly "init-pid"?: number;
	readonly namespaces: Readonly<Record<string, number>>;
}

const lines = (text: string): unknown[] =>
	text
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
const read = (ns: Ns, name: string): string => readFileSync(join(ns.folder, name), "utf8");

/** The information, which takes the place of what was there from a run before. */
async function information(ns: Ns): Promise<Info> {
	const path = join(ns.folder, "info");
	const text = await until("the information", () => (textOf(path).includes("\n") ? textOf(path) : ""));
	rmSync(path);
	return JSON.parse(text) as Info;
}

/** `ns` with files at descriptors; it is the process that is started itself. */
const redirected = (ns: Ns, redirections: string, args: readonly string[]) =>
	ns.start(["sh", "-c", `exec "$@" ${redirections}`, "sh", ...ns.program, ...args]);

everywhere("the information names the processes as they are seen outside, and the command's namespaces", async (ns) => {
	for (const options of [[], ["--uts"], ["--pid", "--mount", "--no-init"], ["--time"], ["--pid", "--net"]]) {
		const listing =
			"cd /proc/self/ns && for n in mnt user pid net ipc uts cgroup time; do readlink $n; done; read line";
		const child = redirected(ns, "5>info", ["run", ...options, "--info-fd", "5", "sh", "-c", listing]);
		const transcript = new Transcript(child.stdout);
		await transcript.has(/time:\[\d+\]\n/);
		const info = await information(ns);
		const shown = transcript.text
			.trimEnd()
			.split("\n")
			.map((line) => line.split(/:\[|\]/));
		// Where /proc is the caller's, it does not show the links of who is in another PID namespace; ours does.
		expect([options, info.namespaces]).toEqual([
			options,
			Object.fromEntries(shown.map(([name, id]) => [name, Number(id)])),
		]);
		expect(info.pid).toBe(child.pid);
		expect(processInfo(info["child-pid"])).toMatchObject({ parent: child.pid, name: "sh" });
		const init = descendants(child.pid).find(({ name }) => name === "ns-init")?.pid;
		expect([options, info["init-pid"]]).toEqual([options, init]);
		child.stdin.write("\n");
		expect(await inTime("the end", child.exited)).toBe(0);
	}
});

everywhere("nothing is told of a cgroup namespace that the command makes only later, in its own group", async (ns) => {
	const limits = ["--pids", "20", "--limits-best-effort", "--stats"];
	for (const options of [limits, [...limits, "--no-cgroup"]]) {
		const listing = "readlink /proc/self/ns/cgroup /proc/self/ns/uts; read line";
		const child = redirected(ns, "5>info", ["run", ...options, "--info-fd", "5", "sh", "-c", listing]);
		const transcript = new Transcript(child.stdout);
		await transcript.has(/uts:\[\d+\]\n/);
		const { namespaces } = await information(ns);
		const shown = (kind: string) => Number(new RegExp(`${kind}:\\[(\\d+)\\]`).exec(transcript.text)?.[1]);
		expect(namespaces.uts).toBe(shown("uts"));
		expect([undefined, shown("cgroup")]).toContain(namespaces.cgroup);
		child.stdin.write("\n");
		expect(await inTime("the end", child.exited)).toBe(0);
	}
});

everywhere("the status tells how the command has ended", async (ns) => {
	for (const [script, end] of [
		["exit 0", { "exit-code": 0 }],
		["exit 255", { "exit-code": 255 }],
		["kill -9 $$", { "exit-code": 137, signal: 9 }],
		["kill -TERM $$", { "exit-code": 143, signal: 15 }],
	] as const) {
		for (const options of [[], ["--uts"]]) {
			await ns.shell('"$@" 5>status', { args: ["run", ...options, "--status-fd", "5", "sh", "-c", script] });
			const told = lines(read(ns, "status"));
			expect([options, script, told]).toEqual([
				options,
				script,
				[expect.objectContaining({ pid: expect.any(Number) }), end],
			]);
		}
	}
	await ns.shell('"$@" 5>status', { args: ["run", "--status-fd", "5", "nosuch"] });
	expect(lines(read(ns, "status"))[1]).toEqual({ "exit-code": 127 });
	await ns.shell('"$@" 5>status', { args: ["run", "--status-fd", "5", "--timeout", "100ms", "sleep", "1000"] });
	expect(lines(read(ns, "status"))[1]).toEqual({ "exit-code": 143, signal: 15, "timed-out": true });
	await ns.shell('"$@" 5>both', { args: ["run", "--status-fd", "5", "--info-fd", "5", "true"] });
	const [first, second, third] = lines(read(ns, "both"));
	expect([second, third]).toEqual([first, { "exit-code": 0 }]);
});

everywhere("neither the command nor the init holds the descriptors, and the information ends at once", async (ns) => {
	const options = ["run", "--info-fd", "5", "--status-fd", "6", "--lock-file", "status", "sleep", "1000"];
	const child = ns.start([
		"sh",
		"-c",
		`: >status; "$@" 5>&1 >/dev/null 6>status | { cat; echo closed; }`,
		"sh",
		...ns.program,
		...options,
	]);
	const transcript = new Transcript(child.stdout);
	await transcript.has("closed\n");
	const info = JSON.parse(transcript.text.split("\n")[0] ?? "") as Info;
	await until("the command", () => processInfo(info["child-pid"])?.name === "sleep");
	if (ns.who === "root") {
		const held = (pid: number | undefined) => readdirSync(`/proc/${pid}/fd`).toSorted().join();
		// The loader has a library open for a moment.
		await until("the command holds nothing else", () => held(info["child-pid"]) === "0,1,2");
		expect(held(info["init-pid"])).toBe("");
	}
	expect((await ns.command(["kill", String(info.pid)])).code).toBe(0);
	await inTime("the end", child.exited);
});

everywhere("who does not read any more does no harm", async (ns) => {
	for (const options of [[], ["--uts"]]) {
		const args = ["run", ...options, "--info-fd", "5", "--status-fd", "6", "sh", "-c", "sleep 0.1; echo out; exit 3"];
		const script = 'exec 5> >(exit 0) 6> >(exit 0); sleep 0.2; "$@"';
		expect(await ns.shell(script, { bash: true, args })).toEqual({
			code: 3,
			signal: null,
			stdout: "out\n",
			stderr: "",
		});
	}
});

everywhere("the command waits for a byte, or for the end, and the information is there meanwhile", async (ns) => {
	for (const options of [[], ["--uts"], ["--pid", "--mount", "--no-init"]]) {
		for (const word of ["x", ""]) {
			const args = ["run", ...options, "--block-fd", "0", "--info-fd", "5", "sh", "-c", "echo started"];
			const child = redirected(ns, "5>info", args);
			const transcript = new Transcript(child.stdout);
			const info = await information(ns);
			expect(processInfo(info["child-pid"])?.name).toMatch(/^(memfd:)?ns$/);
			expect(transcript.text).toBe("");
			if (word) child.stdin.write(word);
			await child.stdin.end();
			expect(await inTime("the end", child.exited)).toBe(0);
			await transcript.has("started\n");
		}
	}
});

everywhere("a command that waits can be ended, by a signal and by the time", async (ns) => {
	for (const options of [[], ["--uts"]]) {
		const child = redirected(ns, "5>info", [
			"run",
			...options,
			"--block-fd",
			"0",
			"--info-fd",
			"5",
			"touch",
			"was-run",
		]);
		await information(ns);
		child.kill("SIGTERM");
		await inTime("the end", child.exited);
		expect([options, child.signalCode]).toEqual([options, "SIGTERM"]);
		const late = ns.startNs(["run", ...options, "--block-fd", "0", "--timeout", "100ms", "touch", "was-run"]);
		await inTime("the end", late.exited);
		expect([options, late.signalCode]).toEqual([options, "SIGTERM"]);
	}
	expect(readdirSync(ns.folder)).not.toContain("was-run");
});

rows({ how: "source" })("descriptors that cannot be used are refused, and nothing is run", async (ns) => {
	for (const [redirections, option, message] of [
		["", "--info-fd 9", "--info-fd: there is no descriptor 9"],
		["", "--status-fd 2147483647", "--status-fd: there is no descriptor 2147483647"],
		["", "--info-fd 4", "--info-fd: there is no descriptor 4"],
		["5</dev/null", "--status-fd 5", "--status-fd: descriptor 5 is not open for writing"],
		["5>/dev/null", "--block-fd 5", "--block-fd: descriptor 5 is not open for reading"],
		["", "--info-fd x", "--info-fd x is no number of a descriptor"],
		["", "--info-fd 1x", "--info-fd 1x is no number"],
		["", "--info-fd -1", "--info-fd -1 is no number"],
		["", "--block-fd 2147483648", "--block-fd 2147483648 is no number"],
		["", "--timeout 0", 'the timeout "0" is no span of time above 0'],
		["", "--timeout -1s", 'the timeout "-1s" is no span'],
		["", "--timeout soon", 'the timeout "soon" is no span'],
		["", "--timeout 1 --kill-after 0s", 'the kill-after "0s" is no span'],
		["", "--timeout 1 --kill-signal FROB", 'there is no signal "FROB"'],
		["", "--kill-signal TERM", "means nothing without a timeout"],
		["", "--uts --wait-all", "only the init of a new PID namespace knows"],
		["", "--wait-all --no-init", "only the init of a new PID namespace knows"],
		["", "--lock-file /no/such", "--lock-file: /no/such cannot be found"],
		["", "--lock-file /tmp", "--lock-file: /tmp is no plain file"],
		["", "--lock-file=", "the path of a lock file or pid file is empty"],
		["", "--pid-file x", "only for what goes to the background"],
		["", "--daemon --die-with-parent", "cannot end with the process that started it"],
		["", "--daemon --pid-file /no/such/file", "--pid-file: there is no directory /no/such"],
		["", "--daemon --pid-file /tmp", "--pid-file: /tmp is there, and is no plain file of ours"],
		["", "--daemon --pid-file /dev/null", "--pid-file: /dev/null is there, and is no plain file of ours"],
		["", "--daemon --pid-file=", "the path of a lock file or pid file is empty"],
	] as const) {
		const ended = await ns.shell(`"$@" ${redirections}`, { args: ["run", ...option.split(" "), "touch", "was-run"] });
		expect([option, ended]).toEqual([
			option,
			{ code: 125, signal: null, stdout: "", stderr: expect.stringContaining(message) },
		]);
		expect([option, ended.stderr.match(/^ns: |^ {4}\w|^- /gm)?.length]).toEqual([option, 1]);
	}
	expect(readdirSync(ns.folder)).toEqual([]);
});

library(
	"the library writes to descriptors of its process, and reads from them",
	async () => {
		for (const modules of [[pid()], [uts()]]) {
			const [told, go] = [pipe(), pipe()];
			const box = sandbox(...modules, lifetime({ statusFd: told.write, blockFd: go.read }));
			const text = () => Buffer.alloc(4096);
			const started = box.spawn(["sh", "-c", "exit 5"]);
			const buffer = text();
			const info = JSON.parse(buffer.toString("utf8", 0, readSync(told.read, buffer))) as Info;
			expect(info.namespaces.mnt).toBe(Number(/\d+/.exec(namespacesOf("self").mnt ?? "")?.[0]));
			writeSync(go.write, "x");
			const child = await started;
			expect(child.pid).toBe(info.pid);
			expect(await inTime("the end", child.exited)).toBe(5);
			expect(buffer.toString("utf8", 0, readSync(told.read, buffer))).toBe('{"exit-code": 5}\n');
			// The end of a pipe that nobody can write to any more counts as well.
			closeSync(go.write);
			expect(box.spawnSync(["sh", "-c", "exit 6"]).exitCode).toBe(6);
			for (const fd of [told.read, told.write, go.read]) closeSync(fd);
		}
		const fd = openSync("/dev/null", "r");
		expect(() => sandbox(lifetime({ statusFd: fd })).spawnSync(["true"])).toThrow("is not open for writing");
		closeSync(fd);
	},
	"root",
);
