/** The blocks of all documents do what they show: sessions of the shell, sessions in a terminal, TypeScript. */
import { describe, expect, test } from "bun:test";
import { inTime, type Ns, rows, until, type Who } from "../kernel/harness.ts";
import { onStage } from "../kernel/named-stage.ts";
import { uplink } from "../kernel/uplink.ts";
import type { Need } from "../needs.ts";
import { type Block, documents, read, textOf } from "./markdown.ts";
import { environment, runTypeScript } from "./place.ts";
import { exchangesIn, expectShown, outputSeen, outputShownIn, patternOf } from "./shown.ts";

/** Figures are made by long runs, and a list of changes has no blocks. */
const runnable = documents.filter((path) => !path.startsWith("bench/") && path !== "CHANGELOG.md");

/** What a session has around itself: a terminal, or a network that is none of the machine's: an empty one, or an internet. */
const around = ["terminal", "network", "internet"];

/** Words behind a language: who may run the block, what is around the session, and what the machine must have. */
function demands({ words }: Block): { who?: Who; needs: Need[]; terminal: boolean } {
	const who = (["root", "ordinary"] as const).find((one) => words.includes(one));
	const needs = words.filter((word) => word !== who && !around.includes(word)) as Need[];
	if (words.includes("network")) needs.push("unshare");
	if (words.includes("internet")) needs.push("root", "pasta", "ip", "unshare", "nsenter", "python3");
	return { ...(who ? { who } : {}), needs, terminal: words.includes("terminal") };
}

for (const path of runnable) {
	describe(path, () => {
		for (const block of read(path).blocks) {
			const { who, needs, terminal } = demands(block);
			const who_ = who ? { who } : {};
			if (block.language === "console") rows({ ...who_, needs })(block.at, (ns) => (terminal ? typed : run)(ns, block));
			if (block.language === "ts") rows({ ...who_, needs, how: "source" })(block.at, (ns) => evaluate(ns, block));
		}
	});
}

/** One shell runs the whole session; a mark before each command tells the outputs apart, and leaves `$?` as it was. */
async function run(ns: Ns, { text, words }: Block): Promise<void> {
	const exchanges = exchangesIn(text);
	const mark = "mark() { code=$?; printf '\\036'; return $code; }";
	const script = ["exec 2>&1", mark, ...exchanges.flatMap(({ command }) => ["mark", command])];
	// Names are the whole machine's: those of documents are in nobody's way.
	const own = words.includes("network") ? ["unshare", ns.who === "root" ? "-n" : "-Urn"] : [];
	await using up = words.includes("internet") ? await uplink() : undefined;
	const more = { env: environment(ns), before: up?.here ?? [] };
	const stdout = text.includes("ns create ")
		? await onStage(ns, (stage) =>
				stage.shell([`cd ${ns.folder}`, `PATH=${environment(ns).PATH}`, ...script].join("\n")),
			)
		: (await ns.command([...own, "sh", "-c", script.join("\n")], more)).stdout;
	const seen = stdout.split("\x1e").slice(1);
	exchanges.forEach(({ shown }, i) => {
		expectShown(shown, seen[i]?.trimEnd() ?? "");
	});
	expect(seen.length).toBe(exchanges.length);
}

/** A person at a terminal: the first line is the command, each line `# ...` is typed when there is a prompt. */
async function typed(ns: Ns, { text }: Block): Promise<void> {
	const [{ command, shown } = { command: "", shown: "" }] = exchangesIn(text);
	let seen = "";
	const decoder = new TextDecoder();
	const child = Bun.spawn(ns.as(["sh", "-c", command]), {
		cwd: ns.folder,
		env: ns.env(environment(ns)),
		terminal: {
			data: (_, bytes) => {
				seen += decoder.decode(bytes, { stream: true });
			},
		},
	});
	let before = -1;
	const type = (line: string): void => {
		before = seen.length;
		child.terminal?.write(`${line}\n`);
	};
	const prompt = () => until("a prompt", () => seen.length > before && seen.endsWith("# "));
	try {
		for (const [, line = ""] of shown.matchAll(/^# (.*)$/gm)) {
			await prompt();
			type(line);
		}
		await prompt();
		expectShown(shown, seen.slice(0, -2).replaceAll("\r\n", "\n").trimEnd());
		type("exit");
		await inTime("the end of the session", child.exited);
	} finally {
		child.kill("SIGKILL");
		await child.exited;
		child.terminal?.close();
	}
}

async function evaluate(ns: Ns, { text }: Block): Promise<void> {
	const { stdout, ...ended } = await runTypeScript(ns, text);
	expect(ended).toEqual({ code: 0, signal: null, stderr: "" });
	expectShown(outputShownIn(text), outputSeen(stdout));
}

describe("the two commands that set everything up", () => {
	const install = "npx --yes bun@1.4.5 install --frozen-lockfile";
	const scripts = read("README.md").blocks.flatMap(({ language, text }) => (language === "sh" ? [text] : []));
	const commands = scripts.filter((text) => text.startsWith("npx"));

	test("are in the README, word for word", () => {
		expect(commands).toEqual([`${install} && npx bun run ns run sh`, `${install} && npx bun run check`]);
	});

	test("are those of continuous integration", () => {
		const lines = textOf(".ci/run").split("\n");
		expect(lines).toContain(install);
		expect(lines.some((line) => line.startsWith("npx bun run check "))).toBe(true);
	});

	test("name the version of Bun that is installed", () => {
		const { devDependencies } = JSON.parse(textOf("package.json")) as { devDependencies: Record<string, string> };
		expect(install).toContain(`bun@${devDependencies.bun} `);
	});
});

describe("what is shown", () => {
	test("a session has commands and their output", () => {
		expect(exchangesIn("$ a b\n$ c\nd\n  e\n")).toEqual([
			{ command: "a b", shown: "" },
			{ command: "c", shown: "d\n  e" },
		]);
		expect(() => exchangesIn("a")).toThrow("begins with");
	});

	test("`...` stands for anything, and nothing else does", () => {
		expect(patternOf("a...c").test("a\nb\nc")).toBe(true);
		expect(patternOf("a.c").test("abc")).toBe(false);
		expect(patternOf("a").test("ab")).toBe(false);
	});

	test("TypeScript says in comments what it prints", () => {
		expect(outputShownIn("console.log(1); // 1\nf(); // no\n\tconsole.log(2);")).toBe("1, ...");
		expect(outputSeen("1\n\n2\n")).toBe("1, 2");
	});
});
