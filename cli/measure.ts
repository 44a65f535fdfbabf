/** Timing cases side by side: every round runs each of them once, so that the machine's moods fall on all alike. */

/** Something to time. */
export interface Case {
	readonly name: string;
	run(): void;
}

/** What was measured of one case, in microseconds. */
export interface Timing {
	readonly name: string;
	readonly runs: number;
	readonly median: number;
	/** A quarter of the runs was faster, a quarter slower. */
	readonly lowerQuartile: number;
	readonly upperQuartile: number;
}

/** Runs every case `runs` times in turn, after `warmup` rounds that do not count. */
export function measure(
	cases: readonly Case[],
	runs: number,
	warmup: number,
	progress: (done: number) => void = () => {},
): Timing[] {
	const times = cases.map((): number[] => []);
	for (let round = -warmup; round < runs; round++) {
		cases.forEach((one, i) => {
			const start = Bun.nanoseconds();
			one.run();
			if (round >= 0) times[i]?.push((Bun.nanoseconds() - start) / 1000);
		});
		progress(round + 1);
	}
	return cases.map(({ name }, i) => timing(name, times[i] ?? []));
}

/** Median and quartiles of `times`. */
export function timing(name: string, times: readonly number[]): Timing {
	const sorted = times.toSorted((a, b) => a - b);
	const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
	return { name, runs: sorted.length, median: at(0.5), lowerQuartile: at(0.25), upperQuartile: at(0.75) };
}
