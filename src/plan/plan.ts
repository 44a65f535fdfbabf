/** Fragments become a plan: checked, ordered by phase, frozen. Nothing here has an effect. */
import { emptyMask } from "../linux/mask.ts";
import { syscallSince } from "../linux/syscalls.ts";
import { user } from "../namespaces/user.ts";
import { command as commandModule } from "../process/command.ts";
import { descriptors } from "../process/descriptors.ts";
import { directory } from "../process/directory.ts";
import { join } from "../process/join.ts";
import { limits } from "../process/limits.ts";
import { processes } from "../process/processes.ts";
import { signals } from "../process/signals.ts";
import { terminal } from "../process/terminal.ts";
import { contextOf, execEntersTime } from "./context.ts";
import { PlanError } from "./errors.ts";
import { type NamespaceKind, namespaces } from "./namespaces.ts";
import { moduleOrder, phaseIndex } from "./phases.ts";
import { call, flags, step } from "./step.ts";
import type { Command, Context, Fragment, Host, Launch, Plan, Problem, Step } from "./types.ts";

/** What a plan is made from, next to the fragments. */
export interface PlanInput {
	readonly host: Host;
	readonly command: Command;
	/** @default "image" */
	readonly launch?: Launch;
	/** A descriptor to keep until the command is executed, for reports. */
	readonly channel?: number | undefined;
	/** Descriptors to keep as well. */
	readonly keep?: readonly number[];
	/**
	 * Where there is a channel: the first of the numbers by which descriptors of what is joined are inherited.
	 * @default right behind the channel
	 */
	readonly inherit?: number;
}

/**
 * The plan of these fragments, whatever order they are given in. Without privilege a user namespace is added when another
 * namespace needs one. Throws a `PlanError` with every problem there is.
 *
 * @example
 * ```ts
 * import { hostFacts, pid, plan } from "nskit";
 * const { steps } = plan([pid()], { host: hostFacts(), command: { argv: ["true"], env: [], cwd: "/" } });
 * console.log(steps.map((step) => step.does));
 * ```
 */
export function plan(given: readonly Fragment[], input: PlanInput): Plan {
	return deepFreeze(compose(given, input));
}

/** `plan` without the freezing, which takes as long as the rest: for plans that nobody gets to see. */
export function compose(given: readonly Fragment[], input: PlanInput): Plan {
	const modules = completed(given, input.host);
	const context = contextOf(modules, input);
	const fragments = [
		...modules,
		...privileges(modules, context),
		...(modules.some(({ module }) => module === "signals") ? [] : [signals()]),
		...(modules.some(({ module }) => module === "terminal") ? [] : [terminal()]),
		processes(),
		...(modules.some(({ module }) => module === "directory") ? [] : [directory()]),
		...(modules.some(({ module }) => module === "limits") ? [] : [limits()]),
		descriptors(),
		...(modules.some(({ module }) => module === "image") ? [] : [commandModule()]),
		join(modules),
	];
	const problems = [...hostProblems(input.host), ...duplicateProblems(given)];
	for (const fragment of fragments) if (fragment.problems) problems.push(...fragment.problems(context));
	if (problems.length > 0) throw new PlanError(problems);

	const reduced: string[] = [];
	for (const fragment of fragments) if (fragment.reduced) reduced.push(...fragment.reduced(context));
	const unsorted = createSteps(context);
	for (const fragment of fragments) unsorted.push(...fragment.steps(context));
	if (context.helper || context.stays) unsorted.push(...helperSteps(context, unsorted));
	const steps = sorted(unsorted);
	const tooNew = kernelProblems(steps, context);
	if (tooNew.length > 0) throw new PlanError(tooNew);
	return {
		launch: context.launch,
		arch: input.host.arch,
		creates: inOrder(context.creates),
		joins: inOrder(context.joins),
		cloneFlags: cloneFlags(context),
		forks: context.forks,
		init: context.init,
		session: context.session,
		helper: context.helper || context.stays,
		...(context.stays && { stays: true as const }),
		channel: context.channel,
		...(context.supervision && { supervision: context.supervision }),
		command: input.command,
		...(reduced.length > 0 && { reduced }),
		steps,
	};
}

/** The steps of the helper itself, for what `others` let it do. Loaded only for plans that have one. */
function helperSteps(context: Context, others: readonly Step[]): Step[] {
	const waited = others.some(({ who, phase }) => who === "helper" && phase !== "clean");
	const { helper } = require("../process/helper.ts") as typeof import("../process/helper.ts");
	return helper(context, waited);
}

/** The kinds among these, in the order of the namespaces. */
function inOrder(kinds: ReadonlySet<NamespaceKind>): NamespaceKind[] {
	const ordered: NamespaceKind[] = [];
	for (const { kind } of namespaces) if (kinds.has(kind)) ordered.push(kind);
	return ordered;
}

/** Whether these fragments can be launched by clone(2) out of Bun's own memory: nothing of ours may stay behind in it. */
export function canClone(given: readonly Fragment[], host: Host): boolean {
	const modules = completed(given, host);
	const uses = modules.flatMap(({ namespace }) => namespace ?? []);
	const needsInit = uses.some(({ kind }) => kind === "pid") && modules.every(({ init }) => init !== false);
	const lateTime = uses.some(({ kind }) => kind === "time") && host.kernel < execEntersTime;
	const helper = modules.some((fragment) => fragment.needsHelper?.(host));
	const supervised = modules.some((fragment) => fragment.supervised || fragment.outside);
	const image = modules.some((fragment) => fragment.needsImage);
	return !needsInit && !lateTime && !helper && !supervised && !image && uses.every(({ use }) => use === "create");
}

/** The other namespaces belong to a user namespace: who has no privilege in the present one needs a new one. */
function completed(given: readonly Fragment[], host: Host): readonly Fragment[] {
	const needsOwner = given.some(({ namespace }) => namespace?.use === "create") && !host.privileged;
	const own = given.find(({ module }) => module === "user");
	if (!needsOwner || own?.namespace) return given;
	return [...given.filter((fragment) => fragment !== own), own?.created?.() ?? user()];
}

/**
 * What the command may do has to be seen to although nobody asked: where nothing may gain privileges behind another
 * module, and where a sandbox would inherit capabilities that its programs could get hold of (CVE-2022-29162). A new or
 * joined user namespace begins without any.
 */
function privileges(modules: readonly Fragment[], { host, creates, joins, noNewPrivileges }: Context): Fragment[] {
	if (modules.some(({ module }) => module === "capabilities")) return [];
	const isSandbox = creates.size > 0 || joins.size > 0;
	const inherits = isSandbox && !creates.has("user") && !joins.has("user") && inheritsCapabilities(host);
	if (!noNewPrivileges && !inherits) return [];
	return [(require("../privileges/capabilities.ts") as typeof import("../privileges/capabilities.ts")).capabilities()];
}

const inheritsCapabilities = ({ capabilities }: Host): boolean =>
	capabilities !== undefined && (capabilities.inheritable !== emptyMask || capabilities.ambient !== emptyMask);

/** clone(2) takes all flags but CLONE_NEWTIME, which would be part of the exit signal. */
function cloneFlags({ launch, creates }: Context): string {
	const made = launch === "clone" ? namespaces.filter(({ kind }) => creates.has(kind) && kind !== "time") : [];
	return made.map(({ flag }) => flag).join("|");
}

function createSteps({ launch, creates, ownGroup }: Context): Step[] {
	const late = creates.has("cgroup") && ownGroup !== undefined;
	const made = namespaces.filter(
		({ kind }) => creates.has(kind) && (launch === "image" || kind === "time") && !(late && kind === "cgroup"),
	);
	const steps = late ? [cgroupInGroup] : [];
	if (made.length === 0) return steps;
	return [
		...steps,
		step({
			phase: "create",
			module: "namespaces",
			does: `make new ${made.map(({ kind }) => kind).join(", ")} namespaces`.replace(
				/^make new (\w+) namespaces$/,
				"make a new $1 namespace",
			),
			why: creates.has("user")
				? "the user namespace comes first and owns the others"
				: "owned by the caller's user namespace, in which the caller is privileged",
			man: "unshare(2)",
			calls: [call("unshare", [flags(made.map(({ flag }) => flag).join("|"))])],
		}),
	];
}

const cgroupInGroup = step({
	phase: "birth",
	module: "namespaces",
	does: "make a new cgroup namespace",
	why: "the group of the process that makes it is the root that is seen inside",
	man: "cgroup_namespaces(7)",
	calls: [call("unshare", [flags("CLONE_NEWCGROUP")])],
});

/** By phase, then by module, those that are not ours last; the order within one module is kept. */
function sorted(steps: readonly Step[]): Step[] {
	const modules = moduleOrder.length + 1;
	const rank = ({ phase, module }: Step) => {
		const at = moduleOrder.indexOf(module);
		return phaseIndex(phase) * modules + (at < 0 ? moduleOrder.length : at);
	};
	const ranks = new Map<Step, number>();
	for (const one of steps) ranks.set(one, rank(one));
	return [...steps].sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}

function duplicateProblems(given: readonly Fragment[]): Problem[] {
	const names = new Set<string>();
	const twice = new Set<string>();
	for (const { module } of given) (names.has(module) ? twice : names).add(module);
	const problems: Problem[] = [];
	for (const name of twice) {
		const message = `${name}() was given more than once`;
		problems.push({ code: "MODULE_TWICE", message, hint: "put all of its options into one" });
	}
	return problems;
}

function hostProblems({ platform, arch }: Host): Problem[] {
	const problems: Problem[] = [];
	if (platform !== "linux") {
		problems.push({ code: "NOT_LINUX", message: `namespaces are a feature of Linux, and this is ${platform}` });
	}
	if (arch !== "x64" && arch !== "arm64") {
		problems.push({
			code: "ARCH_UNKNOWN",
			message: `there is no stub for ${String(arch)}`,
			hint: "x64 and arm64 are known",
		});
	}
	return problems;
}

function kernelProblems(steps: readonly Step[], { host, creates }: Context): Problem[] {
	const version = (since: number) => `${Math.floor(since / 100)}.${since % 100}`;
	const problem = (what: string, since: number): Problem => ({
		code: "KERNEL_TOO_OLD",
		message: `${what} needs Linux ${version(since)}, and this is ${host.kernelRelease}`,
	});
	const needed = new Map<string, number>();
	for (const { kind, since } of namespaces) if (creates.has(kind)) needed.set(`a ${kind} namespace`, since);
	for (const { calls } of steps) for (const { name } of calls) needed.set(`${name}(2)`, syscallSince(name));
	const problems: Problem[] = [];
	for (const [what, since] of needed) if (since > host.kernel) problems.push(problem(what, since));
	return problems;
}

function deepFreeze<T>(value: T): T {
	if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
		Object.freeze(value);
		for (const inner of Object.values(value)) deepFreeze(inner);
	}
	return value;
}
