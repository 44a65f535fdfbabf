import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { treeSvg } from "../../src/survey/svg.ts";
import { treeOf, treeOrders } from "../../src/survey/tree.ts";
import { fold, foldText } from "../../src/survey/tree-fold.ts";
import { treeJson } from "../../src/survey/tree-json.ts";
import { chosenBy, limitedTo, limitedToKinds } from "../../src/survey/tree-limit.ts";
import { type TreeNode, walk } from "../../src/survey/tree-node.ts";
import { treeText } from "../../src/survey/tree-text.ts";
import type { Survey } from "../../src/survey/types.ts";
import { needs } from "../needs.ts";
import { inodeOf, machine, made, surveyOf } from "./made.ts";

/** Everything of a forest, with what its folds hide. */
function* everything(forest: readonly TreeNode[]): Generator<TreeNode> {
	for (const { node } of walk(forest)) {
		yield node;
		if (node.item.type === "fold") yield* everything(node.item.nodes);
	}
}

const inodesIn = (forest: readonly TreeNode[]): number[] =>
	[...everything(forest)].flatMap(({ item }) => (item.type === "namespace" ? [item.namespace.inode] : []));

const text = (survey: Survey, by: "owner" | "parent" | "process", width?: number): string =>
	treeText(fold(treeOf(survey, by)), { width, colours: false, ascii: false });

/** Surveys that no kernel would give: circles, owners that are not there, parents of all kinds. */
const anySurvey = fc
	.array(
		fc.record({
			kind: fc.constantFrom(...namespaceKinds),
			owner: fc.option(fc.nat(30), { nil: undefined }),
			parent: fc.option(fc.nat(30), { nil: undefined }),
			names: fc.array(fc.string(), { maxLength: 1 }),
		}),
		{ maxLength: 30 },
	)
	.chain((rows) =>
		fc
			.array(fc.record({ parent: fc.nat(20), command: fc.string(), places: fc.array(fc.nat(29), { maxLength: 8 }) }), {
				maxLength: 20,
			})
			.map((processes) => {
				const namespaces = rows.map(({ kind, ...more }, inode) => made(kind, inode, more));
				const all = processes.map(({ parent, command, places }, pid) => {
					const inside = places.flatMap((place) => (namespaces[place] ? [namespaces[place]] : []));
					return {
						pid,
						parent,
						uid: 0,
						command,
						namespaces: Object.fromEntries(inside.map(({ kind, inode }) => [kind, inode])),
					};
				});
				return surveyOf(namespaces, all);
			}),
	);

describe("`treeOf`", () => {
	for (const by of ["owner", "parent"] as const) {
		test(`by ${by}: every namespace of any survey stands in it once, or is counted in a fold`, () => {
			fc.assert(
				fc.property(anySurvey, (survey) => {
					const all = survey.namespaces.map(({ inode }) => inode);
					const forest = treeOf(survey, by);
					expect(inodesIn(forest).toSorted((a, b) => a - b)).toEqual(all);
					expect(inodesIn(fold(forest)).toSorted((a, b) => a - b)).toEqual(all);
				}),
			);
		});
	}

	test("by process: every namespace and every process is there, or is counted", () => {
		fc.assert(
			fc.property(anySurvey, (survey) => {
				const forest = treeOf(survey, "process");
				for (const one of [forest, fold(forest)]) {
					const items = [...everything(one)].map(({ item }) => item);
					const processes = items.flatMap((item) => (item.type === "process" ? [item] : []));
					const entered = processes.flatMap(({ enters }) => enters.map(({ inode }) => inode));
					expect([...new Set([...entered, ...inodesIn(one)])].toSorted((a, b) => a - b)).toEqual(
						survey.namespaces.map(({ inode }) => inode),
					);
					const counted = processes.reduce((sum, { sharing }) => sum + 1 + sharing, 0);
					expect(counted).toBe(survey.processes.length);
				}
			}),
		);
	});

	test("cuts a circle open, and stands those of an unseen owner below a place for it", () => {
		const circle = [made("user", 1, { parent: 2 }), made("user", 2, { parent: 1 }), made("net", 3, { owner: 9 })];
		expect(text(surveyOf([...circle, made("uts", 4)]), "owner")).toBe(
			`user 1  no process
└─ user 2  no process
user 9  cannot be seen from here
└─ net 3  no process
the owner may not be seen from here
└─ uts 4  no process
`,
		);
	});

	test("is not stopped by a chain that is deeper than a stack", () => {
		const chain = Array.from({ length: 50_000 }, (_, i) => made("user", i + 1, i === 0 ? {} : { parent: i }));
		const survey = surveyOf(chain);
		const forest = fold(treeOf(survey, "owner"));
		expect(inodesIn(forest)).toHaveLength(50_000);
		expect(treeText(forest, { colours: false, ascii: false, width: 100 }).split("\n")).toHaveLength(50_001);
		expect(JSON.stringify(treeJson(survey, "owner", forest))).toContain('"above":49998');
		expect(treeSvg(survey, "owner", forest)).toEndWith("</svg>\n");
	});
});

describe("`treeText`", () => {
	test("shows a thousand namespaces in few lines, none of them too long", () => {
		for (const by of treeOrders) {
			const lines = text(machine(125), by, 100).trimEnd().split("\n");
			expect(lines.length).toBeLessThan(45);
			expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100);
		}
	});

	test("by owner, as a person reads it", () => {
		const survey = limitedToKinds(machine(9), ["net"]);
		expect(text(survey, "owner")).toBe(
			`user 4026531830  yours  2 processes  1 /sbin/init
├─ net 4026531833  yours  2 processes  1 /sbin/init
├─ user 4026531840  of user 1000  one process  101 sleep 1 <&"'>
│  └─ net 4026531843  one process  101 sleep 1 <&"'>
├─ user 4026531850  of user 1000  one process  102 sleep 2 <&"'>
│  └─ net 4026531853  one process  102 sleep 2 <&"'>
├─ user 4026531860  of user 1000  one process  103 sleep 3 <&"'>
│  └─ net 4026531863  one process  103 sleep 3 <&"'>
└─ … and 6 more user namespaces (12 namespaces in all), each with net and one process
`,
		);
	});

	test("by process, with what each has come into, by kind alone where there is too little room", () => {
		const survey = limitedToKinds(machine(1), ["net", "uts"], false);
		expect(text(survey, "process")).toBe(
			`1 /sbin/init  net 4026531833 (yours)  uts 4026531835 (yours)  and one process more in the same
└─ 101 sleep 1 <&"'>  net 4026531843  uts 4026531845
`,
		);
		expect(text(survey, "process", 40).split("\n")[1]).toBe(`└─ 101 sleep 1 <&"'>  net  uts`);
	});

	test("has colours when asked for, and only ASCII when asked for", () => {
		const forest = fold(treeOf(surveyOf([made("user", 1), made("net", 2, { owner: 1, names: ["wéb"] })]), "owner"));
		expect(treeText(forest, { colours: true, ascii: false })).toContain("└─ \x1b[32mnet 2\x1b[m\x1b[1m  wéb\x1b[m");
		const plain = treeText(forest, { colours: false, ascii: true });
		expect(plain).toContain("`- net 2  w?b");
		expect(plain).toMatch(/^[\n -~]*$/);
	});

	test("lets no command line play with the terminal", () => {
		const survey = surveyOf([made("user", 1, { pids: [1], command: "\x1b]0;x\x07\u202eab\n", names: ["\x9bm"] })]);
		for (const by of treeOrders) expect(text(survey, by).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
	});

	test("cuts at what characters take in a terminal", () => {
		const survey = surveyOf([made("user", 1, { pids: [1], command: "漢字漢字漢字" })]);
		expect(text(survey, "owner", 30)).toBe("user 1  one process  1 漢字漢…\n");
	});
});

describe("folding", () => {
	test("counts what looks alike and shows what does not: names, the caller's own", () => {
		const alike = Array.from({ length: 240 }, (_, i) => made("net", 100 + i, { owner: 1, pids: [i + 5] }));
		const special = [made("net", 900, { owner: 1, names: ["web"] }), made("net", 901, { owner: 1, pids: [7] })];
		const survey = surveyOf([made("user", 1), ...alike, ...special], [], { net: 901 });
		const shown = text(survey, "owner");
		expect(shown).toContain("… and 237 more net namespaces, each with one process\n");
		expect(shown).toContain("net 900  web");
		expect(shown).toContain("net 901  yours");
	});

	test("says how many processes there are where they differ", () => {
		const nodes = [2, 7].map((count, i) => {
			const namespace = made("net", i, { pids: Array.from({ length: count }, (_, pid) => pid) });
			return { item: { type: "namespace", namespace, own: false }, children: [] } as const;
		});
		expect(foldText({ type: "fold", nodes, more: true })).toBe("2 more net namespaces, each with 2 to 7 processes");
	});
});

describe("`chosenBy`", () => {
	const survey = machine(3);
	const part = (word: string) => {
		const chosen = chosenBy(survey, word);
		return chosen && limitedTo(survey, chosen);
	};

	test("takes a process, an inode, the kernel's way to write one, a name", () => {
		const sandbox = namespaceKinds.map((kind) => inodeOf(kind, 2)).toSorted();
		const above = [inodeOf("user", 0)];
		const inodes = (one: Survey | undefined) => one?.namespaces.map(({ inode }) => inode).toSorted();
		expect(inodes(part("102"))).toEqual([...above, inodeOf("pid", 0), ...sandbox].toSorted());
		expect(inodes(part(String(inodeOf("net", 2))))).toEqual(
			[...above, inodeOf("user", 2), inodeOf("net", 2)].toSorted(),
		);
		expect(inodes(part(`user:[${inodeOf("user", 2)}]`))).toEqual([...above, inodeOf("pid", 0), ...sandbox].toSorted());
		expect(part(`net:[${inodeOf("user", 2)}]`)).toBeUndefined();
		const named = surveyOf([
			made("user", 1),
			made("net", 2, { owner: 1, names: ["web"] }),
			made("net", 3, { owner: 1 }),
		]);
		const chosen = chosenBy(named, "web");
		expect(inodes(chosen && limitedTo(named, chosen))).toEqual([1, 2]);
	});

	test("finds nothing in what is not there", () => {
		for (const word of ["", "web", "99999", "-1", "net:[1]", "constructor", "0x10"]) expect(part(word)).toBeUndefined();
	});

	test("keeps the processes that belong to it and those above them", () => {
		expect(part("102")?.processes.map(({ pid }) => pid)).toEqual([1, 2, 102]);
		expect(part(String(inodeOf("net", 3)))?.processes.map(({ pid }) => pid)).toEqual([1, 2, 103]);
	});
});

describe("`treeSvg`", () => {
	needs("xmllint")("is XML for a strict reader, whatever commands and names are", () => {
		const hostile = ["</title><script>alert(1)</script>", "]]>&#0;&amp;", "\x00\x1b\ufffe\uffff\ud800", "\"'><!--"];
		const namespaces = hostile.map((command, i) =>
			made("net", i + 2, { owner: 1, pids: [i], command, names: [command] }),
		);
		const survey = surveyOf([made("user", 1), ...namespaces]);
		for (const by of treeOrders) {
			for (const picture of [
				treeSvg(survey, by, treeOf(survey, by)),
				treeSvg(machine(125), by, treeOf(machine(125), by)),
			]) {
				const read = Bun.spawnSync(["xmllint", "--noout", "--nonet", "-"], { stdin: Buffer.from(picture) });
				expect({ code: read.exitCode, error: read.stderr.toString() }).toEqual({ code: 0, error: "" });
				expect(picture).not.toMatch(/<script|<!--|href|url\(|@import/);
			}
		}
	});

	test("has the same bytes each time, a title and a description, colours for both backgrounds", () => {
		const draw = () => treeSvg(machine(5), "owner", fold(treeOf(machine(5), "owner")));
		expect(draw()).toBe(draw());
		expect(draw()).toMatch(
			/role="img" aria-labelledby="title desc">\n<title id="title">[^<]+<\/title>\n<desc id="desc">[^<]+</,
		);
		expect(draw()).toContain("@media (prefers-color-scheme: dark)");
	});

	test("shows a thousand namespaces on few screens, and each of them once where nothing is folded", () => {
		const survey = machine(125);
		const height = (picture: string) => Number(/ height="(\d+)"/.exec(picture)?.[1]);
		for (const by of treeOrders) expect(height(treeSvg(survey, by, fold(treeOf(survey, by))))).toBeLessThan(1200);
		const all = treeSvg(survey, "owner", treeOf(survey, "owner"));
		for (const { kind, inode } of survey.namespaces)
			expect(all.split(`<title>${kind} namespace ${inode}\n`)).toHaveLength(2);
	});
});
