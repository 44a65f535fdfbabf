import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readArgv } from "../../cli/argv.ts";
import { environmentPart } from "../../cli/environment.ts";
import { readProfile } from "../../cli/fragments.ts";
import { optionsOf } from "../../cli/options.ts";
import { Reader } from "../../cli/reader.ts";
import { commandOf } from "../../src/profile/command.ts";
import { environmentOf } from "../../src/profile/environment.ts";

const callers = ["A=1", "PATH=/bin", "A=2", "ODD", "B="];
const given = (words: readonly string[]) => readArgv(words, optionsOf("run")).given;
function read(words: readonly string[], env: readonly string[] = callers): { env: readonly string[]; codes: string[] } {
	const reader = new Reader(given(words), "/");
	const made = environmentOf(environmentPart(reader), env);
	return { env: made, codes: reader.problems.map(({ code }) => code) };
}
const made = (...words: string[]) => read(words).env;

describe("the options of the environment", () => {
	test("is the caller's when nothing is said, odd and repeated variables included", () => {
		expect(made()).toEqual(callers);
	});

	test("sets in place of every variable of that name, and takes all of them away", () => {
		expect(made("--setenv", "A=x=y")).toEqual(["PATH=/bin", "ODD", "B=", "A=x=y"]);
		expect(made("--unsetenv", "A", "--unsetenv", "ODD", "--unsetenv", "NONE")).toEqual(["PATH=/bin", "B="]);
		expect(made("--setenv", "ODD=")).toEqual(["A=1", "PATH=/bin", "A=2", "B=", "ODD="]);
	});

	test("goes by the order of --setenv and --unsetenv", () => {
		expect(made("--clear-env", "--setenv", "X=1", "--unsetenv", "X")).toEqual([]);
		expect(made("--clear-env", "--unsetenv", "X", "--setenv", "X=1", "--setenv", "X=2")).toEqual(["X=2"]);
	});

	test("decides what is inherited first, wherever that is said", () => {
		expect(made("--setenv", "X=1", "--clear-env")).toEqual(["X=1"]);
		expect(made("--setenv", "X=1", "--keep-env", "PATH,NONE")).toEqual(["PATH=/bin", "X=1"]);
		expect(made("--keep-env", "B", "--clear-env", "--keep-env", "ODD,A")).toEqual(["A=1", "A=2", "ODD", "B="]);
	});

	test("refuses names that no variable has", () => {
		for (const words of [
			["--setenv", "A"],
			["--setenv", "=1"],
			["--setenv", ""],
			["--unsetenv", "A=1"],
			["--unsetenv", ""],
			["--keep-env", ""],
			["--keep-env", "A,"],
			["--keep-env", "A=1"],
			["--unsetenv", "A\0"],
		]) {
			expect([words, read(words).codes]).toEqual([words, ["VARIABLE_INVALID"]]);
		}
	});

	test("is the same when it is made again of its own result, as an explanation does", () => {
		const name = fc.constantFrom("A", "B", "PATH", "X");
		const option = fc.oneof(
			name.map((one) => ["--setenv", `${one}=new`]),
			name.map((one) => ["--unsetenv", one]),
			fc.constant(["--clear-env"]),
			fc.uniqueArray(name, { minLength: 1 }).map((names) => ["--keep-env", names.join(",")]),
		);
		fc.assert(
			fc.property(fc.array(option, { maxLength: 6 }), (some) => {
				const once = read(some.flat()).env;
				expect(read(some.flat(), once).env.toSorted()).toEqual(once.toSorted());
			}),
		);
	});
});

describe("the command", () => {
	const surroundings = { env: ["SHELL=/bin/zsh"], cwd: "/work" };
	const command = (words: readonly string[], ...rest: string[]) => {
		const { profile, problems } = readProfile(given(words), rest, surroundings.cwd);
		return { command: commandOf(profile, surroundings), problems };
	};

	test("runs the shell of the command's own environment", () => {
		expect(command([]).command.argv).toEqual(["/bin/zsh"]);
		expect(command(["--clear-env"]).command.argv).toEqual(["sh"]);
		expect(command(["--setenv", "SHELL=/bin/fish"]).command.argv).toEqual(["/bin/fish"]);
	});

	test("starts where it is said, from the caller's directory, and then nowhere else", () => {
		const { env } = surroundings;
		expect(command([], "a").command).toEqual({ argv: ["a"], env, cwd: "/work" });
		expect(command(["--wd", "b/c"], "a").command).toEqual({ argv: ["a"], env, cwd: "/work/b/c", mustStartThere: true });
		expect(command(["-w", "/x"], "a").command).toEqual({ argv: ["a"], env, cwd: "/x", mustStartThere: true });
		expect(command(["--wd", ""], "a").problems.map(({ code }) => code)).toEqual(["DIRECTORY_EMPTY"]);
	});

	test("gives the command another name", () => {
		expect(command(["--argv0", "-sh"], "sh").command).toMatchObject({ argv: ["sh"], argv0: "-sh" });
		expect(command(["--argv0", ""], "sh").command.argv0).toBe("");
		expect("argv0" in command([], "sh").command).toBe(false);
	});
});
