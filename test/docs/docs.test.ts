/** The documents hold together: links, headings, tables, and the examples above everything that is exported. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { optionsOf } from "../../cli/options.ts";
import { namespaces } from "../../src/plan/namespaces.ts";
import { rows } from "../kernel/harness.ts";
import {
	anchorOf,
	type Block,
	documents,
	examplesIn,
	headingsIn,
	linksIn,
	project,
	read,
	rowsIn,
	takeApart,
	textOf,
} from "./markdown.ts";
import { runTypeScript } from "./place.ts";
import { expectShown, outputSeen, outputShownIn } from "./shown.ts";

/** Everything that `src/index.ts` exports from, types included. */
const exporting = [...new Set(textOf("src/index.ts").match(/(?<=from "\.\/)[^"]+/g))].map((path) => `src/${path}`);
const examples = exporting.flatMap(examplesIn);

describe("the documents", () => {
	test("are all there", () => {
		expect(documents).toEqual(
			expect.arrayContaining([
				"CHANGELOG.md",
				"README.md",
				"docs/architecture.md",
				"docs/security.md",
				"examples/README.md",
			]),
		);
	});

	for (const path of documents) {
		test(`${path}: links lead somewhere`, () => {
			expect(linksIn(read(path)).filter((target) => !leadsSomewhere(path, target))).toEqual([]);
		});

		test(`${path}: one heading of the first level, none skips a level, none twice`, () => {
			const headings = headingsIn(read(path));
			const levels = headings.map(({ level }) => level);
			expect(levels[0]).toBe(1);
			expect(levels.filter((level) => level === 1).length).toBe(1);
			expect(headings.filter(({ level }, i) => level > (levels[i - 1] ?? 0) + 1)).toEqual([]);
			// A list of changes says "Added" for each version.
			if (path !== "CHANGELOG.md") expect(headings.length).toBe(new Set(headings.map(({ text }) => text)).size);
		});

		test(`${path}: nothing is left to do`, () => {
			expect(textOf(path)).not.toMatch(/\b(TO[D]O|FIXM[E]|TB[D]|XX[X])\b/);
		});

		test(`${path}: every block says what language it is in`, () => {
			const languages = read(path).blocks.map(({ language }) => language);
			expect(languages.filter((one) => !["console", "sh", "text", "ts", "json", "toml"].includes(one))).toEqual([]);
		});
	}
});

function leadsSomewhere(from: string, target: string): boolean {
	if (/^https:\/\/\S+$/.test(target)) return true;
	const [path = "", anchor] = target.split("#");
	const file = path === "" ? from : join(dirname(from), path);
	if (!existsSync(join(project, file))) return false;
	return anchor === undefined || headingsIn(read(file)).some(({ text }) => anchorOf(text) === anchor);
}

test("the README's table of namespaces is that of the sources", () => {
	const shown = rowsIn(read("README.md")).filter(([module = ""]) => /^`\w+\(\)`$/.test(module));
	const short = (kind: string) => optionsOf("run").find(({ name }) => name === kind)?.short;
	expect(shown).toEqual(
		namespaces.map(({ kind, flag, since, man, isolates }) => [
			`\`${kind}()\``,
			`\`--${kind}\`, \`-${short(kind)}\``,
			isolates,
			`\`${flag}\``,
			`${Math.floor(since / 100)}.${since % 100}`,
			man,
		]),
	);
});

describe("the examples above what is exported", () => {
	test("are found", () => {
		expect(new Set(examples.map(({ at }) => at)).size).toBe(examples.length);
		expect(examples.length).toBeGreaterThan(10);
	});

	for (const { at, text } of examples) {
		rows({ how: "source" })(at, async (ns) => {
			const { stdout, ...ended } = await runTypeScript(ns, text);
			expect(ended).toEqual({ code: 0, signal: null, stderr: "" });
			expectShown(outputShownIn(text), outputSeen(stdout));
		});
	}
});

describe("TypeScript in documents and comments", () => {
	const folder = mkdtempSync(join(tmpdir(), "nskit-docs-"));
	afterAll(() => rmSync(folder, { recursive: true }));

	test("has no errors of types", () => {
		const blocks: Block[] = [...documents.flatMap((path) => read(path).blocks), ...examples];
		const written = blocks.filter(({ language }) => language === "ts");
		written.forEach(({ at, text }, i) => {
			writeFileSync(join(folder, `${i}.ts`), `// ${at}\n${text}\nexport {};\n`);
		});
		const config = {
			extends: join(project, "tsconfig.json"),
			compilerOptions: {
				paths: { nskit: [join(project, "src/index.ts")] },
				types: [join(project, "node_modules/bun-types")],
			},
			include: ["*.ts"],
		};
		writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
		const { exitCode, stdout } = Bun.spawnSync([process.execPath, "x", "tsc", "-p", folder], { cwd: project });
		expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 0, stdout: "" });
	});
});

describe("the reading of documents", () => {
	test("blocks have a language, words and a place", () => {
		const { blocks, prose } = takeApart("a\n```console root ps\n$ b\n```\n[c](d.md)", "x.md");
		expect(blocks).toMatchObject([{ at: "x.md:2", language: "console", words: ["root", "ps"], text: "$ b" }]);
		expect(linksIn({ blocks, prose })).toEqual(["d.md"]);
		expect(() => takeApart("```\n")).toThrow("has no end");
	});

	test("headings have the names that links have for them", () => {
		expect(anchorOf("What the tool's user must do, and `why`")).toBe("what-the-tools-user-must-do-and-why");
	});
});
