/** How much later a command starts with limits of its own control group than without. Needs rights to make groups. */
import { timing } from "../cli/measure.ts";
import { chooseGroups } from "../src/cgroups/choose.ts";
import { readResources } from "../src/cgroups/wanted.ts";
import {
	cgroup,
	hostFacts,
	ipc,
	mount,
	net,
	pid,
	resources,
	type Sandbox,
	sandbox,
	time,
	user,
	uts,
} from "../src/index.ts";
import type { Row } from "./table.ts";

/** What the issue names. */
const options = { memory: "256M", pids: 64, cpus: 0.5 } as const;
const words = ["--memory", "256M", "--pids", "64", "--cpus", "0.5"];

/** Milliseconds that limits may take at most. */
const most = 0.5;

/** Milliseconds until something can be read of what the command writes. */
async function untilFirst(start: () => Promise<Bun.Subprocess<"ignore", "pipe", "inherit">>): Promise<number> {
	const began = Bun.nanoseconds();
	const child = await start();
	const reader = child.stdout.getReader();
	await reader.read();
	const took = (Bun.nanoseconds() - began) / 1e6;
	await reader.cancel();
	await child.exited;
	return took;
}

/** The difference round by round; nothing where limits cannot be had. */
export async function limitsRows(runs: number): Promise<Row[]> {
	const groups = hostFacts().controlGroups?.();
	if (!groups || chooseGroups(readResources(options).wanted, groups).lacking.length > 0) return [];
	const ns = (more: readonly string[]) => async () =>
		Bun.spawn(["dist/ns", "run", ...more, "echo", "up"], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
	const spawn = (box: Sandbox) => () =>
		box.spawn(["echo", "up"], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
	const all = () => [user(), mount(), pid(), net(), ipc(), uts(), cgroup(), time()];
	const [plain, limited] = [sandbox(...all()), sandbox(...all(), resources(options))];
	return [
		await compared("ns run with memory, pids and cpus limited, compiled, against without", runs, ns(words), ns([])),
		await compared("the same by spawn of the library", runs, spawn(limited), spawn(plain)),
	];
}

type Start = Parameters<typeof untilFirst>[0];

async function compared(what: string, runs: number, ours: Start, theirs: Start): Promise<Row> {
	const took = { ours: [] as number[], theirs: [] as number[], more: [] as number[] };
	for (let round = -5; round < runs; round++) {
		const [without, limited] = [await untilFirst(theirs), await untilFirst(ours)];
		if (round < 0) continue;
		took.ours.push(limited);
		took.theirs.push(without);
		took.more.push(limited - without);
	}
	const { median, lowerQuartile, upperQuartile } = timing("more", took.more);
	const paired = { median, from: lowerQuartile, to: upperQuartile };
	const [mine, other] = [timing("ours", took.ours).median, timing("theirs", took.theirs).median];
	return { what, ours: mine, theirs: other, unit: "ms", paired, mostMore: most };
}

if (import.meta.main) {
	const { markdown } = await import("./table.ts");
	console.log(markdown(await limitsRows(Number(process.argv[2] ?? 60))));
}
