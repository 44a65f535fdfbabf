/** The benchmarks: `bun run bench [RUNS]`. Needs `dist/ns` (`bun run build`) and, for the comparison with C, a compiler. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostFacts } from "../src/index.ts";
import { noopImage } from "../src/launch/noop.ts";
import { enterRows } from "./enter.ts";
import { limitRows } from "./limit.ts";
import { limitsRows } from "./limits.ts";
import { listRows } from "./list.ts";
import { leftOver, residentRows } from "./resident.ts";
import { seccompRows } from "./seccomp.ts";
import { startupRows } from "./startup.ts";
import { strictRows } from "./strict.ts";
import { markdown } from "./table.ts";
import { viewRows } from "./view.ts";

const runs = Number(process.argv[2] ?? 200);
const spawns = 5 * runs;
const folder = mkdtempSync(join(tmpdir(), "nskit-bench-"));
try {
	const noop = join(folder, "noop");
	writeFileSync(noop, noopImage(hostFacts().arch), { mode: 0o755 });
	const rows = [
		...(await limitRows(folder, noop, runs)),
		...viewRows(folder, noop, runs),
		...seccompRows(folder, runs),
		...(await startupRows(folder, runs)),
		...(await enterRows(folder, noop, runs)),
		...(await strictRows(noop, runs)),
		...(await limitsRows(runs)),
		...(await listRows(Math.ceil(runs / 10))),
		...(await residentRows()),
	];
	console.log(markdown(rows));
	const { descriptors, children, mounts, heap } = await leftOver(spawns);
	console.log(
		`left over after ${spawns} spawns: ${descriptors} descriptors, ${children} processes, ${mounts} mounts, ${heap} bytes of heap`,
	);
} finally {
	rmSync(folder, { recursive: true });
}
