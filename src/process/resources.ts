import { withUnlimited } from "../cgroups/account.ts";
import { type Choice, chooseGroups } from "../cgroups/choose.ts";
import { machineProblems } from "../cgroups/machine.ts";
import { controllerOf } from "../cgroups/settings.ts";
import type { ControlGroups, ResourceOptions, UnifiedGroup, Wanted } from "../cgroups/types.ts";
import { readResources } from "../cgroups/wanted.ts";
import type { Context, Fragment, Host } from "../plan/types.ts";
import type { StatsReport } from "../stats/types.ts";
import { removeSteps } from "./resources-end.ts";
import { freezerOf, freezerSteps } from "./resources-freezer.ts";
import { enterSteps, makeSteps, openSteps, othersStep, protectSteps } from "./resources-steps.ts";

export type { IoLimit, ResourceOptions, Size } from "../cgroups/types.ts";

/**
 * Limits of the command and of everything that it starts, together: a control group of its own, which is made before it
 * starts and removed when the sandbox has ended. Nothing of ours is in it, so `pids: 64` are 64 of the command's. What
 * cannot be limited here is an error that says why. cgroups(7).
 *
 * The command cannot lift its limits where it has no right to change control groups: root without a user namespace has,
 * and so has who keeps capabilities in a mount namespace that shows those of its own user.
 *
 * @example
 * ```ts
 * import { pid, resources, sandbox } from "nskit";
 * const box = sandbox(pid(), resources({ memory: "256M", cpus: 0.5, pids: 64, bestEffort: true }));
 * console.log(box.spawnSync(["echo", "limited"], { stdout: "pipe" }).stdout?.toString());
 * ```
 */
export function resources(options: ResourceOptions): Fragment {
	return counted(options, undefined);
}

/** These modules, with the one that limits counting and telling; where there is none, one that only does that. */
export function countedFragments(fragments: readonly Fragment[], report: StatsReport): Fragment[] {
	const own = fragments.find((one) => one.counted);
	const others = fragments.filter((one) => one !== own);
	return [...others, own?.counted?.(report) ?? counted({ account: true }, report)];
}

/** The same, with what was used told at the end. */
function counted(options: ResourceOptions, report: StatsReport | undefined): Fragment {
	const { wanted, problems } = readResources(options);
	const needed = neededControllers(wanted);
	const memory = wanted.find(({ name }) => name === "memory");
	let last: { readonly host: Host; readonly seen: ControlGroups; readonly choice: Choice } | undefined;
	/** What is there is looked at once for each plan. */
	const look = (host: Host): Choice => {
		const seen = host.controlGroups?.(options.parent, options.account ? undefined : needed) ?? nothing;
		const choice = withUnlimited(chooseGroups(wanted, seen), seen, options.account === true);
		last = { host, seen, choice };
		return last.choice;
	};
	const choiceOf = (host: Host): Choice => (last?.host === host ? last.choice : look(host));
	return {
		module: "resources",
		needsImage: true,
		outside: {
			keeps(host) {
				const { groups } = choiceOf(host);
				const parents = groups.length === 0 ? [] : ["stderr", ...groups.map((_, i) => `group.${i}.parent`)];
				return report ? [...parents, ...telling().keptForStats(report)] : parents;
			},
			leftovers: (host) => choiceOf(host).groups.map(({ parent }) => parent),
			freezes: (host) => freezerOf(choiceOf(host).groups) !== undefined,
		},
		counted: (told) => counted({ ...options, account: true }, told),
		ownGroup(context) {
			// Asked first of all.
			const { groups } = look(context.host);
			if (groups.length === 0) return undefined;
			const at = groups.findIndex(({ version }) => version === 2);
			const parent = last?.seen.unified.find(({ directory }) => directory === groups[at]?.parent);
			return parent && isBorn(context, parent) ? { born: `group.${at}` } : {};
		},
		problems({ host }) {
			const { lacking } = choiceOf(host);
			const above = machineProblems(wanted, last?.seen ?? nothing);
			return [...problems, ...above, ...(options.bestEffort ? [] : lacking)];
		},
		reduced: ({ host }) => (options.bestEffort ? choiceOf(host).lacking.map(({ message }) => message) : []),
		steps(context) {
			const { groups } = choiceOf(context.host);
			const told = report ? telling().statsSteps(groups, context, report) : [];
			if (groups.length === 0) return told;
			const bytes = memory && "bytes" in memory ? memory.bytes : "max";
			const { mounts } = last?.seen ?? nothing;
			return [
				...openSteps(groups, context),
				othersStep(groups),
				...makeSteps(groups, context),
				...enterSteps(groups, context.ownGroup?.born),
				...protectSteps(mounts, context),
				...freezerSteps(groups, context),
				...told,
				...removeSteps(groups, context, bytes),
			];
		},
	};
}

/** Loaded only where it is told what was used. */
const telling = () => require("./resources-stats.ts") as typeof import("./resources-stats.ts");

/** The controllers, of whichever version has them, and what stops a sandbox as a whole. */
function neededControllers(wanted: readonly Wanted[]): string[] {
	const names = ["freezer"];
	for (const one of wanted) {
		const [old, unified] = [controllerOf(one, 1), controllerOf(one, 2)];
		if (old !== undefined) names.push(old);
		if (unified !== undefined && unified !== old) names.push(unified);
	}
	return names;
}

/**
 * The rights for that are those of who forks: later it has others. In a user namespace of its own, where the owner of the
 * group above has no id, no capability helps it.
 */
const isBorn = ({ host, maps, joins }: Pick<Context, "host" | "maps" | "joins">, { owned }: UnifiedGroup): boolean =>
	host.kernel >= 507 && maps?.identity === undefined && !joins.has("user") && (maps === undefined || owned);

const nothing: ControlGroups = {
	...{ mode: "none", legacy: [], unified: [], hidden: false, mounts: [] },
	...{ processors: "", memory: 0, systemd: false },
};
