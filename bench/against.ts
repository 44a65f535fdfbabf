/** `spawnSync` against a C program that makes the same system calls, turn by turn. */
import { join } from "node:path";
import { timing } from "../cli/measure.ts";
import type { Sandbox } from "../src/index.ts";

/** Compiles `name`.c into `folder`; `undefined` where there is no compiler. */
export function compiled(folder: string, name: string): string | undefined {
	const compiler = Bun.which("cc");
	if (!compiler) return undefined;
	const program = join(folder, name);
	const { success, stderr } = Bun.spawnSync([compiler, "-O2", "-o", program, join(import.meta.dir, `${name}.c`)]);
	if (!success) throw new Error(`${name}.c does not compile:\n${stderr}`);
	return program;
}

/** The medians of ours and of what `command` answers to each line, in microseconds. */
export async function against(box: Sandbox, command: string[], noop: string, runs: number): Promise<[number, number]> {
	await using c = Bun.spawn(command, { stdin: "pipe", stdout: "pipe" });
	const answers = c.stdout.getReader();
	const options = { stdin: "ignore", stdout: "ignore", stderr: "inherit", env: {}, cwd: "/" } as const;
	const ours: number[] = [];
	const theirs: number[] = [];
	for (let round = -Math.ceil(runs / 4); round < runs; round++) {
		const start = Bun.nanoseconds();
		box.spawnSync([noop], options);
		const took = (Bun.nanoseconds() - start) / 1000;
		c.stdin.write("\n");
		await c.stdin.flush();
		const { value } = await answers.read();
		if (round < 0) continue;
		ours.push(took);
		theirs.push(Number(new TextDecoder().decode(value)) / 1000);
	}
	c.stdin.end();
	await c.exited;
	return [timing("ours", ours).median, timing("C", theirs).median];
}
