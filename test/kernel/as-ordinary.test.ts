import { expect } from "bun:test";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { rows } from "./harness.ts";

// The tests of the library run in the test process itself: here once more as somebody else.
rows({ how: "source", who: "ordinary", needs: ["root"], timeout: 120_000 })("the library's tests pass", async (ns) => {
	const { bun, project } = checkout();
	for (const file of ["spawn", "spawn-sync"]) {
		const argv = [bun, "test", join(project, `test/kernel/${file}.test.ts`)];
		const { code, stderr } = await ns.command(argv, { cwd: project, within: 100_000 });
		expect([code, stderr]).toEqual([0, expect.stringMatching(/\n [1-9]\d* pass\n 0 fail\n/)]);
	}
});
