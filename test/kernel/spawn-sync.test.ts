import { describe, expect } from "bun:test";
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { cgroup, type Fragment, ipc, mount, NamespaceError, net, pid, sandbox, time, user, uts } from "nskit";
import { checkout } from "./checkout.ts";
import { library } from "./harness.ts";
import { namespacesOf } from "./outside.ts";
import { inTime } from "./waiting.ts";

/** The first is cloned straight from Bun's memory, the second executes an image. */
const boxes: Readonly<Record<string, () => Fragment[]>> = {
	"by clone": () => [user(), mount(), pid({ init: false }), uts({ hostname: "box" }), ipc(), net(), cgroup(), time()],
	"by clone with one namespace": () => [user(), uts({ hostname: "box" })],
	"by an image": () => [user(), mount(), pid(), uts({ hostname: "box" }), ipc(), net(), cgroup(), time()],
};

/** A file below the tests' own folder, open for reading and writing; its text is what was written to it. */
function scratch(name: string): { fd: number; text(): string; close(): void } {
	const path = join(checkout().temporary, name);
	const fd = openSync(path, "w+");
	const close = () => {
		closeSync(fd);
		Bun.spawnSync(["rm", path]);
	};
	return { fd, text: () => readFileSync(path, "utf8"), close };
}

for (const [how, fragments] of Object.entries(boxes)) {
	describe(`spawnSync ${how}`, () => {
		const box = () => sandbox(...fragments());

		library("gives exit code, output and what was used", () => {
			const done = box().spawnSync(["sh", "-c", "hostname; echo error >&2; exit 3"]);
			expect(done).toMatchObject({ exitCode: 3, signalCode: undefined, success: false });
			expect([done.stdout?.toString(), done.stderr?.toString()]).toEqual(["box\n", "error\n"]);
			expect(done.resourceUsage.maxRSS).toBeGreaterThan(0);
			expect(done.resourceUsage.cpuTime.total).toBeGreaterThan(0);
			expect(box().spawnSync(["true"])).toMatchObject({ exitCode: 0, success: true });
		});

		library("tells of death by a signal", () => {
			const killed = box().spawnSync(["sh", "-c", "kill -9 $$; exit 4"]);
			// PID 1 is not killed by its own namespace.
			const survives = how === "by clone";
			expect(killed).toMatchObject(
				survives ? { exitCode: 4, signalCode: undefined } : { exitCode: null, signalCode: "SIGKILL", success: false },
			);
		});

		library("runs in namespaces of its own", () => {
			const names = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"];
			const script = 'for name; do readlink "/proc/self/ns/$name"; done';
			const lines = box()
				.spawnSync(["sh", "-c", script, "sh", ...names])
				.stdout?.toString()
				.trim()
				.split("\n");
			const outside = namespacesOf("self");
			const other = names.filter((name, i) => lines?.[i] !== outside[name]);
			expect(other).toEqual(how.includes("with one") ? ["user", "uts"] : names);
		});

		library("takes bytes, text, nothing or a descriptor as input", () => {
			const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
			expect(Buffer.from(bytes).equals(box().spawnSync(["cat"], { stdin: bytes }).stdout ?? Buffer.of())).toBe(true);
			expect(box().spawnSync(["cat"], { stdin: "žluť" }).stdout?.toString()).toBe("žluť");
			expect(box().spawnSync(["cat"], { stdin: "" }).stdout?.toString()).toBe("");
			expect(box().spawnSync(["cat"], { stdin: "ignore" }).stdout?.toString()).toBe("");
			expect(box().spawnSync(["cat"]).stdout?.toString()).toBe("");
			const path = join(checkout().temporary, "input");
			writeFileSync(path, "from a file");
			const fd = openSync(path, "r");
			expect(box().spawnSync(["cat"], { stdin: fd }).stdout?.toString()).toBe("from a file");
			closeSync(fd);
			Bun.spawnSync(["rm", path]);
		});

		library("input cannot be changed by the command", () => {
			expect(box().spawnSync(["sh", "-c", "echo more >&0"], { stdin: "text" }).exitCode).not.toBe(0);
		});

		library("sends output where it was told", () => {
			const [out, error] = [scratch("out"), scratch("error")];
			const done = box().spawnSync(["sh", "-c", "echo out; echo error >&2"], { stdout: out.fd, stderr: error.fd });
			expect([done.stdout, done.stderr]).toEqual([undefined, undefined]);
			expect([out.text(), error.text()]).toEqual(["out\n", "error\n"]);
			ftruncateSync(out.fd);
			box().spawnSync(["sh", "-c", "echo once more; echo error >&2"], { stdout: "ignore", stderr: out.fd });
			expect(out.text().replaceAll("\0", "")).toBe("error\n");
			out.close();
			error.close();
		});

		library("keeps five megabytes of output, and no more than asked for", () => {
			const script = "head -c 5000000 /dev/zero | tr '\\0' x; head -c 1000 /dev/zero >&2";
			const done = box().spawnSync(["sh", "-c", script]);
			expect([done.stdout?.length, done.stderr?.length]).toEqual([5_000_000, 1000]);
			expect(done.stdout?.every((byte) => byte === 120)).toBe(true);
			const less = box().spawnSync(["sh", "-c", script], { maxBuffer: 1234 });
			expect([less.exitCode, less.stdout?.length, less.stderr?.length]).toEqual([0, 1234, 1000]);
		});

		library("starts in the directory that is asked for", () => {
			expect(box().spawnSync(["pwd"], { cwd: "/usr" }).stdout?.toString()).toBe("/usr\n");
			expect(box().spawnSync(["pwd"], { cwd: "/usr/bin" }).stdout?.toString()).toBe("/usr/bin\n");
			expect(box().spawnSync(["pwd"]).stdout?.toString()).toBe(`${process.cwd()}\n`);
		});

		library("gives the environment that is asked for", () => {
			const env = { PATH: "/usr/bin", ONE: "1", NONE: undefined };
			expect(box().spawnSync(["env"], { env }).stdout?.toString()).toBe("PATH=/usr/bin\nONE=1\n");
			expect(box().spawnSync(["/usr/bin/env"], { env: {} }).stdout?.toString()).toBe("");
		});

		library("throws the step that failed", () => {
			for (const [command, code, exitCode] of [
				["no-such-command", "ENOENT", 127],
				["/etc/passwd", "EACCES", 126],
			] as const) {
				expect(() => box().spawnSync([command])).toThrow(NamespaceError);
				expect(() => box().spawnSync([command])).toThrow(expect.objectContaining({ code, exitCode, phase: "exec" }));
			}
			expect(() => box().spawnSync(["cat"], { stdin: 77_777 })).toThrow(expect.objectContaining({ code: "EBADF" }));
		});

		library("the command has only its standard descriptors", () => {
			const [one, two] = [openSync("/", "r"), openSync("/etc", "r")];
			const show = ["sh", "-c", "exec ls /proc/self/fd"];
			expect(box().spawnSync(show).stdout?.toString()).toBe("0\n1\n2\n3\n");
			closeSync(one);
			closeSync(two);
		});

		library("the command's signals are the caller's, not Bun's", () => {
			const mask = (text: string, name: string) => BigInt(`0x${new RegExp(`${name}:\\s*(\\w+)`).exec(text)?.[1]}`);
			const inside = box().spawnSync(["cat", "/proc/self/status"]).stdout?.toString() ?? "";
			const here = readFileSync("/proc/self/status", "utf8");
			const ofBun = (1n << BigInt(constants.signals.SIGPIPE - 1)) | (1n << BigInt(constants.signals.SIGXFSZ - 1));
			expect(mask(inside, "SigBlk")).toBe(mask(here, "SigBlk"));
			expect(mask(inside, "SigIgn")).toBe(mask(here, "SigIgn") & ~ofBun);
			expect(mask(inside, "SigCgt")).toBe(0n);
		});
	});
}

for (const how of ["clone", "image"]) {
	library(`standard output and error can take each other's place, by ${how}`, async () => {
		const { bun, project } = checkout();
		const fixture = [bun, join(project, "test/kernel/fixtures/swap.ts"), how];
		const child = Bun.spawn(fixture, { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
		child.stdin.write("input\n");
		await child.stdin.end();
		const all = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
		expect(await inTime("the end", all)).toEqual(["error\n", "input\n", 6]);
	});
}
