import { describe, expect, test } from "bun:test";
import type { Problem } from "../../src/plan/types.ts";
import { Drafts, surveyOf } from "../../src/survey/assemble.ts";
import { chosenColumns, chosenKinds, sortedRows } from "../../src/survey/choose.ts";
import { aboutSurvey, holderText, namespaceColumns, processColumns } from "../../src/survey/columns.ts";
import { rawText, rowObject, tableText } from "../../src/survey/table.ts";
import { chosen, readListTarget } from "../../src/survey/target.ts";
import type { Survey } from "../../src/survey/types.ts";

/** Two users, two networks, one of them empty and mounted, and a UTS namespace that only a descriptor holds. */
function made(): Survey {
	const drafts = new Drafts();
	drafts.at("net", 300).pids.push(1, 5);
	drafts.at("user", 200).pids.push(1);
	Object.assign(drafts.at("user", 100), { ownerUid: 1000, owner: 200, parent: 200 });
	drafts.at("net", 250).holders.push({ by: "mount", path: "/run/netns/blue" }, { by: "socket", pid: 5, fd: 4 });
	Object.assign(drafts.at("net", 250), { owner: 100, netnsid: 3 });
	drafts.at("uts", 400).holders.push({ by: "descriptor", pid: 5, fd: 7 });
	drafts.name("blue", { net: 250, uts: 999, pid: 300 });
	return surveyOf(drafts, {
		processes: [
			{ pid: 1, namespaces: { net: 300, user: 200 } },
			{ pid: 5, namespaces: { net: 300 } },
			{ pid: 6, namespaces: { net: 300 } },
		],
		facts: new Map([
			[1, { parent: 0, uid: 0, command: "init\u001b[31m" }],
			[5, { parent: 1, uid: 1000, command: "sh" }],
		]),
		unreadable: 2,
		missed: [],
		own: { net: 300 },
	});
}

const survey = made();
const about = aboutSurvey(survey, new Map([[0, "root"]]));
const column = (name: string) => namespaceColumns.find((one) => one.name === name) ?? namespaceColumns[0];
const cells = (name: string) => survey.namespaces.map((row) => column(name)?.of(row, about));

describe("a survey", () => {
	test("is in the order of kinds, then of inodes", () => {
		expect(survey.namespaces.map(({ kind, inode }) => `${kind} ${inode}`)).toEqual([
			"user 100",
			"user 200",
			"net 250",
			"net 300",
			"uts 400",
		]);
	});

	test("leaves out a process that was gone, and names what has its kind", () => {
		expect(survey.processes.map(({ pid }) => pid)).toEqual([1, 5]);
		expect(survey.namespaces.flatMap(({ names, inode }) => names.map((name) => [name, inode]))).toEqual([
			["blue", 250],
		]);
	});

	test("forgets kinds that were only met on the way", () => {
		const drafts = new Drafts();
		drafts.at("net", 1);
		drafts.at("user", 2);
		drafts.keepOnly(["user"]);
		expect([...drafts.byInode.keys()]).toEqual([2]);
	});
});

describe("columns", () => {
	test("say what uses a namespace, or what keeps it", () => {
		expect(cells("USEDBY")).toEqual([
			"(one namespace below it)",
			"init\u001b[31m",
			"(mount /run/netns/blue and 1 more)",
			"init\u001b[31m",
			"(descriptor 7 of 5)",
		]);
		expect(cells("PATH")).toEqual([undefined, "/proc/1/ns/user", "/run/netns/blue", "/proc/1/ns/net", "/proc/5/fd/7"]);
		expect(cells("OWNER")).toEqual(["1000", undefined, undefined, undefined, undefined]);
		expect(cells("USER")).toEqual([undefined, "root", undefined, "root", undefined]);
		expect(holderText({ by: "mount", path: "/a", pid: 3 })).toBe("mount /a of 3");
		expect(holderText({ by: "children", pid: 3 })).toBe("children of 3");
	});

	test("have names of their own, in capitals, and a sentence", () => {
		for (const all of [namespaceColumns, processColumns]) {
			const names = all.map(({ name }) => name);
			expect(new Set(names).size).toBe(names.length);
			for (const { name, doc } of all) {
				expect(name).toMatch(/^[A-Z]+$/);
				expect(doc).toMatch(/^[A-Zu].*[^.]$/);
			}
		}
	});

	test("are chosen, added and refused", () => {
		const problems: Problem[] = [];
		const names = (text?: string) => chosenColumns(text, namespaceColumns, ["NS"], problems).map(({ name }) => name);
		expect(names()).toEqual(["NS"]);
		expect(names("type,NS,type")).toEqual(["TYPE", "NS"]);
		expect(names("+Type")).toEqual(["NS", "TYPE"]);
		expect(names("all").length).toBe(namespaceColumns.length);
		expect(problems).toEqual([]);
		expect(names("NSS,")).toEqual([]);
		expect(problems).toMatchObject([{ code: "COLUMN_UNKNOWN", hint: "did you mean NS?" }, { code: "COLUMN_UNKNOWN" }]);
	});

	test("kinds go by both of their names", () => {
		const problems: Problem[] = [];
		expect(chosenKinds(["net,mnt"], problems)).toEqual(["mount", "net"]);
		expect(chosenKinds([], problems).length).toBe(8);
		chosenKinds(["nett"], problems);
		expect(problems.map(({ code }) => code)).toEqual(["TYPE_UNKNOWN"]);
	});

	test("sort rows, those without a value last in both directions", () => {
		const by = (name: string, reverse: boolean) => {
			const found = column(name);
			return found ? sortedRows(survey.namespaces, found, reverse, about).map(({ inode }) => inode) : [];
		};
		expect(by("PID", false)).toEqual([200, 300, 100, 250, 400]);
		expect(by("NS", true)).toEqual([400, 300, 250, 200, 100]);
		expect(by("NAME", true)[0]).toBe(250);
	});
});

describe("texts", () => {
	const rows = [
		{ a: 5, b: "one" },
		{ a: 1234, b: "a command that is long\u001b" },
	];
	const columns = [
		{ name: "A", type: "number", doc: "", of: ({ a }: (typeof rows)[0]) => a },
		{ name: "LONGHEAD", type: "text", doc: "", of: ({ b }: (typeof rows)[0]) => b },
	] as const;

	test("are aligned, with control characters made visible", () => {
		expect(tableText(rows, columns, about)).toBe("   A  LONGHEAD\n   5  one\n1234  a command that is long\\u001b\n");
		expect(tableText([], columns, about, { headings: false })).toBe("");
	});

	test("are cut to the terminal, numbers never", () => {
		const lines = tableText(rows, columns, about, { width: 16 }).split("\n");
		expect(lines[2]).toBe("1234  a command…");
		expect(tableText(rows, columns, about, { width: 1 }).split("\n")[2]).toBe("1234  a comma…");
	});

	test("raw have tabs between fields, and can be read back", () => {
		const odd = [{ a: 1, b: "x\ty\\z\n" }];
		expect(rawText(odd, columns, about, { headings: false })).toBe("1\tx\\u0009y\\\\z\\u000a\n");
	});

	test("JSON has numbers as numbers and null for what is not known", () => {
		const [first] = survey.namespaces;
		expect(first && rowObject(first, namespaceColumns, about)).toMatchObject({
			ns: 100,
			type: "user",
			pid: null,
			nprocs: 0,
			pns: 200,
			nsfs: [],
		});
	});
});

describe("targets", () => {
	test("are read by what they look like", () => {
		expect(readListTarget("4242")).toEqual({ pid: 4242 });
		expect(readListTarget("4194305")).toEqual({ inode: 4194305 });
		expect(readListTarget("net:[4026531840]")).toEqual({ inode: 4026531840 });
		expect(readListTarget("/run/netns/x")).toEqual({ path: "/run/netns/x" });
		for (const name of ["web", "042", "-1", "1e3", ""]) expect(readListTarget(name)).toEqual({ name });
	});

	test("choose the namespaces of a process or a name, or one namespace", () => {
		const inodes = (word: string) => {
			const found = chosen(survey, readListTarget(word));
			if ("namespaces" in found) return found.namespaces.map(({ inode }) => inode);
			return "namespace" in found ? found.namespace.inode : found.problem.code;
		};
		expect(inodes("1")).toEqual([200, 300]);
		expect(inodes("5")).toEqual([300]);
		expect(inodes("blue")).toEqual([250]);
		expect(inodes("net:[300]")).toBe(300);
		expect(inodes("/run/netns/blue")).toBe(250);
		expect(inodes("/proc/5/ns/net")).toBe(300);
		for (const word of ["77", "red", "net:[1]", "/run/netns/red", "/proc/5/ns/uts", "/proc/x/ns/net"])
			expect(inodes(word)).toBe("TARGET_MISSING");
	});
});
