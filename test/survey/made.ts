/** Surveys of machines that are made up. */
import { type NamespaceKind, namespaceKinds } from "../../src/plan/namespaces.ts";
import type { Survey, SurveyedNamespace, SurveyedProcess } from "../../src/survey/types.ts";

/** A namespace of which little is known. */
export function made(kind: NamespaceKind, inode: number, more: Partial<SurveyedNamespace> = {}): SurveyedNamespace {
	return { kind, inode, pids: [], holders: [], names: [], ...more };
}

/** A survey of these. */
export const surveyOf = (
	namespaces: readonly SurveyedNamespace[],
	processes: readonly SurveyedProcess[] = [],
	own: Survey["own"] = {},
): Survey => ({ namespaces, processes, unreadable: 0, missed: [], own });

/** The inode of a kind in the sandbox of this number; 0 are the machine's own. */
export const inodeOf = (kind: NamespaceKind, sandbox: number): number =>
	4_026_531_830 + namespaceKinds.indexOf(kind) + 10 * sandbox;

/** A machine with so many sandboxes of all eight kinds, each with one process; the caller is outside of them. */
export function machine(sandboxes: number): Survey {
	const all = (sandbox: number) => Object.fromEntries(namespaceKinds.map((kind) => [kind, inodeOf(kind, sandbox)]));
	const processes: SurveyedProcess[] = [
		{ pid: 1, parent: 0, uid: 0, command: "/sbin/init", namespaces: all(0) },
		{ pid: 2, parent: 1, uid: 1000, command: "bash", namespaces: all(0) },
	];
	const namespaces: SurveyedNamespace[] = [];
	for (let sandbox = 1; sandbox <= sandboxes; sandbox++) {
		const command = `sleep ${sandbox} <&"'>`;
		processes.push({ pid: 100 + sandbox, parent: 2, uid: 1000, command, namespaces: all(sandbox) });
	}
	for (const kind of namespaceKinds) {
		for (let sandbox = 0; sandbox <= sandboxes; sandbox++) {
			const inside = processes.filter((one) => one.namespaces[kind] === inodeOf(kind, sandbox));
			const owner = sandbox === 0 && kind === "user" ? undefined : inodeOf("user", kind === "user" ? 0 : sandbox);
			const nests = kind === "user" || kind === "pid";
			namespaces.push(
				made(kind, inodeOf(kind, sandbox), {
					pids: inside.map(({ pid }) => pid),
					command: inside[0]?.command,
					uid: inside[0]?.uid,
					owner,
					...(kind === "user" && { ownerUid: sandbox === 0 ? 0 : 1000 }),
					...(nests && sandbox > 0 && { parent: inodeOf(kind, 0) }),
				}),
			);
		}
	}
	return surveyOf(namespaces, processes, all(0));
}
