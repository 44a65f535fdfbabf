import { become } from "../src/launch/become.ts";
import { PlanError } from "../src/plan/errors.ts";
import { compose } from "../src/plan/plan.ts";
import type { Fragment, Plan, Problem } from "../src/plan/types.ts";
import { prepare } from "../src/preflight/check.ts";
import { heldDescriptors } from "../src/process/join.ts";
import { commandOf } from "../src/profile/command.ts";
import { fragmentsOf } from "../src/profile/fragments.ts";
import { type Entry, prepareEntry } from "../src/targets/enter.ts";
import { openTarget } from "../src/targets/open.ts";
import { readEnter, readEntry } from "./entry.ts";
import { type Caller, thisCaller, withFilters, withNumbers } from "./request.ts";
import { UsageError } from "./usage.ts";

export { readEnter };

/** `ns enter`: turns this process into a command in the namespaces of the target. Returns only by throwing. */
export function enter(read: ReturnType<typeof readEnter>): never {
	const caller = thisCaller();
	const { plan, fragments, missing } = planned(read, caller);
	prepare(fragments, plan, caller.host);
	const warnings = [...missing, ...(plan.reduced ?? [])];
	if (warnings.length > 0) (require("./output.ts") as typeof import("./output.ts")).warn(warnings);
	const held = heldDescriptors(fragments);
	if (plan.command.descriptor !== undefined) held.push(plan.command.descriptor);
	become(plan, held);
}

interface Planned {
	readonly plan: Plan;
	readonly fragments: readonly Fragment[];
	readonly missing: readonly string[];
}

/** Opens the target and plans. Throws one error with every problem there is. */
function planned(read: ReturnType<typeof readEnter>, { host, env, cwd }: Caller): Planned {
	const { profile: said, entering, reader } = readEntry({ ...read, given: withNumbers(read.given, host) }, cwd);
	const found: Problem[] = [...read.problems, ...reader.problems];
	if (read.target === undefined)
		found.push({
			code: "TARGET_NOT_GIVEN",
			message: "enter needs a target: a name, a process id, a file or a container",
			hint: "ns enter [OPTIONS] TARGET [COMMAND [ARG...]]",
		});
	const profile = withFilters(said, found);
	const entry = read.target === undefined ? undefined : opened(read.target, entering, found);
	if (!entry) throw new UsageError(found);
	const own = fragmentsOf(profile);
	const ids = own.find(({ module }) => module === "identity");
	const fragments = [...own, ...entry.fragments.filter((one) => !ids || one.module !== "identity")];
	try {
		const command = commandOf(profile, { env: entry.environment ?? env, cwd });
		const plan = compose(fragments, { host, command });
		if (found.length > 0) throw new UsageError(found);
		return { plan, fragments, missing: missingOf(entry, read.target) };
	} catch (error) {
		if (!(error instanceof PlanError)) throw error;
		throw new UsageError([...found, ...error.problems]);
	}
}

/** What will not be as it seems. */
function missingOf({ joins }: Pick<Entry, "joins">, target: string | undefined): string[] {
	if (Object.keys(joins).length === 0)
		return [`the caller is in all of these namespaces of ${target} already: none is entered`];
	return joins.pid && !joins.mount ? [otherProc] : [];
}

const otherProc =
	"/proc is that of the mount namespace, which is not entered: it shows other processes than those of the PID namespace";

/** The target, and what is taken of it; `undefined` where that is not to be had, and why among the problems. */
function opened(word: string, entering: Parameters<typeof prepareEntry>[1], found: Problem[]) {
	try {
		return prepareEntry(openTarget(word), entering);
	} catch (error) {
		if (!(error instanceof PlanError)) throw error;
		found.push(...error.problems);
		return undefined;
	}
}
