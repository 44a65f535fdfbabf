import { describe, expect, test } from "bun:test";
import { formatOf, profileText } from "../../cli/learned.ts";
import type { Learned } from "../../src/observe/profile.ts";

const odd = ["/a b", '/quo"te\\', "/new\nline\ttab", "/\u007f\u0001", "/ü\u2028🙂", "/#'''{}[]=,"];
const learned: Learned = {
	profile: {
		...{ extends: "strict", net: false, limits: { as: 268_435_456, cpu: 10 } },
		mount: {
			mounts: [
				{ type: "directory", target: "/d" },
				...odd.map((path) => ({ type: "bind", source: path, target: path, readOnly: true }) as const),
			],
		},
	},
	notes: ["A note.", "Another\nwith\x1b a line."],
};
const parsers = { toml: Bun.TOML.parse, yaml: Bun.YAML.parse, json5: Bun.JSON5.parse, json: JSON.parse } as const;

describe("`profileText`", () => {
	for (const [name, parse] of Object.entries(parsers)) {
		test(`writes ${name} that says the same, whatever the paths hold`, () => {
			const format = formatOf(`x.${name}`) ?? "json";
			const text = profileText(learned, ["Head."], format);
			expect(parse(text) as unknown).toEqual(learned.profile);
			const comments = text.split("\n").filter((line) => /^(#|\/\/)/.test(line));
			expect(comments.length).toBe(name === "json" ? 0 : 3);
			expect(text).not.toContain("\x1b");
		});
	}

	test("writes a profile that has nothing to add", () => {
		const none: Learned = { profile: { extends: "strict" }, notes: [] };
		expect(profileText(none, [], "toml")).toBe('extends = "strict"\n');
	});
});

test("`formatOf` goes by the end of the name", () => {
	expect(["a.toml", "a.json", "a.json5", "a.yml", "a.yaml"].map(formatOf)).toEqual([
		"toml",
		"json",
		"json5",
		"yml",
		"yaml",
	]);
	expect(["a", "toml", "a.txt", "a.constructor", "a.toml/"].map(formatOf)).toEqual([
		...[undefined, "toml", undefined, undefined, undefined],
	] as never);
});
