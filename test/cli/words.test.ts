import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Reader } from "../../cli/reader.ts";
import { Words } from "../../cli/words.ts";

/** What a reading function makes of a value, and what is wrong then. */
function read<T>(text: string, take: (words: Words) => T): [T, string[]] {
	const reader = new Reader([], "/work");
	const words = new Words("--option", text);
	const taken = take(words);
	words.finish(reader);
	return [taken, reader.problems.map(({ message }) => message)];
}

describe("`Words`", () => {
	test("takes paths in turn, a target only where it begins with a slash", () => {
		expect(read("a:/b", (words) => [words.path(), words.target()])).toEqual([["a", "/b"], []]);
		expect(read("a", (words) => [words.path(), words.target()])).toEqual([["a", undefined], []]);
		expect(read("a:ro", (words) => [words.path(), words.target(), words.has("ro")])).toEqual([
			["a", undefined, true],
			[],
		]);
		expect(read("", (words) => [words.path("/dev")])).toEqual([["/dev"], []]);
	});

	test("takes a colon or a comma with a backslash as part of a name, and other backslashes as they are", () => {
		expect(read("a\\:b:/c\\,d\\e\\\\", (words) => [words.path(), words.target()])).toEqual([
			["a:b", "/c,d\\e\\\\"],
			[],
		]);
		expect(read("a:lower=b\\,c,lower=d\\:e", (words) => [words.path(), words.values("lower")])).toEqual([
			["a", ["b,c", "d:e"]],
			[],
		]);
	});

	test("takes options in any order, values that are repeated in theirs", () => {
		const take = (words: Words) => [
			words.path(),
			words.has("ro"),
			words.value("size"),
			words.values("lower"),
			words.has("no"),
		];
		expect(read("a:lower=1,size=2,ro,lower=3", take)).toEqual([["a", true, "2", ["1", "3"], false], []]);
	});

	test("says what nobody has asked for, and what can stand there", () => {
		const [, wrong] = read("a:/b:rw,size=1", (words) => [
			words.path(),
			words.target(),
			words.has("ro"),
			words.value("mode"),
		]);
		expect(wrong).toEqual([
			'--option a:/b:rw,size=1: "rw" is no path that begins with /, and what can stand there is ro, mode=',
			'--option a:/b:rw,size=1: "size=1" is no path that begins with /, and what can stand there is ro, mode=',
		]);
		expect(read("a:b", (words) => words.path())[1]).toEqual([
			'--option a:b: "b" is no path that begins with /, and nothing can stand there',
		]);
		expect(read("a:/b:ro:x", (words) => [words.path(), words.target(), words.has("ro")])[1]).toHaveLength(1);
		expect(read("a:size=1,size=2", (words) => [words.path(), words.value("size")])[1]).toEqual([
			"--option a:size=1,size=2: size= is given 2 times",
		]);
	});

	test("takes octal numbers up to 7777, and decimal ones in their one way of writing", () => {
		const octal = (text: string) => read(`a:mode=${text}`, (words) => [words.path(), words.octal("mode")]);
		expect(["0", "755", "0755", "1777", "07777"].map((text) => octal(text)[0][1])).toEqual([
			0, 0o755, 0o755, 0o1777, 0o7777,
		]);
		for (const text of ["", "8", "0o755", "77777", "-1", "7 5", "7.5", "007777"])
			expect([text, octal(text)[1].length]).toEqual([text, 1]);
		const id = (text: string) => read(`a:uid=${text}`, (words) => [words.path(), words.id("uid")]);
		expect(["0", "1000", "4294967295"].map((text) => id(text)[0][1])).toEqual([0, 1000, 4294967295]);
		for (const text of ["", "1x", "-1", "01", "+1", "1e3", "0x1", " 1", "42949672950"])
			expect([text, id(text)[1].length]).toEqual([text, 1]);
	});

	test("takes any path that was written with its colons and commas escaped", () => {
		const path = fc.string({ minLength: 1 }).filter((text) => !text.includes("\\"));
		const escaped = (text: string) => text.replace(/[:,]/g, "\\$&");
		fc.assert(
			fc.property(path, path, fc.array(path), (source, target, lower) => {
				const text = [
					escaped(source),
					`/${escaped(target)}`,
					["ro", ...lower.map((one) => `lower=${escaped(one)}`)].join(),
				].join(":");
				const take = (words: Words) => [words.path(), words.target(), words.has("ro"), words.values("lower")];
				expect(read(text, take)).toEqual([[source, `/${target}`, true, lower], []]);
			}),
		);
	});
});
