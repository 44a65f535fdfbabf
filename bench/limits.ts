/** What a sandbox with limits of its own control group takes longer than without, turn by turn. Needs rights to make groups. */
import { timing } from "../cli/measure.ts";
import { chooseGroups } from "../src/cgroups/choose.ts";
import { readResources } from "../src/cgroups/wanted.ts";
import { hostFacts } from "../src/host.ts";
import type { Row } from "./table.ts";

/** What the issue names. */
const options = { memory: "256M", pids: 64, cpus: 0.5 } as const;
const words = ["--memory", "256M", "--pids", "64", "--cpus", "0.5"];

/** Milliseconds that limits may take at most. */
const most = 0.5;

/** Without rights to make groups there is nothing to measure. */
export function limitsRows(ns: readonly string[], noop: string, runs: number): Row[] {
	const groups = hostFacts().controlGroups?.();
	if (!groups || chooseGroups(readResources(options).wanted, groups).lacking.length > 0) return [];
	const took: { readonly with: number[]; readonly without: number[] } = { with: [], without: [] };
	const once = (given: readonly string[]): number => {
		const start = Bun.nanoseconds();
		const { exitCode } = Bun.spawnSync([...ns, "run", ...given, noop], { stdin: "ignore", env: {} });
		if (exitCode !== 0) throw new Error(`ns run ${given.join(" ")} ended with ${exitCode}`);
		return (Bun.nanoseconds() - start) / 1e6;
	};
	for (let round = -5; round < runs; round++) {
		const [without, limited] = [once([]), once(words)];
		if (round < 0) continue;
		took.without.push(without);
		took.with.push(limited);
	}
	const [ours, theirs] = [timing("with", took.with).median, timing("without", took.without).median];
	return [{ what: `ns run with memory, pids and cpus limited, at most ${most} ms more`, ours, theirs, unit: "ms" }];
}

if (import.meta.main) {
	const [noop = "/bin/true", runs = "60"] = process.argv.slice(2);
	for (const { ours, theirs } of limitsRows(["dist/ns"], noop, Number(runs)))
		console.log(`with ${ours.toFixed(2)} ms, without ${theirs.toFixed(2)} ms, ${(ours - theirs).toFixed(2)} ms more`);
}
