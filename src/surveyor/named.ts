/** The names that `ns create` and `ns run --name` gave, with the namespaces they lead to. */
import { NamedError } from "../keeper/errors.ts";
import { listNamed, type NamedList } from "../keeper/open.ts";
import { listRunning } from "../keeper/running.ts";
import { PlanError } from "../plan/errors.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { NamespaceInodes } from "../survey/types.ts";
import { openRunningName } from "../targets/open.ts";
import { namespacesOf } from "../targets/process.ts";
import type { OpenTarget } from "../targets/types.ts";

/** Names for `surveyMachine`, and in a sentence each what is wrong with others. */
export interface KnownNames {
	readonly named: readonly { readonly name: string; readonly namespaces: NamespaceInodes }[];
	readonly problems: readonly string[];
}

/** All names that the caller can use. A namespace that was there before its name is not called by it. */
export function knownNames(): KnownNames {
	const { states, problems } = foundNames();
	const named = states.map(({ name, namespaces }) => {
		const made: Partial<Record<NamespaceKind, number>> = {};
		for (const kind of namespaceKinds) {
			const kept = namespaces[kind];
			if (kept && !kept.joined) made[kind] = kept.inode;
		}
		return { name, namespaces: made };
	});
	return { named: [...named, ...runningNames()], problems: problems.map(({ message }) => message) };
}

/** The names of running sandboxes, with those of their namespaces that are not the caller's own. */
function runningNames(): KnownNames["named"][number][] {
	const own = namespacesOf("self");
	const running: KnownNames["named"][number][] = [];
	for (const name of foundRunning()) {
		const found = targetOf(name);
		if (!found) continue;
		const namespaces: Partial<Record<NamespaceKind, number>> = {};
		for (const kind of namespaceKinds) {
			const inode = found.namespaces[kind]?.inode;
			if (inode !== undefined && inode !== own[kind]?.inode) namespaces[kind] = inode;
		}
		found.close();
		running.push({ name, namespaces });
	}
	return running;
}

function foundRunning(): string[] {
	try {
		return listRunning().map(({ name }) => name);
	} catch (error) {
		if (!(error instanceof NamedError)) throw error;
		// What is wrong with the places of names is told with the other names.
		return [];
	}
}

/** What a name leads to; nothing where that ends meanwhile. */
function targetOf(name: string): OpenTarget | undefined {
	try {
		return openRunningName(name);
	} catch (error) {
		if (error instanceof PlanError) return undefined;
		throw error;
	}
}

/** Where names cannot be looked for at all, that is a problem of theirs, and no reason to show nothing. */
function foundNames(): NamedList {
	try {
		return listNamed();
	} catch (error) {
		if (!(error instanceof NamedError)) throw error;
		return { states: [], problems: error.problems };
	}
}
