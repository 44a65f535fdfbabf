/** The comparison with others: every row is there once, says what it means, and is shown by a test that exists. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { commandNames, optionsOf } from "../../cli/options.ts";
import { project, rowsIn, takeApart, textOf } from "./markdown.ts";

const text = textOf("docs/comparison.md");
/** Its tables, by their headings, with how many rows each has. */
const sizes = {
	"Mounts and the root": 27,
	"Processes and their end": 14,
	"The command's process": 17,
	Security: 24,
	Ids: 14,
	Network: 18,
	Limits: 14,
	"Names, entering and looking": 15,
} as const;
const sandboxes = ["bubblewrap", "nsjail", "minijail"];
/** Who else is in a table, where it is others than those. */
const others: Readonly<Record<string, readonly string[]>> = {
	Ids: ["util-linux 2.42", "nsjail", "rootlesskit"],
	Network: ["nsjail", "rootlesskit", "systemd-nspawn"],
	Limits: ["nsjail", "isolate", "runc, crun"],
	"Names, entering and looking": ["util-linux 2.42", "systemd: nspawn, machinectl", "runc, crun"],
};

interface Row {
	readonly capability: string;
	readonly ours: string;
	readonly how: string;
	/** In the order of the columns. */
	readonly others: readonly string[];
	readonly shown: string;
}

const rowsBelow = (heading: string): Row[] => {
	const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
	const [titles, ...cells] = rowsIn(takeApart(section));
	const columns = ["capability", "`ns`", "option or module", ...(others[heading] ?? sandboxes), "test"];
	expect(titles).toEqual(columns);
	return cells.map(([capability = "", ours = "", how = "", ...more]) => ({
		...{ capability, ours, how, others: more.slice(0, 3), shown: more[3] ?? "" },
	}));
};
const rows = Object.keys(sizes).flatMap(rowsBelow);

describe("the comparison", () => {
	test("has every row once", () => {
		for (const [heading, size] of Object.entries(sizes))
			expect([heading, rowsBelow(heading).length]).toEqual([heading, size]);
		expect(new Set(rows.map(({ capability }) => capability)).size).toBe(rows.length);
	});

	test("says yes, partly or no of everybody, and how, or why not", () => {
		for (const { capability, ours, how, others } of rows) {
			expect([capability, ours]).toEqual([capability, expect.stringMatching(/^(yes|partly|no)$/)]);
			expect([capability, how.length > 0]).toEqual([capability, true]);
			expect([capability, others.length]).toEqual([capability, 3]);
			for (const other of others)
				expect([capability, other]).toEqual([capability, expect.stringMatching(/^(yes|partly|no|not known)\b/)]);
		}
	});

	test("names options that there are", () => {
		const names = new Set(
			commandNames.flatMap(optionsOf).flatMap(({ name, negatable }) => (negatable ? [name, `no-${name}`] : [name])),
		);
		const named = rows.flatMap(({ how }) => [...how.matchAll(/`--([a-z0-9-]+)/g)].map(([, name = ""]) => name));
		expect(named.length).toBeGreaterThan(rows.length);
		expect(named.filter((name) => !names.has(name))).toEqual([]);
	});

	test("names a test for each yes and partly, and for nothing else", () => {
		expect(rows.filter(({ ours, shown }) => (ours === "no") !== (shown === ""))).toEqual([]);
		expect(rows.filter(({ shown }) => shown !== "" && !isThere(shown)).map(({ shown }) => shown)).toEqual([]);
	});

	test("names no test that is not there", () => {
		expect(isThere('`test/kernel/args.test.ts`: "words that are no text arrive as they are"')).toBe(true);
		expect(isThere('`test/kernel/args.test.ts`: "words that are no text"')).toBe(false);
		expect(isThere('`test/kernel/none.test.ts`: "words that are no text arrive as they are"')).toBe(false);
	});
});

/** Whether a test of this name is in this file: its name is the first argument of a call. */
function isThere(shown: string): boolean {
	const [, path = "", name = ""] =
		/^`(test\/(?:kernel\/[a-z-]+\.test|slow\/[a-z-]+\.slow)\.ts)`: "(.+)"$/.exec(shown) ?? [];
	if (path === "" || !existsSync(join(project, path))) return false;
	const quoted = JSON.stringify(name).replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
	return new RegExp(`\\(\\s*${quoted},`).test(textOf(path));
}
