/** A part of a survey: what belongs to one process, namespace or name, or is of one kind, with what stands above it. */
import type { NamespaceKind } from "../plan/namespaces.ts";
import type { Survey, SurveyedNamespace, SurveyedProcess } from "./types.ts";

/** What a word means in a survey. */
export interface Chosen {
	readonly namespaces: ReadonlySet<SurveyedNamespace>;
	/** With all processes below it. */
	readonly pid?: number | undefined;
	/** What these own and what is nested in them belongs to it too. */
	readonly below: boolean;
}

/**
 * What `word` names: a name, a process id, an inode, or `net:[4026531840]`. A number is a process where there is one of
 * that id; `undefined` where the survey has nothing of it.
 */
export function chosenBy(survey: Survey, word: string): Chosen | undefined {
	const named = survey.namespaces.filter(({ names }) => names.includes(word));
	if (named.length > 0) return { namespaces: new Set(named), below: true };
	const [, kind, digits = word] = /^([a-z]+):\[(\d+)\]$/.exec(word) ?? [];
	if (!/^(0|[1-9]\d{0,15})$/.test(digits)) return undefined;
	const number = Number(digits);
	const process = kind === undefined ? survey.processes.find(({ pid }) => pid === number) : undefined;
	if (process) {
		const isIn = (one: SurveyedNamespace) => process.namespaces[one.kind] === one.inode;
		return { namespaces: new Set(survey.namespaces.filter(isIn)), pid: number, below: false };
	}
	const isIt = (one: SurveyedNamespace) =>
		one.inode === number && (kind === undefined || kind === (one.kind === "mount" ? "mnt" : one.kind));
	const found = survey.namespaces.filter(isIt);
	return found.length === 0 ? undefined : { namespaces: new Set(found), below: true };
}

/** The survey with only what was chosen, what is below that, and all that stands above it. */
export function limitedTo(survey: Survey, { namespaces: chosen, pid, below }: Chosen): Survey {
	const links = linksOf(survey);
	const kept = new Set(chosen);
	if (below) spread(kept, (one) => links.below.get(one.inode) ?? []);
	return { ...partOf(survey, links, kept), processes: limitedProcesses(survey, chosen, pid) };
}

/** The survey with only namespaces of these kinds, and those that stand above them where `above` says so. */
export function limitedToKinds(survey: Survey, kinds: readonly NamespaceKind[], above = true): Survey {
	const kept = new Set(survey.namespaces.filter((one) => kinds.includes(one.kind)));
	const processes = survey.processes.map((one) => {
		const namespaces: Partial<Record<NamespaceKind, number>> = {};
		for (const kind of kinds) if (one.namespaces[kind] !== undefined) namespaces[kind] = one.namespaces[kind];
		return { ...one, namespaces };
	});
	if (!above) return { ...survey, namespaces: [...kept], processes };
	return { ...partOf(survey, linksOf(survey), kept), processes };
}

interface Links {
	readonly at: ReadonlyMap<number, SurveyedNamespace>;
	/** Those that name it as owner or parent, by its inode. */
	readonly below: ReadonlyMap<number, readonly SurveyedNamespace[]>;
}

function linksOf({ namespaces }: Survey): Links {
	const below = new Map<number, SurveyedNamespace[]>();
	for (const one of namespaces) {
		for (const above of abovesOf(one)) {
			const siblings = below.get(above);
			if (siblings) siblings.push(one);
			else below.set(above, [one]);
		}
	}
	return { at: new Map(namespaces.map((one) => [one.inode, one])), below };
}

const abovesOf = ({ owner, parent }: SurveyedNamespace): number[] =>
	[owner, parent].filter((inode) => inode !== undefined);

/** Adds everything that can be reached. */
function spread<T>(from: Set<T>, next: (one: T) => readonly T[]): void {
	const open = [...from];
	for (let one = open.pop(); one !== undefined; one = open.pop()) {
		for (const other of next(one)) {
			if (from.has(other)) continue;
			from.add(other);
			open.push(other);
		}
	}
}

function partOf(survey: Survey, links: Links, kept: Set<SurveyedNamespace>): Survey {
	spread(kept, (one) => abovesOf(one).flatMap((inode) => links.at.get(inode) ?? []));
	return { ...survey, namespaces: survey.namespaces.filter((one) => kept.has(one)) };
}

/** The processes that are in what was chosen, or the one that was chosen with those below it, and all above them. */
function limitedProcesses(
	{ processes }: Survey,
	chosen: ReadonlySet<SurveyedNamespace>,
	pid: number | undefined,
): SurveyedProcess[] {
	const byPid = new Map(processes.map((one) => [one.pid, one]));
	const children = Map.groupBy(processes, ({ parent }) => parent);
	const inodes = new Set([...chosen].map(({ kind, inode }) => `${kind} ${inode}`));
	const isIn = ({ namespaces }: SurveyedProcess) =>
		Object.entries(namespaces).some(([kind, inode]) => inodes.has(`${kind} ${inode}`));
	const kept = new Set(processes.filter((one) => (pid === undefined ? isIn(one) : one.pid === pid)));
	if (pid !== undefined) spread(kept, (one) => children.get(one.pid) ?? []);
	spread(kept, ({ parent }) => [byPid.get(parent)].filter((one) => one !== undefined));
	return processes.filter((one) => kept.has(one));
}
