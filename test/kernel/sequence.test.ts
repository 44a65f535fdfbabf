import { expect } from "bun:test";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { rows } from "./harness.ts";

rows({ how: "source", timeout: 120_000 })(
	"hundreds of spawns and spawnSyncs leave nothing and cost no memory",
	async (ns) => {
		const { bun, project } = checkout();
		const options = { within: 100_000 };
		const { code, stdout, stderr } = await ns.command(
			[bun, join(project, "test/kernel/fixtures/sequence.ts")],
			options,
		);
		expect([code, stderr]).toEqual([0, ""]);
		const { before, after } = JSON.parse(stdout);
		expect(after.children).toEqual([]);
		expect(after.descriptors).toEqual(before.descriptors);
		expect(after.mounts).toBe(before.mounts);
		// Bun's own heap breathes by some maps and megabytes; a mapping or a page kept for each run would be 900 of them.
		expect(after.maps).toBeLessThan(before.maps + 100);
		expect(after.kilobytes).toBeLessThan(before.kilobytes + 3_600);
	},
);
