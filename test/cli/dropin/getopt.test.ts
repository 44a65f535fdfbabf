import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { getopt, longOptions } from "../../../cli/dropin/getopt.ts";
import { lsnsOptions } from "../../../cli/dropin/lsns-options.ts";
import { nsenterOptions } from "../../../cli/dropin/nsenter-options.ts";
import { unshareOptions } from "../../../cli/dropin/unshare-options.ts";

const read = (text: string) => getopt(text === "" ? [] : text.split(" "), unshareOptions);
const wrong = (text: string) =>
	read(text)
		.found.map((one) => ("wrong" in one ? one.wrong : ""))
		.join("");

describe("letters", () => {
	test("are bundled, and the last may have a value", () => {
		expect(read("-Urm sh -c x")).toEqual({
			found: [{ key: "U" }, { key: "r" }, { key: "m" }],
			rest: ["sh", "-c", "x"],
		});
		expect(read("-fR/dir")).toEqual({ found: [{ key: "f" }, { key: "R", value: "/dir" }], rest: [] });
		expect(read("-fR /dir x")).toEqual({ found: [{ key: "f" }, { key: "R", value: "/dir" }], rest: ["x"] });
	});

	test("may have a value that is attached or none", () => {
		expect(getopt(["-n/file", "-n", "file"], nsenterOptions)).toEqual({
			found: [
				{ key: "n", value: "/file" },
				{ key: "n", value: undefined },
			],
			rest: ["file"],
		});
	});

	test("that are none, or lack a value", () => {
		expect(wrong("-z")).toBe("invalid option -- 'z'");
		expect(wrong("-r:")).toBe("invalid option -- ':'");
		expect(wrong("-fR")).toBe("option requires an argument -- 'R'");
	});
});

describe("long names", () => {
	test("may be shortened while they mean one option", () => {
		expect(read("--map-r --kee true")).toEqual({ found: [{ key: "r" }, { key: "keep-caps" }], rest: ["true"] });
		expect(wrong("--map-us")).toBe("option '--map-us' is ambiguous; possibilities: '--map-user' '--map-users'");
		expect(read("--map-user 5").found).toEqual([{ key: "map-user", value: "5" }]);
		expect(wrong("--m=x")).toStartWith("option '--m=x' is ambiguous; possibilities: '--mount' '--mount-proc'");
	});

	test("have values as they take them", () => {
		expect(read("--net=/file --net /file")).toEqual({
			found: [
				{ key: "n", value: "/file" },
				{ key: "n", value: undefined },
			],
			rest: ["/file"],
		});
		expect(read("--root= --wd / x").found).toEqual([
			{ key: "R", value: "" },
			{ key: "w", value: "/" },
		]);
		expect(wrong("--kee=1")).toBe("option '--keep-caps' doesn't allow an argument");
		expect(wrong("--roo")).toBe("option '--root' requires an argument");
		expect(wrong("--nosuch=1")).toBe("unrecognized option '--nosuch=1'");
	});
});

test("options end at `--`, at the first other word, and at the first mistake", () => {
	expect(read("-f -- -r")).toEqual({ found: [{ key: "f" }], rest: ["-r"] });
	expect(read("- -r")).toEqual({ found: [], rest: ["-", "-r"] });
	expect(read("-f --nosuch -r").found).toHaveLength(2);
	expect(getopt(["1", "-J", "2", "--", "-r"], lsnsOptions)).toEqual({ found: [{ key: "J" }], rest: ["1", "2", "-r"] });
});

test("the tables have every option of 2.42 once, and each letter of a long option", () => {
	expect([unshareOptions, nsenterOptions, lsnsOptions].map(({ long }) => long.length)).toEqual([34, 25, 16]);
	for (const { long, letters } of [unshareOptions, nsenterOptions, lsnsOptions]) {
		expect(new Set(long.map(({ name }) => name)).size).toBe(long.length);
		for (const { key } of long) if (key.length === 1) expect(letters).toContain(key);
	}
	expect(longOptions("a=\n b[=] c\n d")).toEqual([
		{ name: "a", takes: "value", key: "a" },
		{ name: "b", takes: "attached", key: "c" },
		{ name: "d", takes: "nothing", key: "d" },
	]);
});

test("no word is lost, whatever is given", () => {
	const word = fc.oneof(fc.constantFrom("-f", "--", "-", "-R", "--root", "--net=a", "-Ur", "x"), fc.string());
	fc.assert(
		fc.property(fc.array(word, { maxLength: 8 }), (words) => {
			const { found, rest } = getopt(words, unshareOptions);
			const failed = found.some((one) => "wrong" in one);
			expect(failed || rest.length <= words.length).toBe(true);
			if (!failed) expect(words.slice(words.length - rest.length)).toEqual([...rest]);
		}),
	);
});
