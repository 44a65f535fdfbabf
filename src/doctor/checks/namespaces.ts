/** The eight namespaces, one by one and all at once, and what keeps ordinary users from making them. */
import {
	apparmorProfile,
	apparmorRestricts,
	isFiltered,
	isOff,
	limitPath,
	seccompActive,
	switchedOff,
	userSwitches,
} from "../../causes.ts";
import { errnoNumber } from "../../linux/errno.ts";
import { namespaceKinds, namespaces } from "../../plan/namespaces.ts";
import { numberIn, tried } from "../judge.ts";
import { type Check, type Facts, type Judgement, limited, missing, ok, unknown } from "../types.ts";

export const namespaceChecks: readonly Check[] = [
	...namespaces.map(({ kind, isolates }) =>
		tried(
			{
				...{ id: `namespace.${kind}`, group: "namespaces", title: `${kind} namespaces`, essential: true },
				tries: `making a ${kind} namespace`,
			},
			`namespace.${kind}`,
			{ works: "they can be made", lost: `every sandbox shares with its surroundings: ${isolates}`, whole: true },
		),
	),
	tried(
		{
			...{ id: "run", group: "namespaces", title: "All eight at once", essential: true },
			tries: "making all eight at once, with a /proc of their own, as ns run does",
		},
		"run",
		{ works: "ns run works", lost: "ns run without options, which makes all eight, fails", whole: true },
	),
	tried(
		{ id: "offset", group: "namespaces", title: "Clocks with an offset", tries: "a clock that is an hour ahead" },
		"offset",
		{ works: "clocks inside can be another time", lost: "--boottime and --monotonic fail" },
	),
];

/** Whether a switch matters to who asks. */
function switched({ host, sight, outcome }: Facts, name: "debian" | "limit"): Judgement {
	const one = userSwitches[name];
	const value = sight.read(one.path)?.trim();
	if (value === undefined) return ok("this kernel has no such switch");
	if (!isOff(one, sight)) return ok(`${one.path} is ${value}`);
	const lost = "ordinary users can make no namespaces";
	if (name === "debian" && host.privileged) return limited(`${one.path} is ${value}`, lost, switchedOff(one));
	// The kernel counts who is root here as well.
	if (outcome("namespace.user").came === "done") return ok(`${one.path} is ${value}, and yet it can be done`);
	return missing(`${one.path} is ${value}`, lost, switchedOff(one));
}

function apparmor(facts: Facts): Judgement {
	const { host, sight, program, outcome } = facts;
	const { path } = userSwitches.apparmor;
	const value = sight.read(path)?.trim();
	if (value === undefined) return ok("this kernel has no such switch");
	if (!isOff(userSwitches.apparmor, sight)) return ok(`${path} is ${value}`);
	if (outcome("run").came === "done" && !host.privileged)
		return ok(`${path} is ${value}, and a profile lets ns make them`);
	const lost = "for ordinary users, user namespaces give no rights, so nothing else can be made in them";
	const remedy = `as root, write this to /etc/apparmor.d/ns:\n${apparmorProfile(program)}\nand load it: apparmor_parser -r /etc/apparmor.d/ns`;
	const say = host.privileged ? limited : missing;
	return say(
		`${path} is ${value}${apparmorRestricts(sight) ? "" : ", and the profile of this process is asked"}`,
		lost,
		remedy,
	);
}

/** The limits of all kinds. They count for everybody who makes namespaces below this one, root too. namespaces(7) */
function limits(facts: Facts): Judgement {
	const known = namespaceKinds.map((kind) => ({
		kind,
		path: limitPath(kind),
		value: numberIn(facts, limitPath(kind)),
	}));
	const read = known.filter(({ value }) => value !== undefined);
	if (read.length === 0) return unknown("the limits below /proc/sys/user cannot be read");
	const none = read.filter(({ value }) => value === 0);
	const said = (some: typeof read) => some.map(({ path, value }) => `${path} is ${value}`).join(", ");
	const mend = (some: typeof read) =>
		`as root of the user namespace around this one: sysctl ${some.map(({ path }) => `${sysctlName(path)}=10000`).join(" ")}`;
	if (none.length > 0) {
		return missing(
			said(none),
			`nobody here can make ${none.map(({ kind }) => kind).join(", ")} namespaces`,
			mend(none),
		);
	}
	const few = read.filter(({ value = 0 }) => value < fewNamespaces);
	if (few.length > 0) return limited(said(few), "more sandboxes than that cannot run at the same time", mend(few));
	return ok(`at least ${Math.min(...read.map(({ value = 0 }) => value))} of each kind`);
}

const fewNamespaces = 64;

const sysctlName = (path: string): string => path.slice("/proc/sys/".length).replaceAll("/", ".");

/** What no machine refuses to everybody, so that it was the filter where there is one. */
const telling = [
	...[...namespaceKinds.map((kind) => `namespace.${kind}`), "run", "strict", "seccomp", "notify"],
	...["pidfd", "setns", "clone3", "memfd"],
];

/** The calls that were refused as a filter does it. */
function refusedCalls({ host, outcome }: Facts): string[] {
	const calls = new Set<string>();
	for (const id of telling) {
		const came = outcome(id);
		if (came.came === "killed") calls.add(`what ${id} takes`);
		if (came.came !== "refused" || came.phase === "tree") continue;
		if (came.code === "EPERM" || came.code === "ENOSYS") calls.add(came.syscall ?? id);
	}
	if (host.landlock === -errnoNumber("ENOSYS") || host.landlock === -errnoNumber("EPERM")) {
		calls.add("landlock_create_ruleset");
	}
	return [...calls];
}

function filter(facts: Facts): Judgement {
	const { sight } = facts;
	if (sight.read("/proc/self/status") === undefined) return unknown("there is no /proc/self/status");
	if (!isFiltered(sight)) return ok("no filter of system calls is around this process");
	const refused = refusedCalls(facts);
	if (refused.length === 0) return ok("a filter is around this process, and lets ns make its calls");
	return limited(
		`a filter of system calls is around this process, and refuses ${refused.join(", ")}`,
		"what takes these calls",
		seccompActive(sight),
	);
}

export const userChecks: readonly Check[] = [
	{
		...{ id: "userns.debian", group: "user namespaces", title: "Debian's switch", tries: userSwitches.debian.path },
		judge: (facts) => switched(facts, "debian"),
	},
	{
		...{
			id: "userns.apparmor",
			group: "user namespaces",
			title: "AppArmor's restriction",
			tries: userSwitches.apparmor.path,
		},
		judge: apparmor,
	},
	{
		...{
			id: "userns.limits",
			group: "user namespaces",
			title: "Limits of namespaces",
			tries: "/proc/sys/user/max_*_namespaces",
		},
		judge: limits,
	},
	{
		...{
			id: "filter",
			group: "user namespaces",
			title: "A filter around this process",
			tries: "Seccomp in /proc/self/status",
		},
		judge: filter,
	},
];
