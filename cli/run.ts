import { become } from "../src/launch/become.ts";
import { checkLifetime } from "../src/lifetime-preflight.ts";
import { checkJoins, checkPasses, makeLayers } from "../src/preflight.ts";
import { heldDescriptors } from "../src/process/join.ts";
import type { ReadArgv } from "./argv.ts";
import { type Caller, readRequest, thisCaller } from "./request.ts";

/** This program again, for as long as it can be found by its path: the compiled file, or Bun with the source. */
const self = Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main];

/** What `ns explain` has to know to come to the same plan. */
export interface Explainable {
	readonly words: readonly string[];
	readonly caller: Omit<Caller, "env">;
}

/** `ns run`: turns this process into the command. Returns only by throwing. */
export function run(read: ReadArgv): never {
	const caller = thisCaller();
	const { plan, fragments } = readRequest(read, caller);
	checkJoins(fragments, caller.host);
	checkPasses(fragments);
	checkLifetime(fragments, caller.host);
	makeLayers(fragments, plan, caller.host);
	const { host, cwd } = caller;
	const explainable: Explainable = { words: read.words, caller: { host, cwd } };
	const asked = JSON.stringify(explainable);
	// A longer argument cannot be executed with: then the stub says itself what has failed, without a look at the machine.
	const explain = Buffer.byteLength(asked) < longestArgument ? [...self, "explain", asked] : undefined;
	become(plan, heldDescriptors(fragments), explain);
}

/** MAX_ARG_STRLEN, the NUL byte included. execve(2). */
const longestArgument = 131072;
