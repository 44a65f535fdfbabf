/**
 * A judge that counts: a program gets so much memory, half a processor and so many processes altogether, whatever it starts,
 * and the judge tells what it used and what it ran into. The kernel counts, in a control group of the program's own.
 *
 * Where the caller may make no control group, the limits are left out (`bestEffort`), and numbers that nobody counted are
 * null: `stats.from` says that. A judge in earnest leaves `bestEffort` out, and gets an error there.
 */
import assert from "node:assert/strict";
import { type Stats, untrusted } from "nskit";

const limits = { memory: "64M", swap: 0, cpus: 0.5, pids: 16, bestEffort: true } as const;
// All that strangers send runs in the preset for other people's code.
const box = untrusted({ profile: { resources: limits, lifetime: { timeout: "10s" } } });

function verdict(code: number | null, stats: Stats): string {
	if (stats.outOfMemory) return "memory limit";
	if (stats.processes.limitHits) return "too many processes";
	return code === 0 ? "ended" : "failed";
}
function judge(script: string): { verdict: string; stats: Stats } {
	const { exitCode, stats } = box.spawnSync(["sh", "-c", script], { stats: true, stdout: "ignore", stderr: "ignore" });
	assert.ok(stats);
	const { time, memory, processes } = stats;
	const used = `${time.wall} µs, ${memory.peak ?? "?"} bytes, ${processes.peak ?? "?"} processes`;
	console.log(`${script.padEnd(44)} ${verdict(exitCode, stats)}: ${used}`);
	return { verdict: verdict(exitCode, stats), stats };
}

const { stats } = judge("echo 42");
assert.ok(stats.time.wall !== null && stats.time.wall > 0);
const isLimited = stats.memory.limit !== null && stats.processes.limit !== null && stats.cpu.periods !== null;
if (isLimited) {
	assert.equal(judge("head -c 200M /dev/zero | tail").verdict, "memory limit");
	assert.equal(judge("for i in $(seq 50); do sleep 5 & done").verdict, "too many processes");
	assert.ok((judge("i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done").stats.cpu.throttled ?? 0) > 0, "held back");
}
