import { describe, expect, test } from "bun:test";
import { commandNames } from "../cli/options.ts";
import {
	docOf,
	effectfulGlobals,
	endsProcess,
	exportedNames,
	hasEmptyCatch,
	importCycle,
	imports,
	type Source,
	sourcesIn,
} from "../scripts/sources.ts";

const library = sourcesIn("src");
const all = [...library, ...sourcesIn("cli")];
const source = (path: string): Source => all.find((one) => one.path === path) ?? { path, text: "" };
const lines = ({ text }: Source): number => text.trimEnd().split("\n").length;
const paths = (sources: readonly Source[]): string[] => sources.map(({ path }) => path);

/** What decides and never acts. */
const pureFolders = [
	"cgroups",
	"doctor",
	"ids",
	"inspect",
	"linux",
	"mounts",
	"named",
	"namespaces",
	"network",
	"observe",
	"plan",
	"privileges",
	"process",
	"profile",
	"seccomp",
	"stats",
	"stub",
	"survey",
].map((folder) => `src/${folder}/`);
const pureFiles = [
	...["src/bytes.ts", "src/causes.ts", "src/hints.ts", "src/nearest.ts"],
	...["classify", "record", "text", "types"].map((name) => `src/overlay/${name}.ts`),
	...["choose", "fragments", "groups", "ids", "states", "types", "words"].map((name) => `src/targets/${name}.ts`),
];
const isPure = (path: string): boolean => pureFiles.includes(path) || pureFolders.some((one) => path.startsWith(one));
const pure = library.filter(({ path }) => isPure(path));

describe("the door to the kernel", () => {
	test("only src/ffi.ts imports bun:ffi", () => {
		expect(paths(all.filter((one) => imports(one).includes("bun:ffi")))).toEqual(["src/ffi.ts"]);
	});

	test("the pure folders are all there", () => {
		expect(pureFolders.filter((folder) => !pure.some(({ path }) => path.startsWith(folder)))).toEqual([]);
	});

	test("what is pure imports only what is pure", () => {
		const wrong = pure.flatMap((one) => imports(one).flatMap((to) => (isPure(to) ? [] : `${one.path} imports ${to}`)));
		expect(wrong).toEqual([]);
	});

	test("what is pure uses no global with an effect", () => {
		const wrong = pure.flatMap((one) => effectfulGlobals(one).map((name) => `${one.path} uses ${name}`));
		expect(wrong).toEqual([]);
	});

	test("the library does not import the command line", () => {
		expect(paths(library.filter((one) => imports(one).some((to) => to.startsWith("cli/") || to === "citty")))).toEqual(
			[],
		);
	});

	test("only cli/ns.ts ends the process", () => {
		expect(paths(all.filter(endsProcess))).toEqual(["cli/ns.ts"]);
	});
});

describe("the shape of the sources", () => {
	test("no value is imported in a circle", () => {
		expect(importCycle(all)).toBeUndefined();
	});

	test("a command's file has at most 120 lines", () => {
		const commands = all.filter(({ path }) => commandNames.some((name) => path === `cli/${name}.ts`));
		expect(paths(commands)).toEqual(commandNames.map((name) => `cli/${name}.ts`).toSorted());
		expect(paths(commands.filter((one) => lines(one) > 120))).toEqual([]);
	});

	test("a file has at most 300 lines, unless it is a table", () => {
		const isTable = (path: string) =>
			path.startsWith("src/linux/") || ["cli/options.ts", "src/stub/x86_64.ts", "src/stub/arm64.ts"].includes(path);
		expect(paths(all.filter((one) => lines(one) > 300 && !isTable(one.path)))).toEqual([]);
	});

	test("no error is caught and forgotten", () => {
		expect(paths(all.filter(hasEmptyCatch))).toEqual([]);
	});

	test("nothing is left to do in a comment", () => {
		expect(paths(all.filter(({ text }) => /\b(TO[D]O|FIXM[E]|XX[X])\b/.test(text)))).toEqual([]);
	});

	test("no file is empty, and each that is not an entry is used by another", () => {
		const entries = ["src/index.ts", "cli/ns.ts"];
		const used = new Set(all.flatMap(({ path, text }) => mentioned(path, text)));
		expect(
			paths(all.filter((one) => one.text.trim() === "" || !(used.has(one.path) || entries.includes(one.path)))),
		).toEqual([]);
	});
});

describe("what the library exports", () => {
	const exported = exportedNames(source("src/index.ts")).map((one) => ({
		...one,
		doc: docOf(source(one.from), one.name),
	}));

	test("holds the eight modules, the sandbox and the plan", () => {
		const names = exported.filter(({ doc }) => doc !== undefined).map(({ name }) => name);
		const eight = ["cgroup", "ipc", "mount", "net", "pid", "time", "user", "uts"];
		expect(names).toEqual(
			expect.arrayContaining([...eight, "hostFacts", "parseDuration", "plan", "planText", "sandbox"]),
		);
	});

	test("has an example above every function, which imports it from nskit", () => {
		const hasExample = (doc: string, name: string) =>
			new RegExp(`@example\\n \\* \`\`\`ts\\n \\* import \\{[^}]*\\b${name}\\b[^}]*\\} from "nskit";`).test(doc);
		const lacking = exported.filter(({ name, doc }) => doc !== undefined && !hasExample(doc, name));
		expect(lacking.map(({ name }) => name)).toEqual([]);
	});
});

/** Every file that is imported, types included. */
function mentioned(path: string, text: string): string[] {
	const all = [...text.matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)].map(([, to = ""]) => `import "${to}"`);
	return imports({ path, text: all.join(";") });
}

describe("the checks above", () => {
	const made = (text: string, path = "src/x.ts"): Source => ({ path, text });

	test("`effectfulGlobals` sees a global and no comment, string, own name or member", () => {
		expect(effectfulGlobals(made("const { env } = process; Bun?.version"))).toEqual(["process", "Bun"]);
		expect(
			effectfulGlobals(made("// process.env\nconst s = 'Bun.x'; (process: number) => process; s.process")),
		).toEqual([]);
	});

	test("`imports` sees values and lazy imports and no types", () => {
		const text = 'import type { A } from "./a.ts"; import { b, type C } from "../b.ts"; b; import("./d.ts")';
		expect(imports(made(text, "src/plan/x.ts"))).toEqual(["src/b.ts", "src/plan/d.ts"]);
	});

	test("`importCycle` names the files of a circle, and finds none in types", () => {
		const a = made('import { b } from "./b.ts"; b', "a.ts");
		const b = made('import { c } from "./c.ts"; c', "b.ts");
		expect(importCycle([a, b, made('import { b } from "./b.ts"; b', "c.ts")])).toEqual(["b.ts", "c.ts", "b.ts"]);
		expect(importCycle([a, b, made('import type { B } from "./b.ts"', "c.ts")])).toBeUndefined();
	});

	test("`hasEmptyCatch` sees a block that holds only a comment", () => {
		expect(hasEmptyCatch(made("try { a() } catch (e) { /* never mind */ }"))).toBe(true);
		expect(hasEmptyCatch(made("try { a() } catch { b() }"))).toBe(false);
	});

	test("`endsProcess` sees exit and exitCode", () => {
		expect([made("process.exit(1)"), made("process.exitCode = 1"), made("process.pid")].map(endsProcess)).toEqual([
			true,
			true,
			false,
		]);
	});

	test("`exportedNames` and `docOf` find values and the comment right above them", () => {
		const index = made('export { A, type B, c } from "./c.ts";\nexport type { D } from "./d.ts";', "src/index.ts");
		expect(exportedNames(index)).toEqual([
			{ name: "A", from: "src/c.ts" },
			{ name: "c", from: "src/c.ts" },
		]);
		const text = "/** First. */\nexport const a = 1;\n/** Second. */\nexport function c() {}\nexport function d() {}\n";
		expect(["A", "c", "d"].map((name) => docOf(made(text), name))).toEqual([undefined, "/** Second. */\n", ""]);
	});
});
