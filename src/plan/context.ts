/** What modules may look at: what the fragments say of themselves, put together. */
import type { FileRule } from "../mounts/rules.ts";
import { joinedDescriptors, namedDescriptors } from "../process/join.ts";
import type { NamespaceKind } from "./namespaces.ts";
import type { PlanInput } from "./plan.ts";
import { type Lifetime, supervisionOf } from "./supervision.ts";
import type { Context, Fragment, Host, PassedDescriptor } from "./types.ts";

/** The oldest kernel whose execve(2) enters a time namespace; before it a child has to. */
export const execEntersTime = 603;

/** What these modules come to. */
export function contextOf(modules: readonly Fragment[], input: PlanInput): Context {
	const creates = new Set<NamespaceKind>();
	const joins = new Set<NamespaceKind>();
	for (const { namespace } of modules)
		if (namespace) (namespace.use === "create" ? creates : joins).add(namespace.kind);
	const launch = input.launch ?? "image";
	const { kernel } = input.host;
	const stays = modules.some(({ outside }) => outside);
	const supervised = stays || modules.some((fragment) => fragment.supervised);
	const needsChild =
		supervised || creates.has("pid") || joins.has("pid") || (creates.has("time") && kernel < execEntersTime);
	const { descriptor } = input.command;
	const executed = descriptor === undefined ? [] : [{ from: descriptor, to: descriptor }];
	const inherit = input.inherit ?? (input.channel === undefined ? undefined : input.channel + 1);
	const joined = joinedDescriptors(modules);
	const placeOf = (fd: number): number =>
		inherit !== undefined && joined.includes(fd) ? inherit + joined.indexOf(fd) : fd;
	const held = [...namedDescriptors(modules), ...(descriptor === undefined ? [] : [descriptor]), ...(input.keep ?? [])];
	for (const fd of joined) held.push(placeOf(fd));
	const passed: PassedDescriptor[] = [];
	for (const { passes } of modules) if (passes) passed.push(...passes);
	passed.push(...executed);
	const taken = [...held];
	for (const { to } of passed) taken.push(to);
	const maps = modules.find((one) => one.maps && one.namespace?.use === "create")?.maps?.(input.host);
	return {
		host: input.host,
		command: input.command,
		launch,
		creates,
		joins,
		forks: launch === "image" && needsChild,
		init: creates.has("pid") && modules.every(({ init }) => init !== false),
		helper: modules.some((fragment) => fragment.needsHelper?.(input.host)),
		stays,
		ownGroup: modules.find((one) => one.ownGroup)?.ownGroup?.({ host: input.host, joins, maps }),
		session: modules.find(({ session }) => session !== undefined)?.session ?? "shared",
		changesFiles: modules.some(({ changesFiles }) => changesFiles),
		channel: input.channel,
		held,
		placeOf,
		passed,
		maps,
		writable: () => modules.find((fragment) => fragment.writable)?.writable?.() ?? [{ path: "/", optional: false }],
		supervision: supervisionOf(lifetimeOf(modules, input.host), taken, input.channel, input.host),
		files: filesOf(modules, input.host),
		uid: modules.find(({ uid }) => uid !== undefined)?.uid,
		gid: modules.find(({ gid }) => gid !== undefined)?.gid,
		noNewPrivileges: modules.some(({ noNewPrivileges }) => noNewPrivileges),
		// What an observer answers for is no filter of the kernel's any more.
		refusesTyping: modules.some((one) => one.refusesTyping) && modules.every(({ module }) => module !== "observe"),
		executeHints: modules.find(({ executeHints }) => executeHints)?.executeHints,
		fileLabel: modules.find(({ labels }) => labels)?.labels?.files,
	};
}

/** What other modules want the mount module to make. */
function filesOf(modules: readonly Fragment[], host: Host): FileRule[] {
	const files: FileRule[] = [];
	for (const one of modules)
		if (one.files) files.push(...one.files(modules.find(({ hostname }) => hostname !== undefined)?.hostname, host));
	return files;
}

/** What was asked for, with the layers that are locked for as long. */
function lifetimeOf(modules: readonly Fragment[], host: Host): Lifetime | undefined {
	const asked = modules.find(({ lifetime }) => lifetime)?.lifetime;
	const layers: string[] = [];
	for (const one of modules) if (one.layers) for (const { directory } of one.layers) layers.push(directory);
	const server = modules.find(({ server }) => server)?.server;
	const helper = modules.some(({ outside }) => outside) ? keptByHelper(modules, host) : undefined;
	if (layers.length === 0 && !server && !helper) return asked;
	return {
		locks: [],
		...asked,
		...(layers.length > 0 && { layers }),
		...(server && { server }),
		...(helper && { helper }),
		...(modules.some((one) => one.outside?.freezes?.(host)) && { freezes: true }),
	};
}

/** Descriptors that the helper needs to the end, by the names of results. */
function keptByHelper(modules: readonly Fragment[], host: Host): string[] {
	const kept: string[] = [];
	for (const { outside } of modules) if (outside) kept.push(...outside.keeps(host));
	return kept;
}
