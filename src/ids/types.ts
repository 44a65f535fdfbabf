/** Ids as they are asked for, and what has to be known of the machine to make numbers of them. */

/** Users or groups: each has a map and files of its own. */
export type IdKind = "user" | "group";

/** An id by its number, or by the name that the caller's system has for it. */
export type Id = number | string;

/** `size` ids from `inside` on, in the namespace, are those from `outside` on in the caller's. */
export interface NamedRange {
	readonly inside: Id;
	readonly outside: Id;
	readonly size: number;
}

/**
 * Ranges that the machine knows: the caller's subordinate ids from the first free id on (`"auto"`) or as themselves
 * (`"subids"`), or all ids of the caller's own user namespace as themselves (`"all"`).
 */
export type RangeWord = "auto" | "subids" | "all";

/** What `map` can be but an id. */
export const mapWords = ["root", "self", "none", "auto", "subids", "all", "extern"] as const;

/** `count` ids from `first` on. */
export interface IdSpan {
	readonly first: number;
	readonly count: number;
}

/** Which ids besides the own a user may map, and where that was read. */
export interface OwnSpans {
	readonly spans: readonly IdSpan[];
	/** A path, or the command that was asked. */
	readonly source: string;
	/** Lines that nobody can read, by their number from 1 on. */
	readonly wrong: readonly number[];
}

/** A program that maps ids for ordinary users. */
export interface MapProgram {
	readonly path: string;
	/** Why it will not do, where that can be seen: a sentence. */
	readonly useless?: string;
}

/** What can be asked of the machine. Every answer is plain data. */
export interface IdSight {
	/** The number of a name. */
	idOf(kind: IdKind, name: string): number | undefined;
	/** The user's name and group, as passwd(5) has them. */
	accountOf(uid: number): { readonly name: string; readonly gid: number } | undefined;
	/** What subuid(5) or subgid(5) give to a user, by name or by number. */
	subids(kind: IdKind, owner: { readonly name?: string | undefined; readonly uid?: number }): OwnSpans;
	/** The ids that there are in the caller's user namespace; `undefined` where nobody tells. */
	known(kind: IdKind): readonly IdSpan[] | undefined;
	/** newuidmap(1) or newgidmap(1); `undefined` where it is not installed. */
	program(kind: IdKind): MapProgram | undefined;
}

/** The words for each kind. */
export const wordsOf = {
	user: {
		file: "/etc/subuid",
		map: "uid_map",
		program: "newuidmap",
		option: "subuids",
		list: "uids",
		flag: "map-users",
	},
	group: {
		file: "/etc/subgid",
		map: "gid_map",
		program: "newgidmap",
		option: "subgids",
		list: "gids",
		flag: "map-groups",
	},
} as const;

/** 4294967295 is -1 to the kernel: no id. */
export const lastId = 4294967294;
