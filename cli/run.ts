import { type Answers, lookedAt } from "../src/host.ts";
import { become } from "../src/launch/become.ts";
import type { Fragment } from "../src/plan/types.ts";
import { prepare } from "../src/preflight/check.ts";
import { heldDescriptors } from "../src/process/join.ts";
import type { ReadArgv } from "./argv.ts";
import { type Base, type Caller, type Request, readRequest, self, thisCaller } from "./request.ts";
import { UsageError } from "./usage.ts";

/** What `ns explain` has to know to come to the same plan. */
export interface Explainable {
	readonly words: readonly string[];
	readonly caller: Omit<Caller, "env">;
	/** What was read from files: they may be another's by then. */
	readonly base?: Base | undefined;
	/** What the machine was seen to be like, which may have changed since. */
	readonly seen: Answers;
}

/** `ns run`: turns this process into the command. Returns only by throwing. */
export function run(read: ReadArgv): never {
	const caller = thisCaller();
	const { plan, fragments, base } = requestOf(read, caller);
	prepare(fragments, plan, caller.host);
	const { host, cwd } = caller;
	const explainable: Explainable = { words: read.words, caller: { host, cwd }, base, seen: lookedAt() };
	warnOf(plan.reduced, fragments);
	const held = heldDescriptors(fragments);
	if (plan.command.descriptor !== undefined) held.push(plan.command.descriptor);
	become(plan, held, [...self, "explain", ...pieces(JSON.stringify(explainable))]);
}

/** The code that looks and tells is loaded only where there may be something to tell. */
function warnOf(reduced: readonly string[] = [], fragments: readonly Fragment[]): void {
	const warnings = [...reduced];
	const forwards = fragments.find(({ outside }) => outside?.forwards)?.outside?.forwards;
	if (forwards) {
		const look = require("../src/network-look/forwarding.ts") as typeof import("../src/network-look/forwarding.ts");
		warnings.push(...look.forwardingNotices(forwards));
	}
	if (warnings.length > 0) (require("./output.ts") as typeof import("./output.ts")).warn(warnings);
}

/** The request; where only a control group of systemd's is missing for it, all begins once more in one. */
function requestOf(read: ReadArgv, caller: Caller): Request {
	try {
		return readRequest(read, caller);
	} catch (error) {
		if (error instanceof UsageError && error.problems.every(({ code }) => code === "RESOURCE_NEEDS_SCOPE")) {
			const { enterScope } = require("./scope.ts") as typeof import("./scope.ts");
			enterScope([...self, "run", ...read.words], caller);
		}
		throw error;
	}
}

/** Characters in one piece: no more bytes than the kernel takes for one argument, 128 KiB. */
const longest = 32_000;

/** A text in pieces that are arguments each; no character is taken apart. */
export function pieces(text: string): string[] {
	const made: string[] = [];
	for (let at = 0; at < text.length; ) {
		const last = text.charCodeAt(at + longest - 1);
		const end = at + longest - (last >= 0xd800 && last <= 0xdbff ? 1 : 0);
		made.push(text.slice(at, end));
		at = end;
	}
	return made;
}
