/** The options that say who is who in a user namespace. */
import { type Id, mapWords, type NamedRange, type RangeWord } from "../src/ids/types.ts";
import type { UserOptions } from "../src/namespaces/user.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

const rangeWords = ["auto", "subids", "all"] as const;

/** What these options ask of the user module. */
export function idParts(reader: Reader): UserOptions {
	return {
		map: readMap(reader),
		uids: readRanges(reader, "map-users"),
		gids: readRanges(reader, "map-groups"),
		owner: readOwner(reader),
		blockFd: readDescriptor(reader),
		setgroups: reader.choice("setgroups", ["allow", "deny"]),
	};
}

function readMap(reader: Reader): UserOptions["map"] {
	const maps = new Set<string>();
	const named = reader.text("map");
	if (named !== undefined) maps.add(named);
	if (reader.flag("map-root-user")) maps.add("root");
	if (reader.flag("map-current-user")) maps.add("self");
	const [who, ...others] = maps;
	if (others.length > 0) {
		reader.problem("OPTION_TWICE", `the maps ${[...maps].join(" and ")} contradict each other`, "choose one");
	}
	const word = mapWords.find((one) => one === who);
	if (who === undefined || word !== undefined) return word;
	const ids = pairOf(who);
	if (ids) return ids;
	return reader.problem(
		"MAP_INVALID",
		`--map ${who} is none of ${mapWords.join(", ")}, USER, USER:GROUP`,
		"ranges go into --map-users and --map-groups",
	);
}

function readOwner(reader: Reader): UserOptions["owner"] {
	const text = reader.text("owner");
	if (text === undefined) return undefined;
	const owner = pairOf(text);
	if (owner) return owner.gid === undefined ? owner.uid : owner;
	return reader.problem("OWNER_INVALID", `--owner ${text} is not USER or USER:GROUP`, "such as alice, or 1000:1000");
}

/** `USER` or `USER:GROUP`. */
function pairOf(text: string): { uid: Id; gid?: Id } | undefined {
	const [user = "", group, ...more] = text.split(":");
	const uid = idOf(user);
	const gid = group === undefined ? undefined : idOf(group);
	if (uid === undefined || (group !== undefined && gid === undefined) || more.length > 0) return undefined;
	return { uid, ...(gid !== undefined && { gid }) };
}

/** A number where it begins with a digit or a sign, as no name does; else a name. */
function idOf(text: string): Id | undefined {
	if (text === "" || /\s/.test(text)) return undefined;
	return /^[-+\d]/.test(text) ? wholeNumber(text) : text;
}

function readRanges(reader: Reader, name: "map-users" | "map-groups"): (NamedRange | RangeWord)[] | undefined {
	const values = reader.each(name);
	if (values.length === 0) return undefined;
	const ranges: (NamedRange | RangeWord)[] = [];
	for (const value of values) {
		const range = rangeWords.find((one) => one === value) ?? rangeOf(value);
		if (range !== undefined) ranges.push(range);
		else {
			const message = `the range ${JSON.stringify(value)} is not INSIDE:OUTSIDE:SIZE`;
			reader.problem("MAP_INVALID", message, `for example 0:1001:1, or ${rangeWords.join(", ")}`);
		}
	}
	return ranges;
}

function rangeOf(value: string): NamedRange | undefined {
	const [first = "", second = "", count = "", ...more] = value.split(":");
	const inside = idOf(first);
	const outside = idOf(second);
	const size = wholeNumber(count);
	if (inside === undefined || outside === undefined || size === undefined || more.length > 0) return undefined;
	return { inside, outside, size };
}

function readDescriptor(reader: Reader): number | undefined {
	const text = reader.text("map-block-fd");
	if (text === undefined) return undefined;
	const fd = wholeNumber(text);
	if (fd !== undefined && fd <= 0x7fffffff) return fd;
	const hint = "such as 3, with 3<FILE";
	return reader.problem("DESCRIPTOR_INVALID", `--map-block-fd ${text} is no number of a descriptor`, hint);
}
