import { call, flags, step } from "../plan/step.ts";
import type { Arg, Call, Fragment, Host, Problem, Step } from "../plan/types.ts";

/** A resource limit: a number in the unit of the resource, or none. */
export type Limit = number | "unlimited";

/** One value for the soft and the hard limit, or each of them, or one that leaves a lower limit of the caller's as it is. */
export type LimitValue = Limit | { readonly soft: Limit; readonly hard: Limit } | { readonly atMost: number };

/** The resources that can be limited, by the names of prlimit(1), with the kernel's own. getrlimit(2). */
const resources = {
	as: "RLIMIT_AS",
	core: "RLIMIT_CORE",
	cpu: "RLIMIT_CPU",
	data: "RLIMIT_DATA",
	fsize: "RLIMIT_FSIZE",
	locks: "RLIMIT_LOCKS",
	memlock: "RLIMIT_MEMLOCK",
	msgqueue: "RLIMIT_MSGQUEUE",
	nice: "RLIMIT_NICE",
	nofile: "RLIMIT_NOFILE",
	nproc: "RLIMIT_NPROC",
	rss: "RLIMIT_RSS",
	rtprio: "RLIMIT_RTPRIO",
	rttime: "RLIMIT_RTTIME",
	sigpending: "RLIMIT_SIGPENDING",
	stack: "RLIMIT_STACK",
} as const;

/** The name of a resource, as in prlimit(1). */
export type Resource = keyof typeof resources;

/** All resources, in the order of their names. */
export const resourceNames = Object.keys(resources) as readonly Resource[];

/**
 * Limits by resource. `as`, `core`, `data`, `fsize`, `memlock`, `msgqueue`, `rss` and `stack` are bytes, `cpu` seconds,
 * `rttime` microseconds, `nice` is 20 minus the lowest nice value, the others are counts. What is left out stays.
 */
export type LimitOptions = { readonly [name in Resource]?: LimitValue | undefined };

/**
 * Resource limits of the command, set once everything else is made; also gives it the caller's limit of open files,
 * which Bun raised for itself. A hard limit can be lowered by anybody, and raised only with CAP_SYS_RESOURCE in the
 * first user namespace, so never in a new one. getrlimit(2).
 *
 * @example
 * ```ts
 * import { limits, sandbox } from "nskit";
 * const box = sandbox(limits({ nofile: 64, core: 0, cpu: { soft: 10, hard: 20 } }));
 * console.log(box.spawnSync(["sh", "-c", "ulimit -n"], { stdout: "pipe" }).stdout?.toString()); // 64
 * ```
 */
export function limits(options: LimitOptions = {}): Fragment {
	const asked = askedLimits(options);
	return {
		module: "limits",
		problems: () => limitProblems(asked),
		steps({ host }) {
			const steps: Step[] = [];
			if (host.openFiles && options.nofile === undefined) steps.push(restoreOpenFiles(host.openFiles));
			const noFiles = asked.filter(({ name, soft }) => name === "nofile" && soft === 0);
			const others = asked.filter((one) => !noFiles.includes(one));
			if (others.length > 0) steps.push(limitStep("limits", "asked for, and for the command alone", others));
			// With no open file allowed, poll(2) cannot look at the supervisor any more.
			if (noFiles.length > 0) steps.push(limitStep("descriptors", "after the last look at a descriptor", noFiles));
			return steps;
		},
	};
}

interface Asked {
	readonly name: Resource;
	readonly soft: Limit;
	readonly hard: Limit;
	/** The kernel refuses to raise a limit that is lower already: then it stays. */
	readonly lowers: boolean;
}

function askedLimits(options: LimitOptions): Asked[] {
	const asked: Asked[] = [];
	for (const name of resourceNames) {
		const value = options[name];
		if (value === undefined) continue;
		if (typeof value !== "object") asked.push({ name, soft: value, hard: value, lowers: false });
		else if ("atMost" in value) asked.push({ name, soft: value.atMost, hard: value.atMost, lowers: true });
		else asked.push({ name, soft: value.soft, hard: value.hard, lowers: false });
	}
	return asked;
}

/** An argument that may stand in a structure. */
type Field = Exclude<Arg, { readonly pair: unknown }>;

function limitStep(phase: "limits" | "descriptors", why: string, asked: readonly Asked[]): Step {
	const calls = asked.map(({ name, soft, hard, lowers }) =>
		setLimit(resources[name], limitArg(soft), limitArg(hard), lowers ? { mayFail: ["EPERM"] } : {}),
	);
	return step({ phase, module: "limits", does: "set resource limits", why, man: "getrlimit(2)", calls });
}

const limitArg = (limit: Limit): Field => (limit === "unlimited" ? { flags: "RLIM_INFINITY" } : limit);

export function setLimit(resource: string, soft: Field, hard: Field, more: Pick<Call, "mayFail"> = {}): Call {
	return call("prlimit64", [0, flags(resource), { struct: { rlim_cur: soft, rlim_max: hard } }, null], more);
}

function restoreOpenFiles({ soft, hard }: NonNullable<Host["openFiles"]>): Step {
	return step({
		phase: "limits",
		module: "limits",
		does: "restore the limit of open files",
		why: "Bun raises its own soft limit, and programs that use select(2) break with more than 1,024",
		man: "prlimit(2)",
		calls: [setLimit("RLIMIT_NOFILE", soft, hard)],
	});
}

function limitProblems(asked: readonly Asked[]): Problem[] {
	const problems: Problem[] = [];
	for (const { name, soft, hard } of asked) {
		const wrong = [soft, hard].find((limit) => limit !== "unlimited" && !(Number.isSafeInteger(limit) && limit >= 0));
		if (wrong !== undefined) {
			problems.push({
				code: "LIMIT_INVALID",
				message: `the limit ${name} cannot be ${wrong}`,
				hint: "a limit is a whole number from 0 to 9007199254740991, or unlimited",
			});
		} else if (isAbove(soft, hard)) {
			problems.push({
				code: "LIMIT_SOFT_ABOVE_HARD",
				message: `the soft limit ${name} of ${soft} is above the hard limit of ${hard}`,
				hint: "give the soft limit first, then the hard one",
			});
		}
	}
	return problems;
}

const isAbove = (soft: Limit, hard: Limit): boolean => hard !== "unlimited" && (soft === "unlimited" || soft > hard);
