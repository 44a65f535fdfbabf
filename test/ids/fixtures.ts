/** Machines that know some users and ids. */
import type { IdKind, IdSight, IdSpan, MapProgram } from "../../src/ids/types.ts";

export interface Known {
	readonly idOf?: Partial<Record<IdKind, Readonly<Record<string, number>>>>;
	readonly accounts?: Readonly<Record<number, { readonly name: string; readonly gid: number }>>;
	/** Of whom; the caller's where nothing is said. */
	readonly owner?: string;
	readonly subuids?: readonly IdSpan[];
	readonly subgids?: readonly IdSpan[];
	readonly known?: readonly IdSpan[];
	readonly program?: MapProgram;
}

export function fakeSight({ idOf, accounts, owner, subuids = [], subgids = [], known, program }: Known): IdSight {
	return {
		idOf: (kind, name) => idOf?.[kind]?.[name],
		accountOf: (uid) => accounts?.[uid],
		subids: (kind, { name }) => ({
			spans: owner !== undefined && owner !== name ? [] : kind === "user" ? subuids : subgids,
			source: kind === "user" ? "/etc/subuid" : "/etc/subgid",
			wrong: [],
		}),
		known: () => known,
		program: () => program,
	};
}
