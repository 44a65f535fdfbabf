/** Users, groups and their subordinate ids in the text of their files. Pure. passwd(5), group(5), subuid(5) */

/** A line of /etc/passwd or /etc/group. */
export interface Account {
	readonly name: string;
	readonly id: number;
}

/** All lines with a number in the third field. */
function accounts(text: string): Account[] {
	const found: Account[] = [];
	for (const line of text.split("\n")) {
		const [name = "", , id = ""] = line.split(":");
		if (name !== "" && /^\d+$/.test(id)) found.push({ name, id: Number(id) });
	}
	return found;
}

/** The id of a name; `undefined` where the file has none. */
export const idOf = (text: string, name: string): number | undefined =>
	accounts(text).find((one) => one.name === name)?.id;

/** The first name of an id; `undefined` where the file has none. */
export const nameOf = (text: string, id: number): string | undefined =>
	accounts(text).find((one) => one.id === id)?.name;

/** The first range of subordinate ids that a line gives to a user, who is named or numbered there. */
export function firstSubordinate(
	text: string,
	{ name, id }: Account,
): { readonly start: string; readonly count: string } | undefined {
	for (const line of text.split("\n")) {
		const [owner, start, count] = line.split(":");
		if (owner === undefined || start === undefined || count === undefined) continue;
		if (owner === name || (Number.parseInt(owner, 10) || 0) === id) return { start, count };
	}
	return undefined;
}
