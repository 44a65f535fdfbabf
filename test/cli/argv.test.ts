import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Given, readArgv } from "../../cli/argv.ts";
import { optionsOf } from "../../cli/options.ts";

const options = optionsOf("run");
const read = (...argv: string[]) => readArgv(argv, options);
/** The options as `name=value`, switches as `name` or `no-name`. */
const given = (...argv: string[]): string[] => read(...argv).given.map(shown);
const shown = ({ name, value }: Given): string =>
	value === true ? name : value === false ? `no-${name}` : `${name}=${value}`;
const codes = (...argv: string[]): string[] => read(...argv).problems.map(({ code }) => code);

describe("where options end", () => {
	const commands: readonly [string, string[], string[]][] = [
		[
			"the first word that is none",
			["--uts", "sh", "-c", 'echo "$1"', "x", "--uts"],
			["sh", "-c", 'echo "$1"', "x", "--uts"],
		],
		["a command with its own --help", ["ls", "--help"], ["ls", "--help"]],
		["a double dash, which is taken away", ["--uts", "--", "--weird", "-x"], ["--weird", "-x"]],
		["the first double dash only", ["--", "--", "a"], ["--", "a"]],
		["a double dash of the command's own", ["git", "--", "a"], ["git", "--", "a"]],
		["a single dash, which is a word", ["-", "a"], ["-", "a"]],
		["an empty word", ["", "--uts"], ["", "--uts"]],
		["nothing at all", [], []],
	];
	for (const [what, argv, rest] of commands) {
		test(`is ${what}`, () => {
			expect(read(...argv)).toMatchObject({ rest, problems: [] });
		});
	}

	test("leaves every word of the command as it is", () => {
		const before = fc.shuffledSubarray(["--uts", "-m", "--hostname=box", "--no-init"]);
		fc.assert(
			fc.property(before, fc.array(fc.string()), (some, words) => {
				expect(read(...some, "--", ...words).rest).toEqual(words);
				expect(read(...some, "cmd", ...words).rest).toEqual(["cmd", ...words]);
			}),
		);
	});
});

describe("long options", () => {
	test("take a value behind = or as the next word", () => {
		expect(given("--hostname=a", "--root", "/x")).toEqual(["hostname=a", "root=/x"]);
		expect(given("--hostname=a=b", "--root=")).toEqual(["hostname=a=b", "root="]);
	});

	test("take a value that looks like an option", () => {
		expect(given("--boottime", "-1d", "--monotonic=-2")).toEqual(["boottime=-1d", "monotonic=-2"]);
		expect(read("--hostname", "--uts", "sh")).toMatchObject({
			given: [{ name: "hostname", value: "--uts" }],
			rest: ["sh"],
		});
		expect(read("--hostname", "--", "sh").given).toEqual([{ name: "hostname", value: "--" }]);
	});

	test("are switched off with --no- where that exists", () => {
		expect(given("--no-init", "--no-net", "--proc")).toEqual(["no-init", "no-net", "proc"]);
		expect(codes("--no-all", "--no-hostname")).toEqual(["OPTION_UNKNOWN", "OPTION_UNKNOWN"]);
	});

	test("keep their order and repetition", () => {
		expect(given("--bind", "/a", "--tmpfs=/t", "--bind=/b", "--ro-bind", "/c", "--bind", "/a")).toEqual([
			...["bind=/a", "tmpfs=/t", "bind=/b", "ro-bind=/c", "bind=/a"],
		]);
	});
});

describe("short options", () => {
	test("may stand together", () => {
		expect(given("-Urm")).toEqual(["user", "map-root-user", "mount"]);
		expect(given("-U", "-p")).toEqual(["user", "pid"]);
	});

	test("take a value from the rest of the word, or else the next word", () => {
		expect(given("-R/srv")).toEqual(["root=/srv"]);
		expect(given("-R", "/srv")).toEqual(["root=/srv"]);
		expect(given("-UmRdir", "-u")).toEqual(["user", "mount", "root=dir", "uts"]);
		expect(given("-UmR", "dir")).toEqual(["user", "mount", "root=dir"]);
		expect(given("-R=x")).toEqual(["root==x"]);
	});

	test("are refused from the first unknown letter on", () => {
		expect(read("-Uxm", "-p")).toMatchObject({
			given: [
				{ name: "user", value: true },
				{ name: "pid", value: true },
			],
			problems: [{ code: "OPTION_UNKNOWN", message: "unknown option -x" }],
		});
	});
});

describe("mistakes", () => {
	test("are all found at once, in order", () => {
		const { problems, rest } = read("--hostnme", "--uts=yes", "-q", "--proc", "--no-proc", "--no-init=1", "--hostname");
		expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
			"OPTION_UNKNOWN unknown option --hostnme",
			'VALUE_UNEXPECTED --uts takes no value, but "yes" was given',
			"OPTION_UNKNOWN unknown option -q",
			'VALUE_UNEXPECTED --no-init takes no value, but "1" was given',
			"VALUE_MISSING --hostname needs a value: NAME",
			"OPTION_TWICE --proc was given more than once, with different values",
		]);
		expect(rest).toEqual([]);
	});

	test("come with the option that was meant, where one is near", () => {
		const hint = (word: string) => read(word).problems[0]?.hint;
		expect(hint("--hostnme")).toBe("did you mean --hostname?");
		expect(hint("--no-inti")).toBe("did you mean --no-init?");
		expect(hint("--utc=5")).toBe("did you mean --uts?");
		expect(hint("--something-else")).toBe("see --help; options of the command itself go after it");
		expect(hint("-q")).toBe("see --help; options of the command itself go after it");
	});

	test("are none where the same is said twice", () => {
		expect(codes("--uts", "-u", "--hostname", "a", "--hostname=a")).toEqual([]);
		expect(codes("--hostname", "a", "--hostname=b")).toEqual(["OPTION_TWICE"]);
		expect(codes("--net", "--no-net")).toEqual(["OPTION_TWICE"]);
		expect(codes("--bind", "a", "--bind", "b")).toEqual([]);
	});

	test("are options of other commands", () => {
		expect(codes("--json")).toEqual(["OPTION_UNKNOWN"]);
		expect(readArgv(["--json", "--raw"], optionsOf("plan")).problems).toEqual([]);
		expect(readArgv(["--uts"], optionsOf("bench")).problems.map(({ code }) => code)).toEqual(["OPTION_UNKNOWN"]);
	});

	test("never make it throw, nor lose a word", () => {
		const word = fc.oneof(
			fc.string(),
			fc.constantFrom(...options.map(({ name }) => `--${name}`), ...options.map(({ name }) => `--no-${name}=1`)),
			fc.constantFrom("-", "--", "-Ur", "-R", "--=", "---", "-=", "--no-", "__proto__", "--__proto__", "--constructor"),
		);
		fc.assert(
			fc.property(fc.array(word), (argv) => {
				const { rest, given, clean } = read(...argv);
				expect(argv.slice(argv.length - rest.length)).toEqual([...rest]);
				expect(clean).toHaveLength(given.length);
			}),
			{ numRuns: 500 },
		);
	});
});

describe("the words for citty", () => {
	test("are the options, each as one word", () => {
		expect(read("-UR", "dir", "--no-init", "--boottime", "-1d", "sh", "-c").clean).toEqual([
			...["--user", "--root=dir", "--no-init", "--boottime=-1d"],
		]);
	});

	test("give the same again when they are read", () => {
		const one = fc.constantFrom(...options).chain((option): fc.Arbitrary<string[]> => {
			if (option.value === undefined) return fc.constant([`--${option.name}`]);
			return fc.string().map((text) => [`--${option.name}`, text]);
		});
		fc.assert(
			fc.property(fc.array(one), (words) => {
				const first = read(...words.flat());
				expect(read(...first.clean).given).toEqual(first.given);
			}),
		);
	});
});

describe("the words that --args stands for", () => {
	const words: Readonly<Record<string, readonly string[]>> = {
		none: [],
		uts: ["--uts", "--hostname", "box"],
		command: ["--uts", "--", "sh", "-c"],
		open: ["--hostname"],
		nested: ["--uts", "--args", "uts", "--pid"],
	};
	const more = (name: string) => words[name] ?? { code: "NONE", message: `there is no ${name}` };
	const readMore = (...argv: string[]) => readArgv(argv, options, more);

	test("are taken in its place, with the order kept", () => {
		const argv = ["--pid", "--args", "uts", "--args=none", "--net", "ls", "--args", "uts"];
		const expanded = ["--pid", "--uts", "--hostname", "box", "--net", "ls", "--args", "uts"];
		expect(readMore(...argv)).toEqual(readArgv(expanded, options));
		expect(readMore(...argv).words).toEqual(expanded);
	});

	test("may begin the command", () => {
		expect(readMore("--args", "command", "--pid", "x")).toMatchObject({
			rest: ["sh", "-c", "--pid", "x"],
			problems: [],
		});
	});

	test("are whole: no value is taken from behind them, and none of them is an --args", () => {
		const codes = ({ problems }: { problems: readonly { code: string }[] }) => problems.map(({ code }) => code);
		expect(codes(readMore("--args", "open", "box"))).toEqual(["VALUE_MISSING"]);
		expect(codes(readMore("--args", "nested", "--net"))).toEqual(["ARGS_NESTED"]);
		expect(codes(readMore("--args", "nosuch", "--net"))).toEqual(["NONE"]);
		expect(codes(readMore("--args"))).toEqual(["VALUE_MISSING"]);
		expect(readMore("--args", "uts", "--args", "uts").problems).toEqual([]);
	});
});
