import { syscallSince } from "../linux/syscalls.ts";
import { call, flags, step } from "../plan/step.ts";
import type { Arg, Call, Context, Fragment, Problem, Step } from "../plan/types.ts";
import { counterFilter } from "./counter-filter.ts";

/** What of the processor's speculation can be taken from a process, by its attack. */
const mitigations = {
	"store-bypass": ["PR_SPEC_STORE_BYPASS", "PR_SPEC_FORCE_DISABLE"],
	"indirect-branch": ["PR_SPEC_INDIRECT_BRANCH", "PR_SPEC_FORCE_DISABLE"],
	// The other way round: here it is the flush that is switched on.
	"l1d-flush": ["PR_SPEC_L1D_FLUSH", "PR_SPEC_ENABLE"],
} as const;

/** A mitigation: no loads before older stores, no trained branches of others, an emptied first-level data cache. */
export type Mitigation = keyof typeof mitigations;

/** All mitigations, in the order of the kernel's numbers. */
export const mitigationNames = Object.keys(mitigations) as readonly Mitigation[];

export interface HardeningOptions {
	/**
	 * Nothing but the command and its children runs on the other threads of a core at the same time. Linux 5.14.
	 * @default false
	 */
	readonly coreScheduling?: boolean | undefined;
	/**
	 * The command may read the processor's time stamp counter (`rdtsc`). Where it may not, that ends it by SIGSEGV. So do
	 * clocks read through the vDSO, and the loader of glibc, which measures itself: only static programs live with it.
	 * x86-64 only.
	 * @default true
	 */
	readonly timestampCounter?: boolean | undefined;
	/**
	 * Mitigations switched on for the command, for good: `store-bypass`, `indirect-branch`, and `l1d-flush`, which empties
	 * the cache when another process gets the processor (and ends a command by SIGBUS that is on a core with threads).
	 */
	readonly mitigate?: readonly Mitigation[] | undefined;
}

/**
 * Less of what the processor shares: side channels to other processes on it. What the kernel or the processor does not
 * have is an error and never left out. core-scheduling.rst, PR_SET_TSC(2const), PR_SET_SPECULATION_CTRL(2const).
 *
 * @example
 * ```ts
 * import { hardening, sandbox } from "nskit";
 * const box = sandbox(hardening({ mitigate: ["store-bypass"], timestampCounter: false }));
 * console.log(box.plan(["prog"]).steps.filter(({ module }) => module === "hardening").length); // 3
 * ```
 */
export function hardening(options: HardeningOptions): Fragment {
	return {
		module: "hardening",
		// The filter takes it.
		...(options.timestampCounter === false && { noNewPrivileges: true }),
		problems: (context) => hardeningProblems(options, context),
		steps: (context) => hardeningSteps(options, context),
	};
}

function hardeningSteps(options: HardeningOptions, { host }: Context): Step[] {
	const { coreScheduling = false, timestampCounter = true, mitigate = [] } = options;
	const steps: Step[] = [];
	const add = (phase: Step["phase"], does: string, why: string, man: string, calls: Call[]): void => {
		steps.push(step({ phase, module: "hardening", does, why, man, calls }));
	};
	if (coreScheduling)
		add(
			"attributes",
			"keep all others off the threads of its core",
			"what runs on the other threads of a core sees its caches and buffers",
			"PR_SCHED_CORE(2const)",
			[prctl("PR_SCHED_CORE", flags("PR_SCHED_CORE_CREATE"), 0, flags("PR_SCHED_CORE_SCOPE_THREAD_GROUP"))],
		);
	for (const name of new Set(mitigate)) {
		add(
			"attributes",
			`switch on the mitigation ${name}`,
			"the processor's guesses can be measured, and tell what was read",
			"PR_SET_SPECULATION_CTRL(2const)",
			speculationCalls(name),
		);
	}
	if (timestampCounter) return steps;
	add("attributes", "forbid reading the time stamp counter", "a side channel needs a clock", "PR_SET_TSC(2const)", [
		prctl("PR_SET_TSC", flags("PR_TSC_SIGSEGV")),
	]);
	const filter = counterFilter(host.arch);
	const program = { len: filter.length / 8, filter: { bytes: [...filter], shows: "/* no prctl(PR_SET_TSC) */" } };
	add("seccomp", "forbid allowing it again", "the command could ask for it by prctl(2)", "seccomp(2)", [
		call("seccomp", [flags("SECCOMP_SET_MODE_FILTER"), 0, { struct: program }]),
	]);
	return steps;
}

const prctl = (option: string, ...args: readonly Arg[]): Call =>
	call("prctl", [flags(option), args[0] ?? 0, args[1] ?? 0, args[2] ?? 0, args[3] ?? 0]);

/** PR_SPEC_NOT_AFFECTED, PR_SPEC_DISABLE for everybody, PR_SPEC_FORCE_DISABLE for everybody, and for this process. */
const off = [0, 4, 8, 9];
/** PR_SPEC_PRCTL|PR_SPEC_ENABLE */
const flushed = [3];

/**
 * The kernel refuses to switch off what is off for everybody already. So it is not the answer that counts, but the state
 * behind it.
 */
function speculationCalls(name: Mitigation): Call[] {
	const [kind, state] = mitigations[name];
	const exactly = name === "l1d-flush" ? flushed : off;
	return [
		{
			...prctl("PR_SET_SPECULATION_CTRL", flags(kind), flags(state)),
			...{ result: "speculation.set", mayFail: ["ENXIO", "EPERM"] },
		},
		{
			...prctl("PR_GET_SPECULATION_CTRL", flags(kind)),
			...{ result: "speculation.is", check: { exactly, otherwise: "ENXIO" } },
		},
	];
}

function hardeningProblems(options: HardeningOptions, { host }: Context): Problem[] {
	const { coreScheduling = false, timestampCounter = true, mitigate = [] } = options;
	const problems: Problem[] = [];
	const older = (since: number, what: string): void => {
		if (host.platform !== "linux" || host.kernel >= since) return;
		const message = `${what} needs Linux ${Math.floor(since / 100)}.${since % 100}, and this is ${host.kernelRelease}`;
		problems.push({ code: "KERNEL_TOO_OLD", message, hint: "leave it out, or take a newer kernel" });
	};
	if (coreScheduling) older(514, "core scheduling");
	if (mitigate.includes("l1d-flush")) older(515, "the mitigation l1d-flush");
	if (!timestampCounter) older(syscallSince("seccomp"), "forbidding the time stamp counter");
	if (!timestampCounter && host.arch !== "x64") {
		const message = `the time stamp counter can be forbidden on x86-64 only, and this is ${host.arch}`;
		problems.push({ code: "COUNTER_ARCHITECTURE", message, hint: "the kernel has no such switch here: leave it out" });
	}
	for (const name of mitigate) {
		if (mitigationNames.includes(name)) continue;
		const hint = `known are ${mitigationNames.join(", ")}`;
		problems.push({ code: "MITIGATION_UNKNOWN", message: `there is no mitigation ${name}`, hint });
	}
	return problems;
}
