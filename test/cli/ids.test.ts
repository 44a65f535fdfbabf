/** Who is who: the options, and names in place of numbers. */
import { describe, expect, test } from "bun:test";
import { hasIdNames, withIdNumbers } from "../../cli/id-names.ts";
import { idParts } from "../../cli/ids.ts";
import { Reader } from "../../cli/reader.ts";
import { fakeSight } from "../ids/fixtures.ts";

/** Options by name and value, as `NAME=VALUE`. */
const given = (...words: string[]) =>
	words.map((word) => {
		const equals = word.indexOf("=");
		return equals < 0 ? { name: word, value: true } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
	});
const read = (...words: string[]) => {
	const reader = new Reader(given(...words), "/");
	return { options: idParts(reader), codes: reader.problems.map(({ code }) => code) };
};
const told = (...words: string[]) => {
	const { options, codes } = read(...words);
	expect(codes).toEqual([]);
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
};

describe("`idParts`", () => {
	test("takes words, numbers and names", () => {
		for (const word of ["root", "self", "none", "auto", "subids", "all", "extern"] as const)
			expect(told(`map=${word}`)).toEqual({ map: word });
		expect(told("map=5")).toEqual({ map: { uid: 5 } });
		expect(told("map=ann:7")).toEqual({ map: { uid: "ann", gid: 7 } });
		expect(told("owner=ann")).toEqual({ owner: "ann" });
		expect(told("owner=7:staff")).toEqual({ owner: { uid: 7, gid: "staff" } });
		expect(told("map=extern", "map-block-fd=3")).toEqual({ map: "extern", blockFd: 3 });
		expect(told("map-root-user", "map=root")).toEqual({ map: "root" });
	});

	test("takes ranges and words in order", () => {
		expect(told("map-users=0:ann:1", "map-users=auto", "map-groups=subids", "map-groups=all")).toEqual({
			uids: [{ inside: 0, outside: "ann", size: 1 }, "auto"],
			gids: ["subids", "all"],
		});
	});

	test("refuses what is neither", () => {
		for (const bad of ["", "1:", ":1", "1:2:3", "-1", "+1", "01", "1e3", "0x1", "a b", " a", "1.5"]) {
			expect(read(`map=${bad}`).codes).toEqual(["MAP_INVALID"]);
			expect(read(`owner=${bad}`).codes).toEqual(["OWNER_INVALID"]);
		}
		for (const bad of ["", "1:2", "1:2:x", "1:2:3:4", "-1:0:1", "a:b:c", "self", ":1:1"])
			expect(read(`map-users=${bad}`).codes).toEqual(["MAP_INVALID"]);
		for (const bad of ["", "-1", "x", "2147483648", "1.0"])
			expect(read(`map-block-fd=${bad}`).codes).toEqual(["DESCRIPTOR_INVALID"]);
		expect(read("map-root-user", "map=auto").codes).toEqual(["OPTION_TWICE"]);
	});
});

describe("names of the command's ids", () => {
	const ids = fakeSight({ idOf: { user: { ann: 5 }, group: { staff: 6, ann: 7 } } });

	test("are numbers of users or of groups", () => {
		const words = given("setuid=ann", "setgid=ann", "groups=staff,9,ann", "map=ann");
		expect(hasIdNames(words)).toBe(true);
		expect(withIdNumbers(words, ids)).toEqual(given("setuid=5", "setgid=7", "groups=6,9,7", "map=ann"));
	});

	test("stay where nobody has them, to be told of", () => {
		expect(withIdNumbers(given("setuid=eve", "groups=,1,x"), ids)).toEqual(given("setuid=eve", "groups=,1,x"));
		expect(hasIdNames(given("setuid=5", "groups=1,2", "map=ann"))).toBe(false);
	});
});
