import { expect } from "bun:test";
import { rows } from "./harness.ts";
import { descendants, textOf } from "./outside.ts";
import { until } from "./waiting.ts";

/**
 * A process's share of the kilobytes resident in memory: pages of both processes count once for the two together.
 * Root's to know: both cannot be looked at by others.
 */
const resident = (pid: number): number => Number(/^Pss:\s*(\d+) kB$/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1]);

for (const who of ["root", "ordinary"] as const) {
	rows({ who, needs: ["root"] })("while a command waits, what is ours takes at most 64 kB", async (ns) => {
		for (const options of [[], ["--pid", "--mount", "--no-init"]]) {
			const child = ns.startNs(["run", ...options, "sleep", "1000"]);
			const inside = await until("the command, and none of ours but its init", () => {
				const all = descendants(child.pid);
				const ready = all.some(({ name }) => name === "sleep");
				return ready && all.every(({ name }) => name === "sleep" || name === "ns-init") ? all : undefined;
			});
			const ours = [child.pid, ...inside.filter(({ name }) => name === "ns-init").map(({ pid }) => pid)];
			expect(ours.length).toBe(options.length === 0 ? 2 : 1);
			const sum = ours.reduce((kilobytes, pid) => kilobytes + resident(pid), 0);
			expect(sum).toBeGreaterThan(0);
			expect(sum).toBeLessThanOrEqual(64);
			child.kill("SIGTERM");
			child.kill("SIGKILL");
			await child.exited;
		}
	});
}
