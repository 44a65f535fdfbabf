/** What the lines of /etc/subuid and /etc/subgid give to a user, and to others of that. subuid(5) */
import { isOwner, type SubidLine, subidLines } from "../ids/lines.ts";
import type { IdSpan } from "../ids/types.ts";

export interface Subids {
	/** The caller's. */
	readonly own: readonly IdSpan[];
	/** How many ids that are together. */
	readonly total: number;
	/** Lines that mean nothing, by their number from 1 on. */
	readonly wrong: readonly number[];
	/** Users by whom some of the caller's ids may be mapped as well. */
	readonly shared: readonly string[];
}

/** What a file says of a user who has this name and number. */
export function subidsOf(text: string, name: string | undefined, uid: number): Subids {
	const { lines, wrong } = subidLines(text);
	const own: SubidLine[] = [];
	const others: SubidLine[] = [];
	for (const line of lines) (isOwner(line.owner, name, uid) ? own : others).push(line);
	const shared = new Set<string>();
	for (const other of others) if (own.some((range) => overlap(range, other))) shared.add(other.owner);
	const total = own.reduce((sum, { count }) => sum + count, 0);
	return { own: own.map(({ first, count }) => ({ first, count })), total, wrong, shared: [...shared] };
}

const overlap = (a: IdSpan, b: IdSpan): boolean => a.first < b.first + b.count && b.first < a.first + a.count;
