import { defineCommand } from "citty";
import { type NamespaceKind, namespaceKinds } from "../src/plan/namespaces.ts";
import { jsonText } from "../src/plan/text.ts";
import { treeSvg } from "../src/survey/svg.ts";
import { type TreeOrder, treeOf, treeOrders } from "../src/survey/tree.ts";
import { fold } from "../src/survey/tree-fold.ts";
import { treeJson } from "../src/survey/tree-json.ts";
import { chosenBy, limitedTo, limitedToKinds } from "../src/survey/tree-limit.ts";
import { type TreeTextOptions, treeText } from "../src/survey/tree-text.ts";
import type { Survey } from "../src/survey/types.ts";
import { unseen } from "../src/survey/unseen.ts";
import { knownNames } from "../src/surveyor/named.ts";
import { surveyMachine } from "../src/surveyor/survey.ts";
import { nearest, type ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { readNames, tooMany } from "./names.ts";
import { warn, write } from "./output.ts";
import { Reader } from "./reader.ts";
import { hasColours, hasUnicode, terminalWidth } from "./terminal.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "tree", description: commands.tree.doc },
	args: cittyArgs("tree"),
	async run({ data }) {
		const words = readTreeWords(data as ReadArgv);
		if (words.help) return write(1, commandHelp("tree"));
		const { named, problems } = knownNames();
		const survey = limited(surveyMachine({ named }), words);
		const forest = treeOf(survey, words.by);
		warn(words.json ? problems : [...unseen(survey), ...problems]);
		if (words.json) return write(1, jsonText(treeJson(survey, words.by, forest)));
		const lines = words.all ? forest : fold(forest);
		if (words.svg === undefined) return write(1, treeText(lines, terminal()));
		const picture = treeSvg(survey, words.by, lines);
		if (words.svg === "-") return write(1, picture);
		const { writeFileSync } = await import("node:fs");
		try {
			writeFileSync(words.svg, picture);
		} catch (error) {
			const message = `the picture cannot be written: ${error instanceof Error ? error.message : String(error)}`;
			throw new UsageError([{ code: "FILE_UNWRITABLE", message, hint: "--svg - writes to standard output" }]);
		}
	},
});

interface TreeWords {
	readonly target: string | undefined;
	readonly by: TreeOrder;
	readonly kinds: readonly NamespaceKind[];
	readonly svg: string | undefined;
	readonly json: boolean;
	readonly all: boolean;
	readonly help: boolean;
}

/** The target and the options, before or behind it. Throws one error with everything that is wrong. */
function readTreeWords(read: ReadArgv): TreeWords {
	const { names, given, problems } = readNames("tree", read.words);
	const [target, ...others] = names;
	const reader = new Reader(given, process.cwd());
	reader.problems.push(...problems, ...tooMany("tree", "target", others));
	const by = reader.choice("by", treeOrders) ?? "owner";
	const kinds = reader.each("type").flatMap((value) => value.split(",").flatMap((word) => readKind(reader, word)));
	const svg = reader.text("svg");
	const has = (name: string) => reader.flag(name) === true;
	if (svg === "") reader.problem("FILE_EMPTY", "the name of the file of --svg is empty", "- is standard output");
	if (svg !== undefined && has("json")) {
		reader.problem("OUTPUT_TWICE", "--svg and --json ask for the tree in two forms", "choose one");
	}
	if (reader.problems.length > 0) throw new UsageError(reader.problems);
	const file = svg === undefined || svg === "-" ? svg : reader.resolve(svg);
	return { target, by, kinds, svg: file, json: has("json"), all: has("all"), help: has("help") };
}

function readKind(reader: Reader, word: string): NamespaceKind | [] {
	// The kernel's own name of it, as in mnt:[4026531841].
	const kind = word === "mnt" ? "mount" : namespaceKinds.find((one) => one === word);
	if (kind) return kind;
	const near = nearest(word, namespaceKinds);
	const hint = near ? `did you mean ${near}?` : `there are ${namespaceKinds.join(", ")}`;
	reader.problem("VALUE_INVALID", `there is no namespace type ${JSON.stringify(word)}`, hint);
	return [];
}

/** What of the survey was asked for. */
function limited(survey: Survey, { target, kinds, by }: TreeWords): Survey {
	const chosen = target === undefined ? undefined : chosenBy(survey, target);
	if (target !== undefined && !chosen) {
		const message = `there is no process, namespace or name ${JSON.stringify(target)} that can be seen`;
		const near = nearest(target, [...new Set(survey.namespaces.flatMap(({ names }) => names))]);
		const forms = "a process id, an inode such as 4026531840 or net:[4026531840], or a name; ns list names them";
		const hint = near ? `did you mean ${near}?` : forms;
		throw new UsageError([{ code: "TARGET_UNKNOWN", message, hint }]);
	}
	const part = chosen ? limitedTo(survey, chosen) : survey;
	return kinds.length === 0 ? part : limitedToKinds(part, kinds, by !== "process");
}

/** How this terminal is written to; what is no terminal gets whole lines without colours. */
const terminal = (): TreeTextOptions => ({
	width: process.stdout.isTTY ? (terminalWidth(1) ?? 80) : undefined,
	colours: hasColours(),
	ascii: !hasUnicode(),
});
