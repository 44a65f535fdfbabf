import { close } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { hostFacts } from "../host.ts";
import { differences, listText } from "../inspect/difference.ts";
import { type InspectedNamespace, type Inspection, type Part, parts } from "../inspect/types.ts";
import { PlanError } from "../plan/errors.ts";
import { type NamespaceKind, namespaceKinds, namespaces } from "../plan/namespaces.ts";
import type { Holder } from "../survey/types.ts";
import { knownNames } from "../surveyor/named.ts";
import { surveyMachine } from "../surveyor/survey.ts";
import { Unknown } from "./collect.ts";
import { inspectInside, type OpenNamespace } from "./inside.ts";
import { type OpenProcess, openProcess, processEnded } from "./process.ts";
import { inspectLimits, inspectProcess, inspectRights } from "./process-parts.ts";
import { namespaceOf, ownNamespace, relationsOf } from "./relations.ts";
import { type InspectedTarget, openInspected, openProcessTarget } from "./target.ts";

/** Options of `inspect`. */
export interface InspectOptions {
	/** The parts to look at. @default all */
	readonly only?: readonly Part[] | undefined;
}

/**
 * Tells all about a process or a namespace: by its process id, a name, a file such as `/run/netns/x`, the inode of a
 * namespace, or `"self"`; and what is different from the calling process. What may not be read is in `unknown`. Throws a
 * `PlanError` where there is no such target, or where it ended while it was looked at.
 *
 * @example
 * ```ts
 * import { inspect } from "nskit";
 * const { rights, differences } = await inspect("self");
 * console.log(rights?.noNewPrivileges); // false
 * console.log(differences[0]?.text); // shares all namespaces with you
 * ```
 */
export async function inspect(target: number | string, options: InspectOptions = {}): Promise<Inspection> {
	const wanted: ReadonlySet<Part> = new Set(options.only ?? parts);
	const wrong = [...wanted].filter((part) => !parts.includes(part));
	if (wrong.length > 0) throw new PlanError(wrong.map(partUnknown));
	const isWanted = ({ part }: { readonly part: Part }): boolean => wanted.has(part);
	const open = openInspected(String(target));
	try {
		const theirs = await describe(open, wanted);
		const you = openProcessTarget(process.pid);
		try {
			const found = differences(theirs, asCaller(await describe(you, wanted)));
			// They are needed to say what is different in other parts.
			if (!wanted.has("namespaces")) return { ...theirs, namespaces: undefined, differences: found.filter(isWanted) };
			return { ...theirs, namespaces: kept(theirs.namespaces ?? []), differences: found };
		} finally {
			you.close();
		}
	} finally {
		open.close();
	}
}

const partUnknown = (part: string) => ({
	code: "PART_UNKNOWN",
	message: `there is no part ${JSON.stringify(part)}`,
	hint: `the parts are ${parts.join(", ")}`,
});

/** The namespaces with what keeps them, and who is in them. */
function kept(found: readonly InspectedNamespace[]): InspectedNamespace[] {
	const { namespaces: all } = surveyMachine({
		kinds: found.map(({ kind }) => kind),
		processes: "none",
		owners: false,
		netnsids: false,
		named: knownNames().named,
	});
	return found.map((one) => {
		const seen = all.find(({ kind, inode }) => kind === one.kind && inode === one.inode);
		return seen ? { ...one, pids: seen.pids, names: seen.names, holders: seen.holders.filter(isOthers) } : one;
	});
}

/** What is looked at is held by this process for as long as that takes. */
const isOthers = (holder: Holder): boolean => !(holder.by === "descriptor" && holder.pid === process.pid);

type Described = Omit<Inspection, "differences">;

/** This process as its caller has made it: Bun has raised the limit of open files for itself. */
function asCaller(you: Described): Described {
	const { openFiles } = hostFacts();
	if (!openFiles) return you;
	const soft = openFiles.soft < 0 ? "unlimited" : openFiles.soft;
	return { ...you, limits: you.limits?.map((one) => (one.name === "nofile" ? { ...one, soft } : one)) };
}

/** Everything but the differences. */
async function describe(open: InspectedTarget, wanted: ReadonlySet<Part>): Promise<Described> {
	const { pid, pidfd } = open;
	const process = pid === undefined || pidfd === undefined ? undefined : openProcess(pid, pidfd);
	try {
		const found = await describeParts(open, process, wanted);
		if (process?.hasEnded()) throw processEnded(process.pid);
		return found;
	} finally {
		process?.close();
	}
}

async function describeParts(
	open: InspectedTarget,
	process: OpenProcess | undefined,
	wanted: ReadonlySet<Part>,
): Promise<Described> {
	const unknown = new Unknown();
	const { kinds, found, agrees, release } = openNamespaces(open, process, unknown);
	try {
		const wants = (part: Part): boolean => wanted.has(part);
		const whole = open.isProcess ? process : undefined;
		const place = {
			process: agrees ? process : undefined,
			kinds,
			namespaces: new Map(found.map((one) => [one.kind, one])),
		};
		return {
			version: 1,
			target: open.label,
			...(whole && wants("process") && { process: inspectProcess(whole, unknown) }),
			namespaces: found.map(({ fd: _, ...shown }) => shown),
			...(whole && wants("rights") && { rights: inspectRights(whole, unknown) }),
			...(whole && wants("limits") && { limits: inspectLimits(whole, unknown) }),
			...(await inspectInside({ ...place, wants, unknown })),
			unknown: unknown.found.filter(({ part }) => wants(part)),
		};
	} finally {
		release();
	}
}

interface OpenNamespaces {
	readonly kinds: ReadonlySet<NamespaceKind>;
	readonly found: readonly OpenNamespace[];
	/** The process is in all of them. */
	readonly agrees: boolean;
	/** Closes the descriptors that were opened here. */
	release(): void;
}

/** The namespaces of the target: those that it names, or all of its process. */
function openNamespaces(open: InspectedTarget, process: OpenProcess | undefined, unknown: Unknown): OpenNamespaces {
	const named = Object.keys(open.namespaces).length > 0;
	const kinds = new Set(namespaceKinds.filter((kind) => !named || open.namespaces[kind]));
	const found: OpenNamespace[] = [];
	const opened: number[] = [];
	const refused = new Map<string, NamespaceKind[]>();
	let agrees = true;
	for (const { kind, file } of namespaces) {
		const given = open.namespaces[kind];
		const own = ownNamespace(file);
		// A kernel may have no namespaces of this kind.
		if (!kinds.has(kind) || own === undefined) continue;
		const fd = process && openOne(process, file, (code) => refused.set(code, [...(refused.get(code) ?? []), kind]));
		if (fd !== undefined) opened.push(fd);
		const inode = fd === undefined ? undefined : namespaceOf(fd)?.inode;
		const isSame = given === undefined || inode === given.inode;
		if (!isSame) agrees = false;
		const best = given?.fd ?? (isSame ? fd : undefined);
		const number = given?.inode ?? inode;
		if (number === undefined) continue;
		const relations = best === undefined ? {} : relationsOf(best, kind);
		found.push({ kind, inode: number, shared: number === own, ...relations, fd: best });
	}
	for (const [code, kinds] of refused) unknown.refused("namespaces", listText(kinds), code);
	return { kinds, found, agrees, release: () => opened.forEach(close) };
}

function openOne(process: OpenProcess, file: string, refused: (code: string) => void): number | undefined {
	try {
		return process.open(`ns/${file}`);
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
		refused(error.code);
		return undefined;
	}
}
