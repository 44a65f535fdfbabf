import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { savedForm } from "../../src/profile/save.ts";
import { profileShape } from "../../src/profile/shape.ts";
import { validate } from "../../src/profile/validate.ts";
import { readProfiles } from "../../src/profile-files/load.ts";
import { saveProfile, textOf } from "../../src/profile-files/save.ts";
import { endings } from "../../src/profile-files/text.ts";
import { rootHost } from "../plan/fixtures.ts";
import { profiles } from "../profile/profiles.ts";

const top = mkdtempSync(join(tmpdir(), "nskit-save-"));
afterAll(() => rmSync(top, { recursive: true }));
let folder = "";
let count = 0;
beforeEach(() => {
	folder = join(top, String(count++));
	mkdirSync(folder);
});
const load = (name: string) => readProfiles([name], { host: rootHost, env: [], cwd: folder });
const shown = (profile: Parameters<typeof textOf>[0], format: (typeof endings)[number] = "toml") => {
	const made = textOf(profile, format, "x", "/work");
	return "text" in made ? new TextDecoder().decode(made.text) : made.problems.map(({ message }) => message);
};

describe("a saved profile", () => {
	for (const ending of endings) {
		test(`as ${ending} becomes the same profile`, () => {
			fc.assert(
				fc.property(profiles, (profile) => {
					if (validate(profile, profileShape, { name: "p" }).problems.length > 0) return;
					expect(saveProfile(profile, `p.${ending}`, folder)).toEqual([]);
					const again = load(`p.${ending}`);
					expect(again.problems).toEqual([]);
					expect(JSON.stringify(savedForm(again.profile))).toBe(JSON.stringify(savedForm(profile)));
				}),
				{ numRuns: 60 },
			);
		});
	}

	test("can be read: what it is, all namespaces, permissions in octal", () => {
		const text = shown({
			uts: { create: true, hostname: "box" },
			net: { create: false },
			mount: { mounts: [{ type: "directory", target: "/d", mode: 0o750 }] },
			attributes: { umask: 0o27 },
			environment: { set: { mode: "\nmode = 5" } },
			terminal: { session: undefined },
		});
		expect(text).toStartWith("# A profile of nskit: ns run --profile FILE.");
		expect(text).toContain("net = false\n");
		expect(text).toContain('\n[uts]\nhostname = "box"\n');
		expect(text).toContain("\nmode = 0o750\n");
		expect(text).toContain("\numask = 0o27\n");
		expect(text).toContain('mode = "\\nmode = 5"');
		expect(text).not.toContain("terminal");
	});

	test("names what lies in its directory from there", () => {
		const bind = (path: string) => ({ type: "bind", source: path, target: path }) as const;
		saveProfile({ mount: { mounts: [bind(`${folder}/a`), bind("/etc")] } }, "./p.toml", folder);
		const text = readFileSync(join(folder, "p.toml"), "utf8");
		expect(text).toContain('source = "a"\ntarget = "a"\n');
		expect(text).toContain('source = "/etc"\ntarget = "/etc"\n');
		expect(load("p.toml").profile).toMatchObject({ mount: { mounts: [bind(`${folder}/a`), bind("/etc")] } });
	});

	test("holds what is no UTF-8 in JSON, and is refused elsewhere", () => {
		const profile = { command: { argv: ["a\udcffb"] } };
		expect(shown(profile)).toEqual(["x: something in it is no text in UTF-8, and cannot be written so"]);
		expect(saveProfile(profile, "p.json", folder)).toEqual([]);
		expect(load("p.json").profile.command).toEqual(profile.command);
	});

	test("holds no bytes", () => {
		expect(shown({ seccomp: { programs: [new Uint8Array(8)] } })).toEqual([
			expect.stringMatching(/^x: seccomp\.programs\[0\]: must be a table/),
		]);
	});
});

describe("the file", () => {
	test("is made, or replaced as a whole, with its permissions, and nothing lies beside it", () => {
		const before = process.umask(0o77);
		try {
			saveProfile({}, "p.toml", folder);
			expect(lstatSync(join(folder, "p.toml")).mode & 0o777).toBe(0o600);
			process.umask(0);
			saveProfile({ uts: true }, "p.toml", folder);
			expect(lstatSync(join(folder, "p.toml")).mode & 0o777).toBe(0o644);
		} finally {
			process.umask(before);
		}
		expect(load("p.toml").profile.uts).toBe(true);
		expect(readdirSync(folder)).toEqual(["p.toml"]);
	});

	test("is not written where it cannot be, or something else lies there", () => {
		mkdirSync(join(folder, "d.toml"));
		writeFileSync(join(folder, "t"), "before");
		symlinkSync("t", join(folder, "l.toml"));
		const wrong = (name: string) => saveProfile({}, name, folder).map(({ message }) => message);
		expect(wrong("d.toml")).toEqual(["d.toml: there is something else than a plain file"]);
		expect(wrong("l.toml")).toEqual(["l.toml: there is something else than a plain file"]);
		expect(wrong("none/p.toml")).toEqual(["none/p.toml: cannot be written: ENOENT"]);
		expect(wrong("t/p.toml")).toEqual(["t/p.toml: cannot be written: ENOTDIR"]);
		const mounts = Array.from(
			{ length: 20_000 },
			(_, i) => ({ type: "directory", target: `/directory/${i}` }) as const,
		);
		expect(saveProfile({ mount: { mounts } }, "p.json", folder)[0]?.message).toContain("a profile has 1048576 at most");
		expect(wrong("p.txt")).toEqual(["p.txt: the name does not tell how to write it"]);
		expect(readFileSync(join(folder, "t"), "utf8")).toBe("before");
		expect(readdirSync(folder).toSorted()).toEqual(["d.toml", "l.toml", "t"]);
	});
});
