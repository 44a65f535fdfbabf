import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { type Fragment, ipc, mount, NamespaceError, net, PlanError, pid, sandbox, time, user, uts } from "nskit";
import { library } from "./harness.ts";
import { descendants, haveEnded, namespacesOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

/** With processes of ours around the command, with a supervisor alone, and with nothing of ours. */
const boxes: Readonly<Record<string, () => Fragment[]>> = {
	"with an init": () => [user(), mount(), pid(), uts({ hostname: "box" }), ipc(), net(), time()],
	"with the command as PID 1": () => [user(), mount(), pid({ init: false })],
	"with no process of ours": () => [user(), uts({ hostname: "box" })],
};

for (const [how, fragments] of Object.entries(boxes)) {
	describe(`spawn ${how}`, () => {
		library("gives a subprocess with streams and an exit code", async () => {
			const script = "cat; echo error >&2; exit 7";
			const box = sandbox(...fragments());
			const child = await box.spawn(["sh", "-c", script], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
			child.stdin.write("input");
			await child.stdin.end();
			const all = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
			expect(await inTime("the end", all)).toEqual(["input", "error\n", 7]);
			expect([child.exitCode, child.signalCode]).toEqual([7, null]);
			expect(child.resourceUsage()?.maxRSS).toBeGreaterThan(0);
		});

		library("resolves when the command runs in its own namespaces", async () => {
			const child = await sandbox(...fragments()).spawn(["sleep", "1000"]);
			const command = descendants(child.pid).find(({ name }) => name === "sleep")?.pid ?? child.pid;
			expect(readFileSync(`/proc/${command}/comm`, "utf8")).toBe("sleep\n");
			const [inside, outside] = [namespacesOf(command), namespacesOf("self")];
			expect(inside.user).not.toBe(outside.user);
			expect(inside.cgroup).toBe(outside.cgroup ?? "");
			child.kill("SIGKILL");
			await inTime("the end", child.exited);
			await until("nothing is left", () => haveEnded([command]));
		});

		library("tells of death by a signal", async () => {
			const child = await sandbox(...fragments()).spawn(["sh", "-c", "trap 'kill -9 $$' TERM; kill -TERM $$; exit 4"]);
			await inTime("the end", child.exited);
			// PID 1 is not killed by its own namespace: there the shell goes on to its end.
			const survives = how.includes("PID 1");
			expect([child.exitCode, child.signalCode]).toEqual(survives ? [4, null] : [null, "SIGKILL"]);
		});

		library("calls onExit", async () => {
			const { promise, resolve } = Promise.withResolvers<unknown[]>();
			const onExit = (_: unknown, code: number | null, signal: unknown) => resolve([code, signal]);
			await sandbox(...fragments()).spawn(["sh", "-c", "exit 5"], { onExit });
			expect(await inTime("onExit", promise)).toEqual([5, null]);
		});

		library("is ended by an AbortSignal and by a timeout", async () => {
			const controller = new AbortController();
			const options = { signal: controller.signal, killSignal: "SIGKILL" } as const;
			const child = await sandbox(...fragments()).spawn(["sleep", "1000"], options);
			controller.abort();
			await inTime("the end", child.exited);
			expect(child.signalCode).toBe("SIGKILL");
			const late = await sandbox(...fragments()).spawn(["sleep", "1000"], { timeout: 50, killSignal: "SIGKILL" });
			await inTime("the end", late.exited);
			expect(late.signalCode).toBe("SIGKILL");
		});

		library("gives the command a terminal", async () => {
			let text = "";
			const terminal = {
				cols: 91,
				rows: 37,
				data: (_: unknown, bytes: Uint8Array) => {
					text += Buffer.from(bytes);
				},
			};
			const child = await sandbox(...fragments()).spawn(["sh", "-c", "tty -s && stty size"], { terminal });
			await inTime("the end", child.exited);
			await until("the size", () => text.includes("37 91"));
			expect(child.exitCode).toBe(0);
			child.terminal?.close();
		});

		library("starts in the directory that is asked for", async () => {
			const child = await sandbox(...fragments()).spawn(["pwd"], { cwd: "/usr" });
			expect(await child.stdout.text()).toBe("/usr\n");
			await child.exited;
		});

		library("gives the command the environment that is asked for, and searches its PATH", async () => {
			const env = { PATH: "/usr/bin", ONE: "1", NONE: undefined };
			const child = await sandbox(...fragments()).spawn(["env"], { env });
			expect((await child.stdout.text()).trim().split("\n")).toEqual(["PATH=/usr/bin", "ONE=1"]);
			await child.exited;
			const { rejects } = expect(sandbox(...fragments()).spawn(["env"], { env: { PATH: "/proc" } }));
			await rejects.toMatchObject({ code: "ENOENT", exitCode: 127 });
		});

		library("rejects when the command cannot be executed", async () => {
			const box = sandbox(...fragments());
			for (const [command, code, exitCode] of [
				["no-such-command", "ENOENT", 127],
				["/etc/passwd", "EACCES", 126],
				["/usr", "EACCES", 126],
			] as const) {
				const error = await box.spawn([command]).catch((error: unknown) => error);
				expect(error).toBeInstanceOf(NamespaceError);
				const expected = {
					syscall: "execve",
					phase: "exec",
					code,
					exitCode,
					step: `run ${command}`,
					name: "NamespaceError",
				};
				expect(error).toMatchObject(expected);
			}
		});
	});
}

library("spawn rejects with the step that failed", async () => {
	const error = await sandbox(user(), mount({ root: "/no/such" }))
		.spawn(["true"])
		.catch((error: unknown) => error);
	expect(error).toBeInstanceOf(NamespaceError);
	expect(error).toMatchObject({
		phase: "sources",
		step: "open the new root /no/such",
		syscall: "openat",
		call: 'openat(AT_FDCWD, "/no/such", O_PATH|O_DIRECTORY|O_CLOEXEC)',
		path: "/no/such",
		code: "ENOENT",
		errno: 2,
		exitCode: 125,
		hint: "/no/such does not exist",
	});
	expect((error as NamespaceError).index).toBeGreaterThan(0);
	expect((error as NamespaceError).message).toContain("ENOENT (No such file or directory)");
});

library("spawn rejects an impossible plan before anything is done", async () => {
	const error = await sandbox(
		user(),
		uts({ hostname: "x".repeat(65), domainname: "a\0b" }),
		pid({ init: true, create: false }),
	)
		.spawn(["true"])
		.catch((error: unknown) => error);
	expect(error).toBeInstanceOf(PlanError);
	const codes = (error as PlanError).problems.map(({ code }) => code);
	expect(codes.toSorted()).toEqual(["HOSTNAME_TOO_LONG", "HOSTNAME_WITH_NUL", "INIT_WITHOUT_PID"]);
});

library("spawn of an aborted signal starts nothing", async () => {
	const { rejects } = expect(sandbox(user(), uts()).spawn(["sleep", "1000"], { signal: AbortSignal.abort() }));
	await rejects.toThrow("abort");
});

library("a directory that exists only inside can be the working directory", async () => {
	const box = sandbox(user(), mount({ mounts: [{ type: "bind", source: "/usr", target: "/mnt" }] }));
	const child = await box.spawn(["sh", "-c", "pwd"], { cwd: "/mnt/bin" });
	expect([await child.stdout.text(), await child.exited]).toEqual(["/mnt/bin\n", 0]);
	await expect(box.spawn(["pwd"], { cwd: "/no/such" })).rejects.toMatchObject({ code: "ENOENT", path: "/no/such" });
});

library("many spawns at once do not mix", async () => {
	const box = sandbox(user(), mount(), pid(), uts());
	const runs = Array.from({ length: 20 }, async (_, i) => {
		const child = await box.spawn(["sh", "-c", `echo run ${i}; exit ${i}`]);
		return [await child.stdout.text(), await child.exited];
	});
	expect(await inTime("the end of all", Promise.all(runs))).toEqual(Array.from(runs, (_, i) => [`run ${i}\n`, i]));
});
