/** The lines of /etc/subuid, /etc/passwd, /etc/group and uid_map, and what getsubids(1) writes. Nothing is trusted. */
import { type IdSpan, lastId } from "./types.ts";

/** A decimal number that can be an id; no sign, no space, no leading text. */
export const idNumber = (text: string | undefined): number =>
	text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;

/** A line of subuid(5): `owner` is a name or a number. */
export interface SubidLine extends IdSpan {
	readonly owner: string;
	/** From 1 on. */
	readonly line: number;
}

/** The lines of /etc/subuid or /etc/subgid, and the numbers of those that mean nothing. subuid(5) */
export function subidLines(text: string): { lines: SubidLine[]; wrong: number[] } {
	const lines: SubidLine[] = [];
	const wrong: number[] = [];
	let line = 0;
	for (const one of text.split("\n")) {
		line++;
		if (one.trim() === "" || one.startsWith("#")) continue;
		const [owner = "", first, count, ...more] = one.split(":");
		const span = { first: idNumber(first), count: idNumber(count) };
		if (owner === "" || more.length > 0 || !isSpan(span)) wrong.push(line);
		else lines.push({ owner, line, ...span });
	}
	return { lines, wrong };
}

/** Whether a line belongs to a user who has this name and number. */
export const isOwner = (owner: string, name: string | undefined, uid: number | undefined): boolean =>
	owner === name || (uid !== undefined && /^[0-9]+$/.test(owner) && Number(owner) === uid);

/** The last id is no id: it means none. */
const isSpan = ({ first, count }: IdSpan): boolean => count > 0 && first + count <= lastId + 1;

/** What getsubids(1) writes: `N: NAME FIRST COUNT`, line by line. */
export function getsubidsLines(text: string): IdSpan[] {
	const spans: IdSpan[] = [];
	for (const line of text.split("\n")) {
		const words = line.trim().split(/[ \t]+/);
		if (words.length !== 4 || !/^[0-9]+:$/.test(words[0] ?? "")) continue;
		const span = { first: idNumber(words[2]), count: idNumber(words[3]) };
		if (isSpan(span)) spans.push(span);
	}
	return spans;
}

/** The ids that a process of a user namespace sees there, from the text of its uid_map or gid_map. */
export function mapSpans(text: string): IdSpan[] {
	const spans: IdSpan[] = [];
	for (const line of text.split("\n")) {
		const [first, , count] = line.trim().split(/\s+/);
		const span = { first: idNumber(first), count: idNumber(count) };
		if (isSpan(span)) spans.push(span);
	}
	return spans;
}

/** The number of a name in the text of passwd(5) or group(5): the first line that has it. */
export function numberOfName(text: string, name: string): number | undefined {
	for (const line of text.split("\n")) {
		const [first, , id] = line.split(":");
		if (first === name && name !== "") return usable(idNumber(id));
	}
	return undefined;
}

/** Who has this number in the text of passwd(5): the first line that has it. */
export function accountOfNumber(text: string, uid: number): { name: string; gid: number } | undefined {
	for (const line of text.split("\n")) {
		const [name = "", , id, group] = line.split(":");
		const gid = usable(idNumber(group));
		if (name !== "" && gid !== undefined && idNumber(id) === uid) return { name, gid };
	}
	return undefined;
}

const usable = (id: number): number | undefined => (id <= lastId ? id : undefined);

/** Where `subid:` of nsswitch.conf(5) does not say `files`, the files are nothing that newuidmap(1) reads. */
export function subidsElsewhere(nsswitch: string): boolean {
	for (const line of nsswitch.split("\n")) {
		const [word = "", rest = ""] = (line.split("#")[0] ?? "").split(":");
		if (word.trim() === "subid") return !/^\s*(files\b|$)/.test(rest);
	}
	return false;
}
