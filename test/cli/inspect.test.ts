import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { readInspectWords } from "../../cli/inspect.ts";
import { optionsOf } from "../../cli/options.ts";
import { UsageError } from "../../cli/usage.ts";

const read = (...words: string[]) => readInspectWords(readArgv(words, optionsOf("inspect")));
function problems(...words: string[]): string[] {
	try {
		read(...words);
		return [];
	} catch (error) {
		if (error instanceof UsageError) return error.problems.map(({ code }) => code);
		throw error;
	}
}

describe("the words of `ns inspect`", () => {
	test("are a target with options before and behind it", () => {
		const { target, only, has } = read("--only", "mounts,rights", "4242", "--json", "--only=ids");
		expect([target, only, has("json")]).toEqual(["4242", ["mounts", "rights", "ids"], true]);
		expect(read("web").only).toBeUndefined();
	});

	test("are told everything that is wrong with them at once", () => {
		expect(problems()).toEqual(["TARGET_MISSING"]);
		expect(problems("")).toEqual(["TARGET_EMPTY"]);
		expect(problems("a", "b", "c")).toEqual(["WORD_UNEXPECTED", "WORD_UNEXPECTED"]);
		expect(problems("a", "--nonsense", "--only", "mount,,ids")).toEqual([
			"OPTION_UNKNOWN",
			"PART_UNKNOWN",
			"PART_UNKNOWN",
		]);
		expect(problems("--help")).toEqual([]);
	});
});
