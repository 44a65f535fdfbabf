import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PlanError } from "../../src/plan/errors.ts";
import type { Profile } from "../../src/profile/types.ts";
import { loadProfile, readProfiles } from "../../src/profile-files/load.ts";
import { rootHost } from "../plan/fixtures.ts";

const top = mkdtempSync(join(tmpdir(), "nskit-profiles-"));
afterAll(() => rmSync(top, { recursive: true }));
let folder = "";
let count = 0;
beforeEach(() => {
	folder = join(top, String(count++));
	mkdirSync(folder);
});

function put(name: string, text: string | Uint8Array): string {
	const path = join(folder, name);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
	return path;
}
const load = (...names: string[]) => readProfiles(names, { host: rootHost, env: [], cwd: folder });
const profile = (...names: string[]) => {
	const { profile, problems } = load(...names);
	expect(problems).toEqual([]);
	return profile;
};
const messages = (...names: string[]) => load(...names).problems.map(({ message }) => message);

describe("a profile in a file", () => {
	const expected = { uts: { hostname: "box" }, limits: { core: 0 }, attributes: { umask: 0o27 } };
	const texts: readonly [string, string][] = [
		["a.toml", '[uts]\nhostname = "box"\n[limits]\ncore = 0\n[attributes]\numask = 0o27\n'],
		["a.yaml", "uts:\n  hostname: box\nlimits: {core: 0}\nattributes: {umask: 0o27}\n"],
		["a.yml", 'uts: {hostname: "box"}\nlimits: {core: 0}\nattributes: {umask: 23}\n'],
		["a.json", '{"$schema": "x", "uts": {"hostname": "box"}, "limits": {"core": 0}, "attributes": {"umask": 23}}'],
		["a.jsonc", '{// one\n"uts": {"hostname": "box"}, "limits": {"core": 0}, "attributes": {"umask": 23},}'],
		["a.json5", "{uts: {hostname: 'box'}, limits: {core: 0}, attributes: {umask: 0x17}}"],
	];
	for (const [name, text] of texts) {
		test(`${name} is read as what its name says`, () => {
			put(name, text);
			expect(profile(name)).toEqual(expected);
			put(name, `\ufeff${text}`);
			expect(profile(name)).toEqual(expected);
		});
	}

	test("may be empty, or hold comments alone", () => {
		put("a.toml", "# nothing\n");
		put("a.json", "{}");
		expect(profile("a.toml", "a.json")).toEqual({});
	});

	test("has paths that begin at its directory", () => {
		put("sub/a.toml", 'redirect = { stdin = "in", stdout = "/out" }\n[mount]\nroot = "../root"\n');
		expect(profile("./sub/./a.toml")).toEqual({
			redirect: { stdin: `${folder}/sub/in`, stdout: "/out" },
			mount: { root: `${folder}/sub/../root` },
		});
	});

	test("is one of several: later ones count before earlier ones", () => {
		put("a.toml", 'uts = { hostname = "a", domainname = "a" }');
		put("b.yaml", "uts: {hostname: b}\nnet: true");
		expect(profile("a.toml", "b.yaml")).toEqual({ uts: { hostname: "b", domainname: "a" }, net: true });
	});
});

describe("what a profile builds on", () => {
	test("counts less than itself, and its paths begin at its own directory", () => {
		put("base/one.yaml", "uts: {hostname: one, domainname: one}\nredirect: {stdin: in}\nnet: true");
		put("two.json", '{"uts": {"hostname": "two"}, "ipc": true}');
		put("a.toml", 'extends = ["base/one.yaml", "./two.json"]\nnet = false\nredirect = { append = true }');
		expect(profile("a.toml")).toEqual({
			uts: { hostname: "two", domainname: "one" },
			redirect: { stdin: `${folder}/base/in`, append: true },
			net: false,
			ipc: true,
		});
	});

	test("has a built-in profile under everything else, and once", () => {
		put("open.json", '{"seccomp": {"log": true}, "net": {"join": 1}}');
		put("strict.toml", 'extends = "strict"\nlimits = { core = 1 }');
		put("both.yaml", "extends: [strict, open.json, strict.toml]");
		const rules = ({ mount }: Profile) => (typeof mount === "object" ? mount.mounts?.length : undefined);
		expect(rules(profile("strict", "strict.toml", "both.yaml"))).toBe(rules(profile("strict")));
		expect(profile("both.yaml")).toMatchObject({ net: { join: 1 }, limits: { core: 1 }, seccomp: { log: true } });
		const below = readProfiles(["strict.toml"], { host: rootHost, env: [], cwd: folder }, "strict");
		expect(below).toEqual({ profile: { limits: { core: 1 } }, problems: [], hasPreset: true });
		for (const names of [["strict"], ["strict.toml"]])
			expect(load("open.json", ...names).problems).toEqual([
				{
					code: "PROFILE_NOT_FIRST",
					message: "strict has to come first: what open.json opens would stay open",
					hint: "name strict, or what extends it, before open.json",
				},
			]);
		put("wrong.yaml", "extends: [open.json, strict]");
		expect(load("wrong.yaml").problems.map(({ code }) => code)).toEqual(["PROFILE_NOT_FIRST"]);
	});

	test("may be used twice, but not in a circle", () => {
		put("base.toml", "pid = true");
		put("b.toml", 'extends = "base.toml"');
		put("a.toml", 'extends = ["base.toml", "b.toml"]');
		expect(profile("a.toml")).toEqual({ pid: true });
		put("base.toml", 'extends = "./link.toml"');
		symlinkSync("a.toml", join(folder, "link.toml"));
		const [message, ...others] = messages("a.toml");
		expect(message).toBe(
			`profiles build on each other in a circle: a.toml -> ${folder}/base.toml -> ${folder}/./link.toml`,
		);
		expect(others).toHaveLength(1);
		put("self.toml", 'extends = "self.toml"');
		expect(load("self.toml").problems.map(({ code }) => code)).toEqual(["PROFILE_CYCLE"]);
	});

	test("is bounded, in depth and in all", () => {
		for (let i = 0; i < 20; i++) put(`d${i}.toml`, `extends = "d${i + 1}.toml"`);
		expect(load("d0.toml").problems.map(({ code }) => code)).toEqual(["PROFILE_TOO_DEEP"]);
		put("w9.toml", "pid = true");
		for (let i = 0; i < 9; i++) put(`w${i}.toml`, `extends = ["w${i + 1}.toml", "w${i + 1}.toml"]`);
		expect(new Set(load("w0.toml").problems.map(({ code }) => code))).toEqual(new Set(["PROFILE_TOO_MANY"]));
	});

	test("is told where it is wrong, with everything else", () => {
		put("b.toml", 'utz = true\nuser = "x"');
		put("a.toml", 'extends = ["b.toml", "none.yaml", "stric"]\npid = true');
		expect(messages("a.toml", "c.toml")).toEqual([
			`${folder}/b.toml: utz: there is no such key`,
			`${folder}/b.toml: user: must be true or false or a table, and is "x"`,
			`${folder}/none.yaml: cannot be read: ENOENT`,
			'there is no profile "stric"',
			"c.toml: cannot be read: ENOENT",
		]);
	});
});

describe("a file that is no profile", () => {
	test("is told with its line where it is not what its name says", () => {
		const wrong: readonly [string, string, RegExp][] = [
			["a.toml", 'uts = true\n[mount]\nroot = "x\n[net]\n', /^a\.toml: line 3 is no TOML: /],
			["a.toml", "uts = true\nuts = false\nnet = true\n", /^a\.toml: line 2 is no TOML: Cannot redefine key 'uts'$/],
			["a.yaml", "uts: true\nnet: [\n  - }\nipc: true\n", /^a\.yaml: line \d is no YAML: /],
			["a.json", '{"uts": true,\n "net": }\n', /^a\.json: line 2 is no JSON: /],
			["a.json", '{"uts": true, // no\n}', /^a\.json: line 1 is no JSON: /],
			["a.json5", "{uts: true,\n\n net: }", /^a\.json5: line 3 is no JSON5: /],
			["a.json", "", /^a\.json: line 1 is no JSON: /],
		];
		for (const [name, text, message] of wrong) {
			put(name, text);
			expect(messages(name)).toEqual([expect.stringMatching(message)]);
		}
	});

	test("is a list, a text, nothing, or several", () => {
		for (const text of ["[1]", '"x"', "null", "5"]) {
			put("a.json", text);
			expect([text, messages("a.json")]).toEqual([text, [expect.stringMatching(/^a\.json: must be a table, and is /)]]);
		}
		put("a.yaml", "pid: true\n---\nnet: true\n");
		expect(messages("a.yaml")).toEqual(["a.yaml: must be a table, and is a list"]);
	});

	test("is none by its name, its kind, its size or its bytes", () => {
		put("a.tml", "");
		put("toml", "");
		put(".toml", "");
		expect(load("a.tml").problems).toMatchObject([
			{ code: "PROFILE_UNKNOWN", hint: expect.stringContaining(".toml?") },
		]);
		expect(load("toml", ".toml", "").problems.map(({ code }) => code)).toEqual(Array(3).fill("PROFILE_UNKNOWN"));
		mkdirSync(join(folder, "d.toml"));
		Bun.spawnSync(["mkfifo", join(folder, "f.toml")]);
		put("large.toml", `#${"x".repeat(1024 * 1024)}`);
		put("bytes.toml", Uint8Array.of(0x23, 0xff));
		put("wide.json", Buffer.from('\ufeff{"pid": true}', "utf16le"));
		expect(messages("d.toml", "f.toml", "large.toml", "bytes.toml", "wide.json")).toEqual([
			"d.toml: is no plain file",
			"f.toml: is no plain file",
			"large.toml: has 1048577 bytes, and a profile has 1048576 at most",
			"bytes.toml: is not text in UTF-8",
			"wide.json: is not text in UTF-8",
		]);
	});

	test("does not take long or much, however hostile", () => {
		const deep = "[".repeat(200_000);
		put("a.json", `{"mount": ${deep}${"]".repeat(200_000)}}`);
		put("b.toml", `mount = ${deep}`);
		put("c.yaml", deep);
		let bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
		for (let i = 1; i < 30; i++)
			bomb += `a${i}: &a${i} [${Array(10)
				.fill(`*a${i - 1}`)
				.join(",")}]\n`;
		put("d.yaml", `command:\n  argv: *a\n${bomb}`);
		put("e.yaml", `x: &a [*a, *a]\ncommand: {argv: [*a]}\n`);
		put("f.json", '{"__proto__": {"uts": true}, "constructor": {}}');
		for (const name of ["a.json", "b.toml", "c.yaml", "d.yaml", "e.yaml", "f.json"])
			expect([name, messages(name).length > 0]).toEqual([name, true]);
		const rules = "r: &r [{type: dev, target: /dev}]\n".replace("r: ", "x0: ");
		expect(messages(put("g.yaml", rules)).length).toBe(1);
	});
});

test("`loadProfile` throws everything that is wrong", () => {
	const path = put("a.toml", "utz = 1\nnett = 2\n");
	expect(() => loadProfile(path)).toThrow(PlanError);
	put("a.toml", 'uts = { hostname = "x" }');
	expect(loadProfile(path)).toEqual({ uts: { hostname: "x" } });
});
