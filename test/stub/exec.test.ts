import { afterAll, describe, expect } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { splitStrings } from "../../src/bytes.ts";
import { image } from "../../src/launch/image.ts";
import { errnoNumber } from "../../src/linux/errno.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Command } from "../../src/plan/types.ts";
import { numberedCalls } from "../../src/stub/compile.ts";
import type { Report } from "../../src/stub/routines/report.ts";
import { asOrdinary, needs } from "../needs.ts";
import { rootHost } from "../plan/fixtures.ts";
import { machines } from "./machines.ts";

const folder = mkdtempSync(join(tmpdir(), "nskit-exec-"));
chmodSync(folder, 0o755);
const locked = join(folder, "locked");
afterAll(() => {
	chmodSync(locked, 0o700);
	rmSync(folder, { recursive: true });
});
const write = (name: string, text: string, mode: number): string => {
	const path = join(folder, name);
	mkdirSync(join(path, ".."), { recursive: true });
	writeFileSync(path, text);
	chmodSync(path, mode);
	return path;
};
const show = '#!/bin/sh\necho "$0" "$@"\n';
write("one/tool", show, 0o644);
write("two/tool", show, 0o755);
write("three/tool", "#!/bin/sh\necho wrong\n", 0o755);
write("one/secret", show, 0o644);
write("locked/tool", show, 0o755);
chmodSync(locked, 0);
const bare = write("bare", 'echo "$0" "$@" bare\n', 0o755);
const loaderless = write("loaderless", "#!/no/such/interpreter\n", 0o755);
const path = (...names: string[]) => `PATH=${names.map((name) => (name === "" ? "" : join(folder, name))).join(":")}`;

for (const { arch, executeNeeds, prefix } of machines) {
	const planOf = (command: Partial<Command>) =>
		plan([], {
			host: { ...rootHost, arch },
			command: { argv: ["true"], env: ["PATH=/usr/bin:/bin"], cwd: folder, ...command },
		});
	const runRaw = (command: Partial<Command>, report: Report = { to: "stderr" }, before: readonly string[] = []) => {
		const file = join(folder, `image-${arch}`);
		writeFileSync(file, image(planOf(command), report), { mode: 0o755 });
		return Bun.spawnSync([...before, ...prefix, file], { stdout: "pipe", stderr: "pipe", cwd: folder, env: {} });
	};
	const run = (command: Partial<Command>) => {
		const { exitCode, stdout, stderr } = runRaw(command);
		return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
	};
	const it = needs(...executeNeeds);

	describe(`the end of a program for ${arch}`, () => {
		it("executes the command with its arguments", () => {
			const argv = ["sh", "-c", 'printf "%s|" "$0" "$@"', "x y", "", "é", "$HOME"];
			expect(run({ argv })).toEqual({ exitCode: 0, stdout: "x y||é|$HOME|", stderr: "" });
		});

		it("executes the command with its environment and no other, whatever the bytes", () => {
			const env = ["PATH=/usr/bin:/bin", "A=1", "ODD=\udcff\udc80", "A=2", "EMPTY="];
			const { stdout } = runRaw({ argv: ["cat", "/proc/self/environ"], env });
			expect(splitStrings(stdout)).toEqual(env);
		});

		it("ends with the command's own exit code", () => {
			expect(run({ argv: ["sh", "-c", "exit 42"] })).toEqual({ exitCode: 42, stdout: "", stderr: "" });
		});

		it("takes the first file of PATH that may be executed", () => {
			expect(run({ argv: ["tool", "a"], env: [path("none", "one", "two", "three")] }).stdout).toBe(
				`${folder}/two/tool a\n`,
			);
			expect(run({ argv: ["./two/tool", "b"], env: [path("three")] }).stdout).toBe("./two/tool b\n");
			expect(run({ argv: ["bare", "c"], env: [path("none", "")] }).stdout).toBe("bare c bare\n");
		});

		it("gives a file that is no program to the shell", () => {
			expect(run({ argv: ["bare", "x"], env: [`PATH=${folder}`] }).stdout).toBe(`${bare} x bare\n`);
			expect(run({ argv: [bare, "x", "y z"] })).toEqual({ exitCode: 0, stdout: `${bare} x y z bare\n`, stderr: "" });
		});

		it("ends with 127 and a hint when the command is in no directory", () => {
			const { exitCode, stderr } = run({ argv: ["no-such-tool"], env: [path("one", "two")] });
			expect(stderr.split("\n")).toEqual([
				"ns: cannot run no-such-tool: ENOENT",
				"hint: it is in no directory of PATH inside the sandbox, or its interpreter or loader is missing there",
				"",
			]);
			expect(exitCode).toBe(127);
			expect(run({ argv: [loaderless] }).exitCode).toBe(127);
			expect(run({ argv: [`${bare}/below-a-file`] }).exitCode).toBe(127);
		});

		it("ends with 126 and a hint when what was found may not be executed", () => {
			const { exitCode, stderr } = run({ argv: ["secret"], env: [path("one", "two")] });
			expect(stderr.split("\n")[0]).toBe("ns: cannot run secret: EACCES");
			expect(exitCode).toBe(126);
			expect(run({ argv: [join(folder, "one")] }).exitCode).toBe(126);
			expect(run({ argv: ["tool"], env: [path("one", "none")] }).exitCode).toBe(126);
		});

		needs(...executeNeeds, "ordinary")("passes over a directory of PATH that may not be searched", () => {
			const ended = (argv: string[], ...names: string[]) => {
				const { exitCode, stdout } = runRaw({ argv, env: [path(...names)] }, { to: "stderr" }, asOrdinary([]));
				return [exitCode, stdout.toString()];
			};
			expect(ended(["tool"], "locked", "two")).toEqual([0, `${folder}/two/tool\n`]);
			expect(ended(["tool"], "locked", "none")).toEqual([127, ""]);
			expect(ended([join(locked, "tool")], "two")).toEqual([126, ""]);
		});

		it("ends with 126 when the kernel refuses the command for another reason, and looks no further", () => {
			const { exitCode, stderr } = run({ argv: ["tool", "x".repeat(200_000)], env: [path("two", "three")] });
			expect(stderr).toBe("ns: cannot run tool: E2BIG\n");
			expect(exitCode).toBe(126);
		});

		it("reports call, error and exit code on the channel instead", () => {
			const argv = ["no-such-tool"];
			const { exitCode, stdout, stderr } = runRaw({ argv }, { to: "channel", fd: 1 });
			const last = numberedCalls(planOf({ argv })).length;
			expect(Array.from({ length: stdout.length / 8 }, (_, i) => stdout.readBigInt64LE(8 * i))).toEqual([
				BigInt(last),
				BigInt(errnoNumber("ENOENT")),
				127n,
			]);
			expect([exitCode, stderr.toString()]).toEqual([127, ""]);
		});
	});
}
