import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCommand } from "citty";
import { hostFacts } from "../src/host.ts";
import { noopImage } from "../src/launch/noop.ts";
import { cgroup } from "../src/namespaces/cgroup.ts";
import { ipc } from "../src/namespaces/ipc.ts";
import { mount } from "../src/namespaces/mount.ts";
import { net } from "../src/namespaces/net.ts";
import { pid } from "../src/namespaces/pid.ts";
import { time } from "../src/namespaces/time.ts";
import { user } from "../src/namespaces/user.ts";
import { uts } from "../src/namespaces/uts.ts";
import type { Fragment } from "../src/plan/types.ts";
import { sandbox } from "../src/sandbox.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { type Case, measure, type Timing } from "./measure.ts";
import { write } from "./output.ts";
import { UsageError } from "./usage.ts";

const defaultRuns = 100;
const mostRuns = 100_000;
const warmup = 5;

/** What is measured: no namespace, each alone, and the usual sets. The command is PID 1, so that no init is counted. */
function sets(privileged: boolean): Record<string, readonly Fragment[]> {
	const alone = {
		mount: mount(),
		pid: pid({ init: false }),
		net: net({ loopback: false }),
		ipc: ipc(),
		uts: uts(),
		cgroup: cgroup(),
		time: time(),
	};
	const six = [user(), mount(), pid({ init: false }), ipc(), uts(), cgroup()];
	const owner = privileged ? [] : [user()];
	const suffix = privileged ? "" : " + user";
	return {
		"no namespace": [],
		user: [user()],
		...Object.fromEntries(Object.entries(alone).map(([name, fragment]) => [`${name}${suffix}`, [...owner, fragment]])),
		"all but net and time": six,
		"all eight": [...six, net(), time()],
		"all eight, with an init": [user(), mount(), pid(), ipc(), uts(), cgroup(), net(), time()],
	};
}

export default defineCommand({
	meta: { name: "bench", description: commands.bench.doc },
	args: cittyArgs("bench"),
	run({ args, data }) {
		const runs = readRuns(data as ReadArgv);
		const { arch, privileged } = hostFacts();
		const folder = mkdtempSync(join(tmpdir(), "ns-bench-"));
		try {
			const noop = join(folder, "noop");
			writeFileSync(noop, noopImage(arch), { mode: 0o755 });
			const options = { stdin: "ignore", stdout: "ignore", stderr: "inherit", env: {}, cwd: "/" } as const;
			const cases: Case[] = [
				{ name: "Bun.spawnSync", run: () => void Bun.spawnSync([noop], { ...options }) },
				...Object.entries(sets(privileged)).map(([name, fragments]) => {
					const box = sandbox(...fragments);
					return { name, run: () => void box.spawnSync([noop], options) };
				}),
			];
			const timings = measure(cases, runs, warmup, (done) => showProgress(done, runs));
			write(1, args.json ? `${JSON.stringify(timings, null, "\t")}\n` : table(timings));
		} finally {
			rmSync(folder, { recursive: true });
		}
	},
});

function readRuns({ given, rest, problems }: ReadArgv): number {
	const value = given.findLast(({ name }) => name === "runs")?.value ?? String(defaultRuns);
	const runs = typeof value === "string" && /^\d{1,6}$/.test(value) ? Number(value) : 0;
	const found = [...problems];
	if (runs < 1 || runs > mostRuns) {
		found.push({ code: "RUNS_INVALID", message: `--runs ${value} is no number from 1 to ${mostRuns}` });
	}
	if (rest[0] !== undefined)
		found.push({ code: "WORD_UNEXPECTED", message: `bench takes no word such as ${JSON.stringify(rest[0])}` });
	if (found.length > 0) throw new UsageError(found);
	return runs;
}

function showProgress(done: number, runs: number): void {
	if (process.stderr.isTTY && done >= 0) write(2, done < runs ? `\rround ${done} of ${runs}` : "\r\x1b[K");
}

/** The cost over no namespace is what the namespaces themselves take. */
function table(timings: readonly Timing[]): string {
	const baseline = timings.find(({ name }) => name === "no namespace")?.median ?? 0;
	const width = Math.max(...timings.map(({ name }) => name.length));
	const number = (value: number) => value.toFixed(0).padStart(9);
	const rows = timings.map(
		({ name, median, lowerQuartile, upperQuartile }) =>
			`${name.padEnd(width)}${number(median)}${number(lowerQuartile)}${number(upperQuartile)}${number(median - baseline)}\n`,
	);
	const head = `${"microseconds".padEnd(width)}${["median", "25 %", "75 %", "over none"].map((text) => text.padStart(9)).join("")}\n`;
	return `${head}${rows.join("")}${timings[0]?.runs ?? 0} runs each, start to end of a static program that does nothing\n`;
}
