/** What a word after `ns list` chooses: the namespaces of a process or a name, or the processes of one namespace. */
import { nearest } from "../nearest.ts";
import type { Problem } from "../plan/types.ts";
import { kindOfFile, namespaceLink } from "./mountinfo.ts";
import type { Survey, SurveyedNamespace } from "./types.ts";

/** A word, read: numbers above every process id are inodes. */
export type ListTarget =
	| { readonly pid: number }
	| { readonly inode: number }
	| { readonly path: string }
	| { readonly name: string };

/** The kernel's own limit of process ids: PID_MAX_LIMIT. */
const highestPid = 4_194_304;

/** Reads a target: `4242`, `4026531840`, `net:[4026531840]`, a name, or the path of a mount. */
export function readListTarget(word: string): ListTarget {
	const link = namespaceLink(word);
	if (link) return { inode: link.inode };
	if (word.includes("/")) return { path: word };
	if (!/^[1-9][0-9]{0,14}$/.test(word)) return { name: word };
	const number = Number(word);
	return number <= highestPid ? { pid: number } : { inode: number };
}

/** What was chosen. */
export type Chosen =
	/** Of a process or a name. */
	| { readonly namespaces: readonly SurveyedNamespace[] }
	/** The one whose processes are shown. */
	| { readonly namespace: SurveyedNamespace }
	| { readonly problem: Problem };

/** What the target chooses of a survey. */
export function chosen(survey: Survey, target: ListTarget): Chosen {
	if ("pid" in target) return ofProcess(survey, target.pid);
	if ("inode" in target) {
		const found = survey.namespaces.find(({ inode }) => inode === target.inode);
		return found ? { namespace: found } : missing(`there is no namespace ${target.inode}`, seen);
	}
	if ("path" in target) return ofPath(survey, target.path);
	const found = survey.namespaces.filter(({ names }) => names.includes(target.name));
	if (found.length > 0) return { namespaces: found };
	return missing(`nothing is called ${JSON.stringify(target.name)}`, nameHint(survey, target.name));
}

/** What else somebody may have meant who wrote a name. */
export function nameHint({ namespaces }: Survey, name: string): string {
	const near = nearest(name, [...new Set(namespaces.flatMap(({ names }) => names))]);
	return near ? `did you mean ${near}?` : "ns list --named shows what has a name";
}

/** Whether a target is one namespace, whose processes are shown. */
export const isOneNamespace = (target: ListTarget): boolean => "inode" in target || "path" in target;

const seen = "ns list shows all that can be seen";

/** The namespace that the caller sees mounted there, or that a process of this number has. */
function ofPath({ namespaces, processes }: Survey, path: string): Chosen {
	const [, pid = "", file = ""] = procFile.exec(path) ?? [];
	const kind = kindOfFile(file);
	const inode = kind && processes.find((one) => one.pid === Number(pid))?.namespaces[kind];
	const found = namespaces.find(
		(one) =>
			one.inode === inode ||
			one.holders.some((holder) => holder.by === "mount" && holder.path === path && holder.pid === undefined),
	);
	return found ? { namespace: found } : missing(`${path} is no namespace that can be seen`, seen);
}

const procFile = /^\/proc\/([1-9][0-9]{0,9})\/ns\/([a-z]+)$/;

function ofProcess({ namespaces }: Survey, pid: number): Chosen {
	const found = namespaces.filter(({ pids }) => pids.includes(pid));
	if (found.length > 0) return { namespaces: found };
	return missing(`there is no process ${pid}, or its namespaces may not be read`, seen);
}

const missing = (message: string, hint: string): Chosen => ({ problem: { code: "TARGET_MISSING", message, hint } });
