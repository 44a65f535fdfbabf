import type { Called } from "./end.ts";
import { becomeTool, findProgram, toolFacts } from "./launch.ts";
import { unsharePlan } from "./unshare-plan.ts";
import { readUnshare } from "./unshare-request.ts";

/** unshare(1). Returns only by throwing. */
export function unshare(words: readonly string[], called: Called): never {
	const facts = toolFacts();
	const request = readUnshare(words, called, facts);
	becomeTool(
		unsharePlan(request, called, facts, (name) => findProgram(name, facts)),
		called,
	);
}
