import { expect } from "bun:test";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FileEvent, type Fragment, mount, net, type ObservedEvent, pid, sandbox } from "nskit";
import { errnoNumber } from "../../src/linux/errno.ts";
import { call, flags, step } from "../../src/plan/step.ts";
import { bpf, encode, type Instruction } from "../../src/seccomp/bpf.ts";
import { checkout } from "./checkout.ts";
import { library } from "./harness.ts";
import { inTime } from "./waiting.ts";

/** Runs `body` with a folder that is taken away again. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(realpathSync(checkout().temporary), "observe-"));
	try {
		await body(folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

const all = (events: AsyncIterable<ObservedEvent>) => inTime("the end of the events", Array.fromAsync(events));

/** What a script does below a folder, as lines: the call, the path below the folder, what is done. */
async function done(folder: string, script: string): Promise<string[]> {
	const child = await sandbox(pid(), mount()).spawn(["sh", "-c", script], { observe: true, cwd: folder });
	const files = (await all(child.events)).filter((one): one is FileEvent => one.type === "file");
	expect(await child.exited).toBe(0);
	const below = files.filter(({ path }) => path.startsWith(`${folder}/`) && path !== `${folder}/`);
	return below.map(({ call, path, access, kind }) => `${call} ${path.slice(folder.length + 1)} ${access} ${kind}`);
}

library("what a command does with files becomes events, in order", () =>
	inFolder(async (folder) => {
		writeFileSync(join(folder, "in"), "text");
		writeFileSync(join(folder, "run"), "#!/bin/sh\n", { mode: 0o755 });
		const script = "read x < in; echo y > out; mkdir -p d; mv out d/new; rm in; ./run; cd d && cat new >/dev/null";
		const seen = (await done(folder, script)).filter((line) => !/^(newfstatat|stat|access)/.test(line));
		const at = (call: RegExp, rest: string) => seen.findIndex((line) => call.test(line) && line.endsWith(rest));
		const expected = [
			at(/^open/, " in read file"),
			at(/^open/, " out write,create missing"),
			at(/^mkdir/, " d create missing"),
			at(/^rename/, " out remove file"),
			at(/^rename/, " d/new create missing"),
			at(/^unlink/, " in remove file"),
			at(/^execve/, " run execute file"),
			at(/^chdir/, " d look directory"),
			at(/^open/, " d/new read file"),
		];
		expect({ seen, missing: expected.includes(-1) }).toEqual({ seen, missing: false });
		expect(expected).toEqual(expected.toSorted((a, b) => a - b));
	}),
);

library("what is refused is told with its reason, and is what the command gets", () =>
	inFolder(async (folder) => {
		writeFileSync(join(folder, "file"), "");
		const mounts = [
			{ type: "bind", source: folder, target: "/mnt", readOnly: true },
			{ type: "tmpfs", target: folder },
		] as const;
		const box = sandbox(pid(), net(), mount({ mounts }));
		const script = 'cat "$0/file"; echo > /mnt/new; echo > /mnt/file; exec 3<>/dev/tcp/192.0.2.1/80';
		const child = await box.spawn(["bash", "-c", script, folder], { observe: true, stderr: "pipe" });
		const [events, said] = await Promise.all([all(child.events), child.stderr.text()]);
		const refused = events.flatMap((one) =>
			"refused" in one && one.refused
				? [[one.type === "file" ? one.path : one.type, one.refused.error, one.refused.by]]
				: [],
		);
		expect(refused).toEqual([
			[join(folder, "file"), "ENOENT", "not visible"],
			["/mnt/new", "EROFS", "read-only"],
			["/mnt/file", "EROFS", "read-only"],
			["network", "ENETUNREACH", "no network"],
		]);
		for (const words of ["No such file", "Read-only file system", "Network is unreachable"])
			expect(said).toContain(words);
	}),
);

library("calls that change the system are told of, and peaks at the end", async () => {
	const child = await sandbox(pid()).spawn(["sh", "-c", "unshare --mount true; true"], { observe: true });
	const events = await all(child.events);
	expect(events.flatMap((one) => (one.type === "call" ? [[one.call, one.args[0]]] : []))).toContainEqual([
		"unshare",
		0x20000,
	]);
	const peaks = new Map(events.flatMap((one) => (one.type === "limit" ? [[one.resource, one.peak] as const] : [])));
	expect([...peaks.keys()].toSorted()).toEqual(["addressSpace", "cpu", "memory", "openFiles", "processes"]);
	expect(peaks.get("memory")).toBeGreaterThan(100_000);
	expect(peaks.get("processes")).toBeGreaterThanOrEqual(2);
	expect(events.findIndex(({ type }) => type === "limit")).toBe(events.length - peaks.size);
});

library("the command gets neither the listener nor the socket, gains no privileges, and is filtered", async () => {
	const script = "ls /proc/$$/fd; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; readlink /proc/self/fd/* | cat";
	const child = await sandbox(pid(), mount()).spawn(["sh", "-c", script], {
		...{ observe: true, stdin: "ignore", stderr: "ignore" },
	});
	const [, text] = await Promise.all([all(child.events), child.stdout.text()]);
	expect(text).toMatch(/^0\n1\n2\nNoNewPrivs:\t1\nSeccomp:\t2\n/);
	expect(text).not.toMatch(/seccomp|socket/);
});

library("streams, the exit code and signals are those of the command", async () => {
	const child = await sandbox(pid()).spawn(["sh", "-c", "cat; echo error >&2; exit 3"], {
		...{ observe: true, stdin: "pipe", stderr: "pipe" },
	});
	child.stdin.write("input");
	void child.stdin.end();
	const [, out, error] = await Promise.all([all(child.events), child.stdout.text(), child.stderr.text()]);
	expect([out, error, await child.exited]).toEqual(["input", "error\n", 3]);
	const killed = await sandbox(pid()).spawn(["sh", "-c", "kill -USR1 $$"], { observe: true });
	await all(killed.events);
	expect(killed.signalCode).toBe("SIGUSR1");
});

library("a command that cannot be executed is the same error as ever, and leaves nothing", async () => {
	const box = sandbox(pid());
	expect(box.spawn(["/nonesuch/x"], { observe: true })).rejects.toThrow("ENOENT");
	expect(box.spawn(["sh"], { observe: true, cwd: "/nonesuch" })).rejects.toThrow("ENOENT");
});

library("events wait to be read, and the command with them", async () => {
	const script = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); [ -e /nonesuch ]; done; echo done";
	const child = await sandbox(pid()).spawn(["sh", "-c", script], { observe: true });
	let finished = false;
	void child.exited.then(() => {
		finished = true;
	});
	const first = await child.events.next();
	expect(first.done).toBe(false);
	// Far more events than there is room for are still to come.
	expect(finished).toBe(false);
	const rest = await all(child.events);
	expect(rest.filter((one) => one.type === "file" && one.path === "/nonesuch").length).toBe(3000);
	expect(await child.exited).toBe(0);
});

library("a loop that is left lets the command go on to its end", async () => {
	const script = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); [ -e /nonesuch ]; done; echo done";
	const child = await sandbox(pid()).spawn(["sh", "-c", script], { observe: true });
	for await (const event of child.events) if (event.type === "file") break;
	expect(await inTime("the output", child.stdout.text())).toBe("done\n");
	expect(await child.exited).toBe(0);
});

library("an abort ends the command and its events", async () => {
	const ending = new AbortController();
	const child = await sandbox(pid()).spawn(["sleep", "1000"], { observe: true, signal: ending.signal });
	ending.abort();
	expect((await all(child.events)).length).toBeGreaterThan(0);
	expect(child.signalCode).toBe("SIGTERM");
});

library("several commands are observed at a time", async () => {
	const box = sandbox(pid());
	const children = await Promise.all([1, 2, 3, 4].map((i) => box.spawn(["sh", "-c", `exit ${i}`], { observe: true })));
	const events = await Promise.all(children.map(({ events }) => all(events)));
	expect(events.every((one) => one.length > 5)).toBe(true);
	expect(await Promise.all(children.map(({ exited }) => exited))).toEqual([1, 2, 3, 4]);
});

const allowAll: Instruction = [bpf.give, 0, 0, 0x7fff0000];
const waiting: Instruction = [bpf.give, 0, 0, 0x7fc00000];

/** Refuses calls by their numbers on x86-64 with these errors. */
const refusing = (errors: Readonly<Record<number, number>>): Instruction[] => [
	[bpf.load, 0, 0, 0],
	...Object.entries(errors).flatMap(([call, error]): Instruction[] => [
		[bpf.jumpIfEqual, 0, 1, Number(call)],
		[bpf.give, 0, 0, 0x50000 + error],
	]),
	[bpf.give, 0, 0, 0x7fff0000],
];

/** A module that sets this filter. */
const setting = (program: readonly Instruction[]): Fragment => {
	const filter = { bytes: Array.from(encode(program)), shows: "a filter" };
	const noNewPrivileges = call("prctl", [flags("PR_SET_NO_NEW_PRIVS"), 1, 0, 0, 0]);
	const set = call("seccomp", [flags("SECCOMP_SET_MODE_FILTER"), 0, { struct: { len: program.length, filter } }]);
	const words = { phase: "seccomp", module: "seccomp", does: "filter", why: "a test", man: "seccomp(2)" } as const;
	return {
		module: "seccomp",
		steps: () => [step({ ...words, calls: [noNewPrivileges] }), step({ ...words, calls: [set] })],
	};
};

library(
	"a filter that the observer cannot stand in for is the kernel's, also one that forbids to hand over",
	async () => {
		const sendmsg = 46;
		for (const filter of [
			refusing({ [sendmsg]: 1, 83: 13 }),
			[...refusing({ 83: 13 }).slice(0, -1), allowAll, waiting],
		]) {
			const child = await sandbox(pid(), setting(filter)).spawn(["mkdir", "/nonesuch/x"], {
				observe: true,
				stderr: "pipe",
			});
			const [events, said] = await Promise.all([all(child.events), child.stderr.text()]);
			expect(said).toContain("Permission denied");
			expect(events.some((one) => one.type === "call" && one.refused)).toBe(false);
		}
	},
	"x64",
);

library(
	"a filter that refuses through the observer gives its own errors, also none at all",
	async () => {
		const [mkdir, sethostname, umask, chdir] = [83, 170, 95, 80];
		const filter = refusing({
			[mkdir]: errnoNumber("ENOSYS"),
			[sethostname]: errnoNumber("EPERM"),
			[umask]: 5000,
			[chdir]: 0,
		});
		const script = '$p = "/nonesuch"; syscall(83, $p, 0); print $!+0, " "; syscall(170, $p, 1); print $!+0, " "; ';
		const more = 'syscall(95, 0); print $!+0, " "; print syscall(80, $p)';
		const box = sandbox(pid(), setting(filter));
		const child = await box.spawn(["perl", "-e", script + more], { observe: true });
		const [events, text] = await Promise.all([all(child.events), child.stdout.text()]);
		expect(text).toBe("38 1 4095 0");
		const told = events.flatMap((one) => (one.type === "call" && one.refused ? [[one.call, one.refused.error]] : []));
		expect(told.slice(0, 2)).toEqual([
			["mkdir", "ENOSYS"],
			["sethostname", "EPERM"],
		]);
		expect(told.at(-1)).toEqual(["chdir", "E0"]);
	},
	"perl",
	"x64",
);
