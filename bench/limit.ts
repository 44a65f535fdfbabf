/** `spawnSync` against a C program that makes the same system calls (limit.c), turn by turn. Needs a C compiler. */
import { join } from "node:path";
import { timing } from "../cli/measure.ts";
import { cgroup, ipc, mount, net, pid, sandbox, time, user, uts } from "../src/index.ts";
import type { Row } from "./table.ts";

const six = () => [user(), mount(), pid({ init: false }), ipc(), uts(), cgroup()];
const boxes = { none: sandbox(), six: sandbox(...six()), eight: sandbox(...six(), net(), time()) };
/** What the issue asks for, by set. */
const wanted: Partial<Record<keyof typeof boxes, number>> = { six: 1.25 };

/** Compiles limit.c into `folder`; `undefined` where there is no compiler. */
function compileLimit(folder: string): string | undefined {
	const compiler = Bun.which("cc");
	if (!compiler) return undefined;
	const program = join(folder, "limit");
	const { success, stderr } = Bun.spawnSync([compiler, "-O2", "-o", program, join(import.meta.dir, "limit.c")]);
	if (!success) throw new Error(`limit.c does not compile:\n${stderr}`);
	return program;
}

/** One row per set of namespaces: the median of the ratios' two sides, in microseconds. */
export async function limitRows(folder: string, noop: string, runs: number): Promise<Row[]> {
	const limit = compileLimit(folder);
	if (!limit) return [];
	const rows: Row[] = [];
	for (const name of ["none", "six", "eight"] as const) {
		const [ours, theirs] = await alternate(boxes[name], [limit, noop, name], noop, runs);
		rows.push({ what: `spawnSync, ${name} namespaces, against C`, ours, theirs, unit: "us", most: wanted[name] });
	}
	return rows;
}

async function alternate(
	box: ReturnType<typeof sandbox>,
	command: string[],
	noop: string,
	runs: number,
): Promise<[number, number]> {
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
