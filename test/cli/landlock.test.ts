import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { readProfile } from "../../cli/fragments.ts";
import { landlockOptions, readLandlock } from "../../cli/landlock.ts";
import { options, optionsOf } from "../../cli/options.ts";
import { Reader } from "../../cli/reader.ts";
import type { LandlockOptions } from "../../src/privileges/types.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";
import { forRoot, problems, rootHost } from "../plan/fixtures.ts";

const given = (words: string) => readArgv(words.split(" "), optionsOf("run")).given;

function read(words: string) {
	const reader = new Reader(given(words), "/work");
	return { options: readLandlock(reader), problems: reader.problems };
}

describe("the options of Landlock", () => {
	const table: readonly [string, LandlockOptions][] = [
		["--landlock-read /a --landlock-read b", { read: ["/a", "/work/b"] }],
		["--landlock-write . --landlock-execute /usr", { write: ["/work"], execute: ["/usr"] }],
		["--landlock-bind none", { bind: [] }],
		["--landlock-bind 80,443 --landlock-bind 0", { bind: [80, 443, 0] }],
		["--landlock-connect 65535", { connect: [65535] }],
		["--landlock-scope abstract-unix-socket,signal", { scope: ["abstract-unix-socket", "signal"] }],
		["--landlock-scope signal --landlock-best-effort", { scope: ["signal"], bestEffort: true }],
	];
	for (const [words, wanted] of table) {
		test(words, () => {
			expect(read(words)).toEqual({ options: wanted, problems: [] });
			expect(readProfile(given(words), [], "/work").profile.landlock).toEqual(wanted);
		});
	}

	test("are all there, and none makes the module when it is not given", () => {
		const known = options.filter(({ name }) => name.startsWith("landlock-")).map(({ name }) => name);
		expect(known.toSorted()).toEqual([...landlockOptions].toSorted());
		expect(readProfile(given("--uts"), [], "/work").profile.landlock).toBeUndefined();
	});

	for (const [words, code, message] of [
		["--landlock-bind 080", "VALUE_INVALID", '--landlock-bind: "080" is no port'],
		["--landlock-connect 80,", "VALUE_INVALID", '--landlock-connect: "" is no port'],
		["--landlock-connect -1", "VALUE_INVALID", '--landlock-connect: "-1" is no port'],
		["--landlock-connect none,80", "OPTION_TWICE", "--landlock-connect allows none, and others"],
	] as const) {
		test(`${words} is a problem`, () => {
			expect(read(words).problems).toMatchObject([{ code, message, hint: expect.any(String) }]);
		});
	}

	test("a scope that there is not is a problem of the module's, and the only one", () => {
		const { profile, problems: ofOptions } = readProfile(given("--uts --landlock-scope signals"), [], "/work");
		expect(ofOptions).toEqual([]);
		expect(problems(fragmentsOf(profile), { ...forRoot, host: { ...rootHost, landlock: 7 } })).toEqual([
			{ code: "SCOPE_INVALID", message: 'Landlock has no scope "signals"', hint: "did you mean signal?" },
		]);
	});

	test("an empty path stays one, and is a problem of the module's", () => {
		const reader = new Reader([{ name: "landlock-read", value: "" }], "/work");
		expect(readLandlock(reader).read).toEqual([""]);
	});
});
