import { type NamespaceKind, namespaceInfo, namespaceKinds } from "../plan/namespaces.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Arg, Call, Context, Fragment, NamespaceUse, Problem, Step, Target } from "../plan/types.ts";

type Join = Extract<NamespaceUse, { use: "join" }>;

/** What one setns(2) enters: the namespace that a file is of, or several of one process. */
interface Unit {
	readonly kinds: readonly NamespaceKind[];
	/** The descriptor. */
	readonly from: Arg;
	/** The file to open for it; nothing where the descriptor is held already. */
	readonly path?: string;
	/** What results of calls about it are called by. */
	readonly name: string;
}

/**
 * Enters existing namespaces, those of one process by its descriptor at once. The process that does it is no part of Bun,
 * cannot be traced and holds nothing but its standard descriptors and those of the target, because processes inside may
 * see it as soon as it has entered (CVE-2016-9962). setns(2).
 */
export function join(fragments: readonly Fragment[]): Fragment {
	const joins = joinsOf(fragments);
	return {
		module: "join",
		problems() {
			const problems: Problem[] = [];
			for (const { kind, target } of joins) problems.push(...targetProblems(kind, target));
			return problems;
		},
		steps({ placeOf }) {
			if (joins.length === 0) return [];
			const units = unitsOf(joins, placeOf);
			const opening: Step[] = [];
			for (const unit of units) opening.push(...openSteps(unit));
			return [
				...opening,
				step({
					phase: "join",
					module: "join",
					does: "forbid tracing of this process",
					why: "nobody inside may read its memory or take its descriptors",
					man: "PR_SET_DUMPABLE(2const)",
					calls: [call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0])],
				}),
				...enterSteps(units),
			];
		},
	};
}

/** The namespaces of one process together, in the place of the first of them; a file each for the others. */
function unitsOf(joins: readonly Join[], placeOf: Context["placeOf"]): Unit[] {
	const units: Unit[] = [];
	for (const { kind, target } of joins) {
		if (typeof target !== "object") {
			units.push({ kinds: [kind], from: ref(`join.${kind}`), path: targetPath(kind, target), name: kind });
			continue;
		}
		const from = placeOf(descriptorOf(target));
		const name = "pidfd" in target ? `pidfd.${target.pidfd}` : kind;
		const known = units.findIndex((one) => one.name === name);
		const unit: Unit = { kinds: [...(units[known]?.kinds ?? []), kind], from, name };
		if (known < 0) units.push(unit);
		else units[known] = unit;
	}
	return units;
}

/** Descriptors of the calling process that are needed: those that modules name, and those of namespaces to join. */
export function heldDescriptors(fragments: readonly Fragment[]): number[] {
	const held = namedDescriptors(fragments);
	for (const fd of joinedDescriptors(fragments)) if (!held.includes(fd)) held.push(fd);
	return held;
}

/** Those that modules name. */
export function namedDescriptors(fragments: readonly Fragment[]): number[] {
	const named: number[] = [];
	for (const fragment of fragments) {
		if (fragment.held) named.push(...fragment.held);
		if (fragment.passes) for (const { from } of fragment.passes) named.push(from);
	}
	return named;
}

/** Those of namespaces to join, and of processes in them: who is started by the calling process inherits them. */
export function joinedDescriptors(fragments: readonly Fragment[]): number[] {
	const joined: number[] = [];
	for (const { target } of joinsOf(fragments)) {
		if (typeof target !== "object") continue;
		const fd = descriptorOf(target);
		if (!joined.includes(fd)) joined.push(fd);
	}
	return joined;
}

/** In the order of the namespaces, whatever order the fragments are in. */
function joinsOf(fragments: readonly Fragment[]): Join[] {
	const joins: Join[] = [];
	for (const { namespace } of fragments) if (namespace?.use === "join") joins.push(namespace);
	return joins.sort((a, b) => namespaceKinds.indexOf(a.kind) - namespaceKinds.indexOf(b.kind));
}

/** Where the namespace's file is. */
export function targetPath(kind: Join["kind"], target: number | string): string {
	return typeof target === "string" ? target : `/proc/${target}/ns/${namespaceInfo(kind).file}`;
}

const descriptorOf = (target: Exclude<Target, number | string>): number => ("fd" in target ? target.fd : target.pidfd);

function openSteps({ kinds: [kind], path, name }: Unit): Step[] {
	if (path === undefined) return [];
	return [
		step({
			phase: "open",
			module: "join",
			does: `open the ${kind} namespace to join`,
			why: "while its path means what the caller meant",
			man: "namespaces(7)",
			calls: [call("openat", [flags("AT_FDCWD"), path, flags("O_RDONLY|O_CLOEXEC")], { result: `join.${name}` })],
		}),
	];
}

function enter({ from }: Unit, kinds: readonly NamespaceKind[], more: Partial<Call> = {}): Call {
	const names: string[] = [];
	for (const kind of kinds) names.push(namespaceInfo(kind).flag);
	return call("setns", [from, flags(names.join("|"))], more);
}

function enterStep(kinds: readonly NamespaceKind[], calls: readonly Call[], why: string): Step {
	const does = `enter the ${kinds.join(", ")} ${kinds.length === 1 ? "namespace" : "namespaces"}`;
	return step({ phase: "join", module: "join", does, why, man: "setns(2)", calls });
}

/**
 * With a user namespace among them, the others are tried before it with the caller's rights, and what was refused is
 * tried again after it with those of its root: either may be what the owner of a namespace wants.
 */
function enterSteps(units: readonly Unit[]): Step[] {
	const owner = units.find(({ kinds }) => kinds.includes("user"));
	const others = units.filter((one) => one !== owner);
	const asCaller = "with the caller's rights";
	if (!owner) return others.map((one) => enterStep(one.kinds, [enter(one, one.kinds)], asCaller));
	const entered = ({ name }: Unit): string => `entered.${name}`;
	return [
		...others.map((one) =>
			enterStep(
				one.kinds,
				[enter(one, one.kinds, { mayFail: true, result: entered(one) })],
				"with the caller's rights, if they do",
			),
		),
		...enterOwner(owner),
		...others.map((one) =>
			enterStep(
				one.kinds,
				[enter(one, one.kinds, { onlyIfFailed: entered(one) })],
				"with the rights of the joined user namespace",
			),
		),
	];
}

/** The user namespace, with what else of its process is entered: all at once, or where that is refused one by one. */
function enterOwner(owner: Unit): Step[] {
	const { kinds } = owner;
	const why = "gives every capability over what the namespace owns";
	if (kinds.length === 1) return [enterStep(kinds, [enter(owner, kinds)], why)];
	const joined = `joined.${owner.name}`;
	const calls: Call[] = [];
	const others = kinds.filter((kind) => kind !== "user");
	for (const kind of others)
		calls.push(enter(owner, [kind], { mayFail: true, result: `entered.${kind}`, onlyIfFailed: joined }));
	calls.push(enter(owner, ["user"], { onlyIfFailed: joined }));
	for (const kind of others) calls.push(enter(owner, [kind], { onlyIfFailed: [joined, `entered.${kind}`] }));
	return [
		enterStep(kinds, [enter(owner, kinds, { mayFail: ["EPERM"], result: joined })], "all of them at once"),
		enterStep(kinds, calls, "one by one where that was refused: with the caller's rights, or else with those gained"),
	];
}

function targetProblems(kind: Join["kind"], target: Target): Problem[] {
	const hint = "give a process id, a path such as /run/netns/x, or an open descriptor";
	const wrong = (message: string): Problem[] => [
		{ code: "TARGET_INVALID", message: `--join ${kind}: ${message}`, hint },
	];
	if (typeof target === "string") {
		return target === "" || target.includes("\0") ? wrong("the path is empty or holds a NUL byte") : [];
	}
	const number = typeof target === "number" ? target : descriptorOf(target);
	const least = typeof target === "number" ? 1 : 0;
	return Number.isInteger(number) && number >= least && number <= 0x7fffffff ? [] : wrong(`${number} cannot be one`);
}
