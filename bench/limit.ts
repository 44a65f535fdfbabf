/** `spawnSync` against a C program that makes the same system calls (limit.c), turn by turn. Needs a C compiler. */
import { cgroup, ipc, mount, net, pid, sandbox, time, user, uts } from "../src/index.ts";
import { against, compiled } from "./against.ts";
import type { Row } from "./table.ts";

const six = () => [user(), mount(), pid({ init: false }), ipc(), uts(), cgroup()];
const boxes = { none: sandbox(), six: sandbox(...six()), eight: sandbox(...six(), net(), time()) };
/** What the issue asks for, by set. */
const wanted: Partial<Record<keyof typeof boxes, number>> = { six: 1.25 };

/** One row per set of namespaces: the median of the ratios' two sides, in microseconds. */
export async function limitRows(folder: string, noop: string, runs: number): Promise<Row[]> {
	const limit = compiled(folder, "limit");
	if (!limit) return [];
	const rows: Row[] = [];
	for (const name of ["none", "six", "eight"] as const) {
		const [ours, theirs] = await against(boxes[name], [limit, noop, name], noop, runs);
		rows.push({ what: `spawnSync, ${name} namespaces, against C`, ours, theirs, unit: "us", most: wanted[name] });
	}
	return rows;
}
