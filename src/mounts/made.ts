/** What the rules are made with, and what they make. */
import type { Call, Context } from "../plan/types.ts";
import type { Layers } from "./overlay.ts";
import type { Points, When } from "./points.ts";
import type { Staged } from "./stage.ts";

/** Some calls that belong together, with what they are for. */
export interface Part {
	readonly does: string;
	readonly why: string;
	readonly man: string;
	readonly calls: readonly Call[];
}

/** What makers may use. */
export interface Tools {
	/** The rule's own name, for results. */
	readonly id: string;
	readonly points: Points;
	readonly layers: Layers;
	readonly context: Context;
}

/** What a rule comes to. */
export interface Made extends Part {
	/** What it opens before the first mount. */
	readonly opens?: Part;
	/** When that has to be: before the other sources, at numbers that the plan knows; or before any namespace is made. */
	readonly opensWhen?: "first" | "early";
	/** What the helper does for it, with the caller's privileges, once ids are mapped. */
	readonly helped?: Part;
	/** What has to be in memory for it. */
	readonly staged?: Staged;
	/** It mounts something at its target: private to the sandbox, or not. */
	readonly mounts?: "private" | "foreign";
}

/** Opens the target, which is made where it may be, and works on it. */
export function placed(
	{ points }: Tools,
	target: string,
	kind: "directory" | "file",
	calls: readonly Call[],
	when: When = {},
): Call[] {
	return [...points.open(target, kind, when), ...calls, closeTarget];
}

export const closeTarget: Call = { name: "close", args: [{ ref: "target" }], mayFail: true };
