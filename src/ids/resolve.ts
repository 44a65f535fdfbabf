/** What was asked of ids becomes numbers: for each kind the ranges to map, and what stands against that. */
import type { IdRange } from "../namespaces/idmap.ts";
import type { UserOptions } from "../namespaces/user.ts";
import { nearest } from "../nearest.ts";
import type { Host, Problem } from "../plan/types.ts";
import { placed, themselves, without } from "./ranges.ts";
import { type Id, type IdKind, type IdSpan, mapWords, type NamedRange, type RangeWord, wordsOf } from "./types.ts";

/** The user whose ids are meant where nothing is said. */
export interface Own {
	readonly uid: number;
	readonly gid: number;
	/** Undefined where the system has no name for it. */
	readonly name?: string | undefined;
}

/** The numbers behind options, with the problems that come up on the way. */
export class Resolver {
	readonly problems: Problem[] = [];
	/** Who makes the namespace, or who is to own it. */
	readonly own: Own;

	constructor(
		private readonly options: UserOptions,
		readonly host: Host,
		/** Ids may be mapped that are nobody's in particular. */
		private readonly mayMapAny: boolean,
	) {
		this.own = this.owner() ?? { uid: host.uid, gid: host.gid, name: this.nameOf(host.uid) };
	}

	problem(code: string, message: string, hint: string): undefined {
		this.problems.push({ code, message, hint });
	}

	nameOf(uid: number): string | undefined {
		return this.host.ids?.accountOf(uid)?.name;
	}

	/** The ranges of one kind. */
	ranges(kind: IdKind): IdRange[] {
		const { map = "root", uids, gids } = this.options;
		if (uids !== undefined || gids !== undefined) return this.listed(kind, (kind === "user" ? uids : gids) ?? []);
		const outside = kind === "user" ? this.own.uid : this.own.gid;
		const one = (inside: number): IdRange[] => [{ inside, outside, size: 1 }];
		const self = { first: outside, count: 1 };
		if (map === "none" || map === "extern") return [];
		if (map === "root") return one(0);
		if (map === "self") return one(outside);
		if (map === "auto") return [...one(0), ...placed(without(this.subids(kind), [self]), 1, [])];
		if (map === "subids") return themselves(without([self, ...this.subids(kind)], []));
		if (map === "all") return themselves(this.known(kind));
		const { uid, gid } = map;
		if (kind === "group" && gid === undefined) {
			const account = typeof uid === "string" ? this.number("user", uid) : uid;
			return account === undefined ? [] : one(typeof uid === "string" ? this.groupOf(uid, account) : account);
		}
		const inside = this.number(kind, kind === "user" ? uid : (gid ?? 0));
		return inside === undefined ? [] : one(inside);
	}

	/** A list of ranges and words. What takes the first free ids takes what the others leave. */
	private listed(kind: IdKind, list: readonly (NamedRange | RangeWord)[]): IdRange[] {
		const made: IdRange[] = [];
		for (const one of list) {
			if (one === "auto") continue;
			if (one === "subids") made.push(...themselves(without(this.subids(kind), [])));
			else if (one === "all") made.push(...themselves(this.known(kind)));
			else {
				const inside = this.number(kind, one.inside);
				const outside = this.number(kind, one.outside);
				if (inside !== undefined && outside !== undefined) made.push({ inside, outside, size: one.size });
			}
		}
		if (!list.includes("auto")) return made;
		const taken = made.map(({ outside, size }) => ({ first: outside, count: size }));
		return [...made, ...placed(without(this.subids(kind), taken), 0, made)];
	}

	/** The subordinate ids of the user; none is a problem. */
	private subids(kind: IdKind): readonly IdSpan[] {
		const { own, host } = this;
		const { file, option } = wordsOf[kind];
		let found = host.ids?.subids(kind, own);
		// Root has no use for lines of its own, and so rarely any: tools that run sandboxes for it have names for that.
		const others = this.mayMapAny && own.uid === 0 ? ["nskit", "containers"] : [];
		for (const name of others) if (!found || found.spans.length === 0) found = host.ids?.subids(kind, { name });
		if (found && found.spans.length > 0) return found.spans;
		const who = own.name ?? `user ${own.uid}`;
		const also = others.length > 0 ? `, nor for ${others.join(" or ")}` : "";
		const wrong = found?.wrong.length ? `; nobody can read its line ${found.wrong.join(", ")}` : "";
		this.problem(
			"SUBIDS_MISSING",
			`${found?.source ?? file} has no line for ${who}${also}, such as ${own.name ?? own.uid}:100000:65536${wrong}`,
			`as root: usermod --add-${option} 100000-165535 ${own.name ?? own.uid}; ns doctor tells a range that is free`,
		);
		return [];
	}

	/** All ids of the caller's user namespace. */
	private known(kind: IdKind): readonly IdSpan[] {
		const spans = this.host.ids?.known(kind);
		if (spans) return spans;
		const { map } = wordsOf[kind];
		this.problem("MAP_UNKNOWN", `/proc/self/${map} cannot be read, so nobody tells which ids there are`, "mount /proc");
		return [];
	}

	/** The number behind a name; what is a number stays one. */
	number(kind: IdKind, id: Id): number | undefined {
		if (typeof id === "number") return id;
		const found = this.host.ids?.idOf(kind, id);
		if (found !== undefined) return found;
		const file = kind === "user" ? "/etc/passwd" : "/etc/group";
		const message = `there is no ${kind} called ${JSON.stringify(id)}`;
		if (!this.problems.some((one) => one.message === message))
			this.problem("NAME_UNKNOWN", message, this.meant(id) ?? `see getent ${file.slice(5)}, or give the number`);
		return undefined;
	}

	/** A slip in writing one of the words of `map`. */
	private meant(name: string): string | undefined {
		const { map } = this.options;
		if (typeof map !== "object" || map.uid !== name || map.gid !== undefined) return undefined;
		const near = nearest(name, mapWords);
		return near && `did you mean ${near}? Users are listed by getent passwd`;
	}

	/** The group that a user has by passwd(5), or else the group of the same number. */
	private groupOf(name: string, uid: number): number {
		const account = this.host.ids?.accountOf(uid);
		return account?.name === name ? account.gid : uid;
	}

	private owner(): Own | undefined {
		const { owner } = this.options;
		if (owner === undefined) return undefined;
		const asked = typeof owner === "object" ? owner : { uid: owner };
		const uid = this.number("user", asked.uid);
		if (uid === undefined) return undefined;
		const account = this.host.ids?.accountOf(uid);
		const gid = asked.gid === undefined ? account?.gid : this.number("group", asked.gid);
		if (gid !== undefined) return { uid, gid, name: account?.name };
		if (asked.gid === undefined) {
			const message = `user ${uid} has no line in /etc/passwd, which would tell the group that is to own the namespace`;
			this.problem("OWNER_WITHOUT_GROUP", message, `name it: --owner ${uid}:GROUP, or owner: { uid, gid } in user()`);
		}
		return undefined;
	}
}
