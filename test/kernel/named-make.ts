/**
 * A process of its own for the tests of names: `NAME kill|throw|steps STEP` makes a name and ends, fails, or goes on at a
 * step; `NAME list` and `NAME open` look for it; `NAME on PROCESSOR` begins to make it there, and says how often it began.
 */
import { systemCall } from "../../src/ffi.ts";
import { createBySteps } from "../../src/keeper/create.ts";
import { listNamed, openNamed } from "../../src/keeper/open.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";

const [name = "", mode = "", where = ""] = process.argv.slice(2);
const seen: string[] = [];

function at(step: string): void {
	seen.push(step);
	if (step !== where && !(mode === "on" && step === "start")) return;
	if (mode === "on") runOn(Number(where));
	if (mode === "kill") process.kill(process.pid, "SIGKILL");
	if (mode === "throw") throw new Error(`made to fail at ${step}`);
}

function runOn(processor: number): void {
	systemCall("sched_setaffinity", 0, 8, BigUint64Array.of(1n << BigInt(processor)));
}

try {
	if (mode === "on") {
		const { state, notices } = await createBySteps(name, fragmentsOf({ mount: true, uts: true }), at);
		console.log(JSON.stringify({ starts: seen.filter((step) => step === "start").length, state, notices }));
	} else if (mode === "list") console.log(JSON.stringify(listNamed()));
	else if (mode === "open") {
		const target = openNamed(name);
		console.log(JSON.stringify(target));
		target.close();
	} else {
		await createBySteps(name, fragmentsOf(where === "pinned" ? { net: true, uts: true } : {}), at);
		console.log(JSON.stringify(seen));
	}
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
