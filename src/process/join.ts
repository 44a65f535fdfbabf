import { namespaceInfo, namespaceKinds } from "../plan/namespaces.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Fragment, Host, NamespaceUse, Problem, Step, Target } from "../plan/types.ts";

type Join = Extract<NamespaceUse, { use: "join" }>;

/**
 * Enters existing namespaces. The process that does it is no part of Bun, cannot be traced and holds nothing but its
 * standard descriptors and the namespaces' files, because processes inside may see it as soon as it has entered
 * (CVE-2016-9962). setns(2).
 */
export function join(fragments: readonly Fragment[]): Fragment {
	const joins = joinsOf(fragments);
	return {
		module: "join",
		problems: () => joins.flatMap(({ kind, target }) => targetProblems(kind, target)),
		steps({ host }) {
			if (joins.length === 0) return [];
			return [
				...joins.map(({ kind, target }) => openStep(kind, target, host)),
				step({
					phase: "join",
					module: "join",
					does: "forbid tracing of this process",
					why: "nobody inside may read its memory or take its descriptors",
					man: "PR_SET_DUMPABLE(2const)",
					calls: [call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0])],
				}),
				...enterSteps(joins),
			];
		},
	};
}

/** Descriptors of the calling process that are needed: those that modules name, and those of namespaces to join. */
export function heldDescriptors(fragments: readonly Fragment[]): number[] {
	const held: number[] = [];
	for (const fragment of fragments) {
		if (fragment.held) held.push(...fragment.held);
		if (fragment.passes) for (const { from } of fragment.passes) held.push(from);
	}
	for (const { target } of joinsOf(fragments)) if (typeof target === "object") held.push(target.fd);
	return held;
}

/** In the order of the namespaces, whatever order the fragments are in. */
function joinsOf(fragments: readonly Fragment[]): Join[] {
	const joins: Join[] = [];
	for (const { namespace } of fragments) if (namespace?.use === "join") joins.push(namespace);
	return joins.sort((a, b) => namespaceKinds.indexOf(a.kind) - namespaceKinds.indexOf(b.kind));
}

/** Where the namespace's file is, as seen from the calling process and from an image it starts. */
export function targetPath(kind: Join["kind"], target: Target, host: Host): string {
	if (typeof target === "string") return target;
	if (typeof target === "number") return `/proc/${target}/ns/${namespaceInfo(kind).file}`;
	return `/proc/${host.pid}/fd/${target.fd}`;
}

function openStep(kind: Join["kind"], target: Target, host: Host): Step {
	return step({
		phase: "open",
		module: "join",
		does: `open the ${kind} namespace to join`,
		why: "while its path means what the caller meant",
		man: "namespaces(7)",
		calls: [
			call("openat", [flags("AT_FDCWD"), targetPath(kind, target, host), flags("O_RDONLY|O_CLOEXEC")], {
				result: `join.${kind}`,
			}),
		],
	});
}

/**
 * With a user namespace among them, the others are tried before it with the caller's rights, and what was refused is
 * tried again after it with those of its root: either may be what the owner of a namespace wants.
 */
function enterSteps(joins: readonly Join[]): Step[] {
	const user = joins.find(({ kind }) => kind === "user");
	const others = joins.filter((one) => one !== user);
	const enter = ({ kind }: Join, more: Partial<Call> = {}) =>
		call("setns", [ref(`join.${kind}`), flags(namespaceInfo(kind).flag)], more);
	const enterStep = ({ kind }: Join, calls: Call[], why: string) =>
		step({ phase: "join", module: "join", does: `enter the ${kind} namespace`, why, man: "setns(2)", calls });
	if (!user) return others.map((one) => enterStep(one, [enter(one)], "with the caller's rights"));
	return [
		...others.map((one) =>
			enterStep(
				one,
				[enter(one, { mayFail: true, result: `entered.${one.kind}` })],
				"with the caller's rights, if they do",
			),
		),
		enterStep(user, [enter(user)], "gives every capability over what the namespace owns"),
		...others.map((one) =>
			enterStep(
				one,
				[enter(one, { onlyIfFailed: `entered.${one.kind}` })],
				"with the rights of the joined user namespace",
			),
		),
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
	const number = typeof target === "number" ? target : target.fd;
	const least = typeof target === "number" ? 1 : 0;
	return Number.isInteger(number) && number >= least && number <= 0x7fffffff ? [] : wrong(`${number} cannot be one`);
}
