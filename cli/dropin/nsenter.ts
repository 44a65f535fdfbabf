import type { Called } from "./end.ts";
import { becomeTool, checkTarget, toolFacts } from "./launch.ts";
import { nsenterPlan } from "./nsenter-plan.ts";
import { readNsenter } from "./nsenter-request.ts";

/** nsenter(1). Returns only by throwing. */
export function nsenter(words: readonly string[], called: Called): never {
	const request = readNsenter(words, called);
	if (request.target !== undefined && request.targetInode !== undefined) {
		checkTarget(request.target, request.targetInode, called);
	}
	becomeTool(nsenterPlan(request, called, toolFacts()), called);
}
