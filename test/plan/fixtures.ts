/** Machines, callers and short ways to look at plans, for all tests of plans. */
import { PlanError } from "../../src/plan/errors.ts";
import { type PlanInput, plan } from "../../src/plan/plan.ts";
import { callText } from "../../src/plan/text.ts";
import type {
	Call,
	Command,
	Context,
	Fragment,
	Host,
	HostCapabilities,
	Plan,
	Problem,
	Step,
} from "../../src/plan/types.ts";

/** Root on a new kernel. */
export const rootHost: Host = {
	...{ platform: "linux", arch: "x64", kernel: 618, kernelRelease: "6.18.0-test", pid: 4242 },
	...{ uid: 0, gid: 0, privileged: true, landlock: 7 },
};

/** An ordinary user on the same machine. */
export const userHost: Host = { ...rootHost, uid: 1000, gid: 100, privileged: false };

/** What root has where nothing was taken away. */
export const hostCapabilities: HostCapabilities = {
	...{ last: 40, effective: "000001ffffffffff", permitted: "000001ffffffffff", bounding: "000001ffffffffff" },
	...{ inheritable: "0000000000000000", ambient: "0000000000000000", secureBits: 0 },
};

export const command: Command = { argv: ["prog", "arg"], env: ["PATH=/bin", "A=b"], cwd: "/work" };

export const forRoot: PlanInput = { host: rootHost, command };
export const forUser: PlanInput = { host: userHost, command };

/** What modules look at when nothing is made or joined. */
export const context: Context = {
	...{ host: rootHost, command, launch: "image", creates: new Set(), joins: new Set() },
	...{ forks: false, init: false, changesFiles: false, channel: undefined, helper: false, session: "shared", held: [] },
	...{
		passed: [],
		maps: undefined,
		supervision: undefined,
		files: [],
		uid: undefined,
		stays: false,
		ownGroup: undefined,
		noNewPrivileges: false,
		refusesTyping: false,
		writable: () => [],
		placeOf: (fd) => fd,
	},
};

/** A step's calls as strace would print them. */
export const texts = (calls: readonly Call[]): string[] => calls.map(callText);

/** Who does what in a plan: one line for each call and each routine. */
export function script({ steps }: Plan): string[] {
	return steps.flatMap(({ who, calls, routine }) => [
		...texts(calls).map((text) => `${who}: ${text}`),
		...(routine ? [`${who}: <${routine}>`] : []),
	]);
}

/** What a fragment alone puts into a phase of the plan. */
export function stepsIn(phase: Step["phase"], fragments: readonly Fragment[], input: PlanInput = forRoot): Step[] {
	return plan(fragments, input).steps.filter((step) => step.phase === phase);
}

/** The problems that make this plan impossible; none where it is possible. */
export function problems(fragments: readonly Fragment[], input: PlanInput = forRoot): readonly Problem[] {
	try {
		plan(fragments, input);
		return [];
	} catch (error) {
		if (error instanceof PlanError) return error.problems;
		throw error;
	}
}

export const codes = (fragments: readonly Fragment[], input: PlanInput = forRoot): string[] =>
	problems(fragments, input).map(({ code }) => code);
