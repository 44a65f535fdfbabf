import { describe, expect, test } from "bun:test";
import { cittyArgs } from "../../cli/citty.ts";
import { commandNames, options, optionsOf } from "../../cli/options.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { needs } from "../needs.ts";

const names = options.map(({ name }) => name);
const all = options.flatMap(({ name, negatable }) => (negatable ? [name, `no-${name}`] : [name]));
const twice = (some: readonly string[]): string[] => some.filter((one, i) => some.indexOf(one) !== i);

describe("the table of options", () => {
	test("has no name twice, negated ones included", () => {
		expect(twice(all)).toEqual([]);
	});

	test("gives no command an option twice", () => {
		for (const command of commandNames) {
			const own = optionsOf(command).flatMap(({ name, short }) => (short ? [name, short] : [name]));
			expect([command, own.length]).toEqual([command, new Set(own).size]);
		}
	});

	test("has no short letter twice, and each is one letter", () => {
		const shorts = options.flatMap(({ short }) => short ?? []);
		expect(twice(shorts)).toEqual([]);
		expect(shorts.filter((short) => !/^[A-Za-z]$/.test(short))).toEqual([]);
	});

	test("has names of small letters and single dashes, but for argv0", () => {
		expect(names.filter((name) => !/^[a-z]+(-[a-z]+)*0?$/.test(name) || name.startsWith("no-"))).toEqual([]);
	});

	test("says of every value what it is, in capitals or as a choice", () => {
		const values = options.flatMap(({ value }) => (value === undefined ? [] : [value]));
		expect(
			values.filter(
				(value) =>
					!/^(?:\[[A-Z]+:\])?[A-Z]+(?:\[?[:=][A-Z]+\]?)*(?:,\.\.\.)?(?:\|[a-z]+)?(?:\[:\S+\])?$|^[a-z]+(\|[a-z]+)+$/.test(
						value,
					),
			),
		).toEqual([]);
		expect(values.length).toBeGreaterThan(10);
	});

	test("lets only switches be negated, and only values be repeated", () => {
		const needsValue = options.filter(({ value, optional }) => value !== undefined && !optional);
		expect(needsValue.filter(({ negatable }) => negatable)).toEqual([]);
		expect(options.filter(({ value, repeat }) => value === undefined && repeat)).toEqual([]);
	});

	test("explains each in one sentence without a full stop, which names no two alike", () => {
		const docs = options.map(({ doc }) => doc);
		expect(docs.filter((doc) => !/^[A-Z][^\n]{10,110}$/.test(doc) || /[.\s]$/.test(doc) || /\.\s/.test(doc))).toEqual(
			[],
		);
		expect(twice(docs)).toEqual([]);
	});

	test("has every namespace, which can be named and taken away", () => {
		const kinds = options.filter(({ category, negatable }) => category === "namespaces" && negatable);
		expect(kinds.map(({ name }) => name)).toEqual([...namespaceKinds]);
	});

	test("gives `run` and `plan` the same options, but for those of the output", () => {
		const sandboxed = (command: "run" | "plan") => optionsOf(command).filter(({ category }) => category !== "output");
		expect(sandboxed("plan")).toEqual(sandboxed("run"));
		expect(optionsOf("bench").map(({ name }) => name)).toEqual(["json", "runs", "help", "version"]);
		for (const command of commandNames) expect(optionsOf(command).map(({ name }) => name)).toContain("help");
	});
});

describe("the short letters", () => {
	test("are those of unshare(1), and no others but help and version", () => {
		expect(options.flatMap(({ name, short }) => (short ? [`-${short} ${name}`] : []))).toEqual([
			...["-U user", "-m mount", "-p pid", "-n net", "-i ipc", "-u uts", "-C cgroup", "-T time"],
			...["-r map-root-user", "-c map-current-user", "-R root", "-f fork", "-w wd", "-S setuid", "-G setgid"],
			...["-h help", "-V version"],
		]);
	});

	needs("unshare")("mean the same as in the unshare(1) of this machine", () => {
		const help = Bun.spawnSync(["unshare", "--help"]).stdout.toString();
		const theirs = new Map(
			[...help.matchAll(/^ -(\w), --([\w-]+)/gm)].map(([, short = "", name = ""]) => [short, name]),
		);
		expect(theirs.size).toBeGreaterThan(10);
		const ours = options.filter(({ short }) => short !== undefined && theirs.has(short));
		expect(ours.map(({ name }) => name)).toEqual(ours.map(({ short = "" }) => theirs.get(short) ?? ""));
		const missed = options.filter(({ name, short }) => !short && [...theirs.values()].includes(name));
		expect(missed.map(({ name }) => name)).toEqual([]);
	});
});

describe("`cittyArgs`", () => {
	test("has the same options in citty's form", () => {
		const args = cittyArgs("run");
		expect(Object.keys(args)).toEqual(optionsOf("run").map(({ name }) => name));
		expect(args.root).toEqual({ type: "string", description: expect.any(String), alias: "R", valueHint: "DIR|tmpfs" });
		expect(args.uts).toEqual({ type: "boolean", description: expect.any(String), alias: "u" });
		expect(args.all).toEqual({ type: "boolean", description: expect.any(String) });
	});
});
