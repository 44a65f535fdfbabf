/**
 * `ns list` against lsns(8) on a crowded machine: `bun bench/list.ts [RUNS]`. Makes 37 sandboxes with all eight
 * namespaces and about 2,000 processes in them, and ends them. Needs root, `dist/ns` and lsns(8).
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { measure, type Timing } from "../cli/measure.ts";
import { cgroup, ipc, lifetime, mount, net, pid, sandbox, time, user, uts } from "../src/index.ts";
import { markdown, type Row } from "./table.ts";

const sandboxes = 37;
/** Besides a supervisor, an init and a shell. */
const sleepers = 51;
/** Seconds after which the crowd ends, whatever becomes of this program. */
const longest = 600;

const ns = join(import.meta.dir, "../dist/ns");

/** The rows: at 2,000 processes in 300 namespaces, medians of interleaved runs in milliseconds. */
export async function listRows(runs: number): Promise<Row[]> {
	if (!Bun.which("lsns") || !existsSync(ns)) return [];
	const before = processes();
	const box = sandbox(user(), mount(), pid(), net(), ipc(), uts(), cgroup(), time(), lifetime({ dieWithParent: true }));
	const script = `i=0; while [ $i -lt ${sleepers} ]; do sleep ${longest} & i=$((i+1)); done; wait`;
	const crowd: Awaited<ReturnType<typeof box.spawn>>[] = [];
	try {
		const streams = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
		for (let i = 0; i < sandboxes; i++) crowd.push(await box.spawn(["sh", "-c", script], streams));
		for (let tries = 0; processes() < before + sandboxes * sleepers && tries < 500; tries++) await Bun.sleep(20);
		return compared(runs, processes());
	} finally {
		for (const one of crowd) one.kill("SIGKILL");
		await Promise.all(crowd.map(({ exited }) => exited));
	}
}

const processes = (): number => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;

function compared(runs: number, count: number): Row[] {
	const lines: Readonly<Record<string, readonly string[]>> = {
		"ns list": [ns, "list"],
		lsns: ["lsns"],
		"ns list --type net": [ns, "list", "--type", "net"],
		"lsns --type net": ["lsns", "--type", "net"],
		"ns list, all columns, JSON": [ns, "list", "--json"],
		"lsns, all columns, JSON": ["lsns", "--output-all", "--json"],
	};
	const timings = measure(
		Object.entries(lines).map(([name, line]) => ({ name, run: () => execute(line) })),
		runs,
		2,
	);
	const rows: Row[] = [];
	for (let i = 0; i + 1 < timings.length; i += 2) {
		const [ours, theirs] = [timings[i], timings[i + 1]] as [Timing, Timing];
		const what = `${ours.name}, ${count} processes, against ${theirs.name}`;
		rows.push({ what, ours: ours.median / 1000, theirs: theirs.median / 1000, unit: "ms", most: 1 });
	}
	return rows;
}

function execute(line: readonly string[]): void {
	const { success } = Bun.spawnSync([...line], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
	if (!success) throw new Error(`${line.join(" ")} failed`);
}

if (import.meta.main) console.log(markdown(await listRows(Number(process.argv[2] ?? 20))));
