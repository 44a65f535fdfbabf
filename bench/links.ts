/**
 * A sandbox with a cable, an address and a route against a C program that sends the same messages (links.c), turn by turn:
 * `bun bench/links.ts [RUNS]`. Needs root, unshare(1) and a C compiler; all of it happens in a network namespace of its own.
 */
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timing } from "../cli/measure.ts";
import { hostFacts, net, sandbox } from "../src/index.ts";
import { noopImage } from "../src/launch/noop.ts";
import { markdown, type Row } from "./table.ts";

const link = { kind: "veth", addresses: ["10.77.0.2/24"], gateways: ["10.77.0.1"] } as const;

/** One row: the medians of both sides, in microseconds. */
export async function linkRows(folder: string, noop: string, runs: number): Promise<Row[]> {
	const compiler = Bun.which("cc");
	if (!compiler || process.geteuid?.() !== 0) return [];
	const program = join(folder, "links");
	const { success, stderr } = Bun.spawnSync([compiler, "-O2", "-o", program, join(import.meta.dir, "links.c")]);
	if (!success) throw new Error(`links.c does not compile:\n${stderr}`);
	await using c = Bun.spawn([program, noop], { stdin: "pipe", stdout: "pipe" });
	const answers = c.stdout.getReader();
	const box = sandbox(net({ links: [link] }));
	const options = { stdin: "ignore", stdout: "ignore", stderr: "inherit", env: {}, cwd: "/" } as const;
	const ours: number[] = [];
	const theirs: number[] = [];
	for (let round = -Math.ceil(runs / 4); round < runs; round++) {
		const start = Bun.nanoseconds();
		box.spawnSync([noop], options);
		const took = (Bun.nanoseconds() - start) / 1000;
		c.stdin.write("\n");
		await c.stdin.flush();
		const { value } = await answers.read();
		if (round < 0) continue;
		ours.push(took);
		theirs.push(Number(new TextDecoder().decode(value)) / 1000);
	}
	c.stdin.end();
	await c.exited;
	const what = "spawnSync, veth with address and route, against C";
	const [mine, other] = [timing("ours", ours).median, timing("C", theirs).median];
	return [{ what, ours: mine, theirs: other, unit: "us", most: 1.3 }];
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
