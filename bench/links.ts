/**
 * A sandbox with a cable, an address and a route against a C program that sends the same messages (links.c), turn by turn:
 * `bun bench/links.ts [RUNS]`. Needs root, unshare(1) and a C compiler; all of it happens in a network namespace of its own.
 */
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostFacts, net, sandbox } from "../src/index.ts";
import { noopImage } from "../src/launch/noop.ts";
import { against, compiled } from "./against.ts";
import { markdown, type Row } from "./table.ts";

const link = { kind: "veth", addresses: ["10.77.0.2/24"], gateways: ["10.77.0.1"] } as const;

/** One row: the medians of both sides, in microseconds. */
export async function linkRows(folder: string, noop: string, runs: number): Promise<Row[]> {
	const program = process.geteuid?.() === 0 ? compiled(folder, "links") : undefined;
	if (!program) return [];
	const [ours, theirs] = await against(sandbox(net({ links: [link] })), [program, noop], noop, runs);
	const what = "spawnSync, veth with address and route, against C";
	return [{ what, ours, theirs, unit: "us", most: 1.3 }];
}

/** Where this was started: who begins again in a namespace of its own says so. */
const before = "NSKIT_BENCH_NET";

if (import.meta.main) {
	const here = readlinkSync("/proc/self/ns/net");
	if (process.env[before] === undefined || process.env[before] === here) {
		const line = ["unshare", "--net", process.execPath, ...process.argv.slice(1)];
		const env = { ...process.env, [before]: here };
		process.exitCode = Bun.spawnSync(line, { env, stdio: ["inherit", "inherit", "inherit"] }).exitCode;
	} else {
		const folder = mkdtempSync(join(tmpdir(), "nskit-bench-"));
		try {
			const noop = join(folder, "noop");
			writeFileSync(noop, noopImage(hostFacts().arch), { mode: 0o755 });
			console.log(markdown(await linkRows(folder, noop, Number(process.argv[2] ?? 50))));
		} finally {
			rmSync(folder, { recursive: true });
		}
	}
}
