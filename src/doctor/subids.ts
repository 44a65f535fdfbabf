/** The lines of /etc/subuid and /etc/subgid: which ids besides their own users may map. subuid(5) */

/** `count` ids from `first` on. */
export interface SubidRange {
	readonly first: number;
	readonly count: number;
}

export interface Subids {
	/** The caller's. */
	readonly own: readonly SubidRange[];
	/** How many ids that are together. */
	readonly total: number;
	/** Lines that mean nothing, by their number from 1 on. */
	readonly wrong: readonly number[];
	/** Users by whom some of the caller's ids may be mapped as well. */
	readonly shared: readonly string[];
}

/** What a file says of a user who has this name and number. */
export function subidsOf(text: string, name: string | undefined, uid: number): Subids {
	const own: SubidRange[] = [];
	const others: (SubidRange & { readonly owner: string })[] = [];
	const wrong: number[] = [];
	for (const [i, line] of text.split("\n").entries()) {
		if (line.trim() === "" || line.startsWith("#")) continue;
		const [owner = "", first, count, ...more] = line.split(":");
		const range = { first: idOf(first), count: idOf(count) };
		if (owner === "" || more.length > 0 || !isRange(range)) wrong.push(i + 1);
		else if (owner === name || owner === String(uid)) own.push(range);
		else others.push({ ...range, owner });
	}
	const shared = new Set<string>();
	for (const other of others) if (own.some((range) => overlap(range, other))) shared.add(other.owner);
	const total = own.reduce((sum, { count }) => sum + count, 0);
	return { own, total, wrong, shared: [...shared] };
}

const idOf = (text: string | undefined): number =>
	text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;

/** The last id is no id: it means none. */
const isRange = ({ first, count }: SubidRange): boolean => count > 0 && first + count <= 0xffff_ffff;

const overlap = (a: SubidRange, b: SubidRange): boolean => a.first < b.first + b.count && b.first < a.first + a.count;

/** The name of a user in the text of /etc/passwd. passwd(5) */
export function nameOf(passwd: string, uid: number): string | undefined {
	for (const line of passwd.split("\n")) {
		const [name, , id] = line.split(":");
		if (name && id === String(uid)) return name;
	}
	return undefined;
}
