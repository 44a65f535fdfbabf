/** What stays in memory of ours while a command of `ns run` waits, and what is left over after many spawns. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mount, pid, sandbox, user, uts } from "../src/index.ts";
import type { Row } from "./table.ts";

const ns = join(import.meta.dir, "../dist/ns");

/** Kilobytes resident in the supervisor and the init together. */
export async function residentRows(): Promise<Row[]> {
	await using child = Bun.spawn([ns, "run", "sh", "-c", "echo; exec sleep 60"], { stdout: "pipe" });
	await child.stdout.getReader().read();
	const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
	const init = children.find((one) => readFileSync(`/proc/${one}/comm`, "utf8").trim() === "ns-init");
	const ours = resident(child.pid) + resident(Number(init));
	return [
		{
			what: "resident beside a waiting command, against a waiting Bun",
			ours,
			theirs: resident(process.pid),
			unit: "kB",
		},
	];
}

/** The process's share of the pages it has in memory: those of several processes count once for all of them together. */
function resident(process: number): number {
	return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process}/smaps_rollup`, "utf8"))?.[1] ?? 0);
}

/** Runs many spawns and says what they left: descriptors, children, mounts, bytes of heap. */
export async function leftOver(count: number): Promise<Record<"descriptors" | "children" | "mounts" | "heap", number>> {
	const box = sandbox(user(), pid(), mount(), uts({ hostname: "box" }));
	const some = async (n: number) => {
		for (let i = 0; i < n; i++) await (await box.spawn(["true"], { stdout: "ignore" })).exited;
	};
	const state = () => {
		Bun.gc(true);
		return {
			descriptors: readdirSync("/proc/self/fd").length,
			children: readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean)
				.length,
			mounts: readFileSync("/proc/self/mountinfo", "utf8").split("\n").length,
			heap: process.memoryUsage().heapUsed,
		};
	};
	await some(Math.ceil(count / 10));
	const before = state();
	await some(count);
	const after = state();
	return {
		descriptors: after.descriptors - before.descriptors,
		children: after.children - before.children,
		mounts: after.mounts - before.mounts,
		heap: after.heap - before.heap,
	};
}
