/**
 * A process of its own for the tests of names: `NAME kill|throw|steps STEP` makes a name and ends, fails, or goes on at a
 * step; `NAME list` and `NAME open` look for it.
 */
import { createBySteps } from "../../src/keeper/create.ts";
import { listNamed, openNamed } from "../../src/keeper/open.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";

const [name = "", mode = "", where = ""] = process.argv.slice(2);
const seen: string[] = [];

function at(step: string): void {
	seen.push(step);
	if (step !== where) return;
	if (mode === "kill") process.kill(process.pid, "SIGKILL");
	if (mode === "throw") throw new Error(`made to fail at ${step}`);
}

try {
	if (mode === "list") console.log(JSON.stringify(listNamed()));
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
