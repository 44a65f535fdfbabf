import { afterAll, describe, expect } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { image } from "../../src/launch/image.ts";
import type { Arch } from "../../src/linux/syscalls.ts";
import { phaseIndex } from "../../src/plan/phases.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Plan } from "../../src/plan/types.ts";
import { descriptors } from "../../src/process/descriptors.ts";
import { lifetime } from "../../src/process/lifetime.ts";
import { processes } from "../../src/process/processes.ts";
import { signals } from "../../src/process/signals.ts";
import { needs } from "../needs.ts";
import { context, rootHost } from "../plan/fixtures.ts";
import { machines } from "./machines.ts";

const folder = mkdtempSync(join(tmpdir(), "nskit-supervise-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As bits of a mask in /proc/PID/status. */
const [SIGPIPE, SIGXFSZ] = [1n << 12n, 1n << 24n];

/** A supervised command without any namespace: what a plan does around a PID namespace, less the namespace. */
function supervised(arch: Arch, argv: readonly string[]): Plan {
	const command = { argv, env: ["PATH=/usr/bin:/bin"], cwd: "/" };
	const alone = plan([], { host: { ...rootHost, arch }, command });
	const steps = [signals(), processes(), descriptors()].flatMap((one) => one.steps({ ...context, forks: true }));
	const all = [...steps, ...alone.steps.filter(({ phase }) => phase === "exec")];
	return { ...alone, forks: true, steps: all.toSorted((a, b) => phaseIndex(a.phase) - phaseIndex(b.phase)) };
}

for (const { arch, executeNeeds, prefix } of machines) {
	const file = join(folder, arch);
	const argv = [...prefix, file];
	const make = (...command: string[]) => {
		writeFileSync(file, image(supervised(arch, command), { to: "stderr" }), { mode: 0o755 });
	};
	const runCommand = (...command: string[]) => {
		make(...command);
		const { exitCode, signalCode, stdout, stderr } = Bun.spawnSync(argv, { stdout: "pipe", stderr: "pipe" });
		const signal = signalCode === undefined ? undefined : String(signalCode);
		const ended: { exitCode: number | null; signal: string | undefined } = { exitCode, signal };
		return { ...ended, stdout: stdout.toString(), stderr: stderr.toString() };
	};
	const run = (script: string) => runCommand("sh", "-c", script);
	const it = needs(...executeNeeds);
	/** Emulation takes longer, and cannot go wrong where the real one goes right for each code alone. */
	const step = prefix.length === 0 ? 1 : 17;

	describe(`a supervisor for ${arch}`, () => {
		it("ends with each exit code of the command", () => {
			const codes = Array.from({ length: 256 }, (_, code) => code).filter((code) => code % step === 0);
			expect(codes.map((code) => run(`exit ${code}`).exitCode)).toEqual(codes);
		});

		it("ends by the signal that ended the command", () => {
			for (const signal of ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGPIPE", "SIGUSR2"] as const) {
				expect(run(`kill -${signal.slice(3)} $$`)).toEqual({ exitCode: null, signal, stdout: "", stderr: "" });
			}
		});

		it("passes on what the command writes, and nothing of its own", () => {
			expect(run("echo out; echo err >&2; exit 3")).toEqual({
				...{ exitCode: 3, signal: undefined, stdout: "out\n", stderr: "err\n" },
			});
		});

		it("is the parent of the command", async () => {
			make("sh", "-c", "echo $PPID");
			const child = Bun.spawn(argv, { stdout: "pipe" });
			expect(Number(await child.stdout.text())).toBe(child.pid);
			expect(await child.exited).toBe(0);
		});

		it("holds no signal back from the command, and ignores none that Bun does", () => {
			const { stdout } = run("grep -E '^Sig(Blk|Ign):' /proc/self/status");
			const masks = stdout.match(/\w{16}$/gm) ?? [];
			const [blocked = -1n, ignored = -1n] = masks.map((mask) => BigInt(`0x${mask}`));
			expect(blocked).toBe(0n);
			expect(ignored & (SIGPIPE | SIGXFSZ)).toBe(0n);
		});

		it("gives the command no descriptor of its own", () => {
			expect(run("ls /proc/self/fd").stdout).toBe("0\n1\n2\n3\n");
		});

		it("passes signals on to the command", async () => {
			// It gives up by itself, so that nothing is left where the signal does not come.
			const wait = "for i in $(seq 1000); do sleep 0.01; done; echo none; exit 8";
			make("bash", "-c", `trap 'echo got; exit 9' USR1; echo ready; ${wait}`);
			const child = Bun.spawn(argv, { stdout: "pipe" });
			const reader = child.stdout.getReader();
			const next = async () => new TextDecoder().decode((await reader.read()).value);
			expect(await next()).toBe("ready\n");
			child.kill("SIGUSR1");
			expect(await next()).toBe("got\n");
			expect(await child.exited).toBe(9);
		});

		it("ends the command when its time is up, by the signal that was asked for, and by SIGKILL in the end", () => {
			const timed = (killSignal: string, ...command: string[]): unknown[] => {
				const options = lifetime({ timeout: "200ms", killAfter: "200ms", killSignal });
				const made = plan([options], {
					...{ host: { ...rootHost, arch }, command: { argv: command, env: ["PATH=/usr/bin:/bin"], cwd: "/" } },
				});
				writeFileSync(file, image(made, { to: "stderr" }), { mode: 0o755 });
				const { exitCode, signalCode, stderr } = Bun.spawnSync(argv, { stdout: "pipe", stderr: "pipe" });
				return [exitCode, signalCode === undefined ? undefined : String(signalCode), stderr.toString()];
			};
			const said = (name: string) => `ns: time is up after 0.2 s: sent ${name}\n`;
			expect(timed("TERM", "sleep", "1000")).toEqual([null, "SIGTERM", said("SIGTERM")]);
			const deaf = ["sh", "-c", "trap '' USR1; while :; do sleep 0.05; done"];
			const last = `${said("SIGUSR1")}ns: still there 0.2 s later: sent SIGKILL\n`;
			expect(timed("USR1", ...deaf)).toEqual([null, "SIGKILL", last]);
		});

		it("tells of the processes and of the end", () => {
			const made = plan([lifetime({ statusFd: 1 })], {
				...{
					host: { ...rootHost, arch },
					command: { argv: ["sh", "-c", "exit 7"], env: ["PATH=/usr/bin:/bin"], cwd: "/" },
				},
			});
			writeFileSync(file, image(made, { to: "stderr" }), { mode: 0o755 });
			const { exitCode, stdout } = Bun.spawnSync(argv, { stdout: "pipe" });
			const [first = "", second, end] = stdout.toString().split("\n");
			expect([exitCode, second, end]).toEqual([7, '{"exit-code": 7}', ""]);
			expect(Object.keys(JSON.parse(first).namespaces).toSorted()).toEqual(
				["mnt", "user", "pid", "net", "ipc", "uts", "cgroup", "time"].toSorted(),
			);
		});

		it("ends with 127 when there is no such command, which the command's process says", () => {
			const { exitCode, stderr } = runCommand("no-such-tool");
			expect([exitCode, stderr.split("\n")[0]]).toEqual([127, "ns: cannot run no-such-tool: ENOENT"]);
		});
	});
}
