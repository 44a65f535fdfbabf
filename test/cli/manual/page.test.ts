import { describe, expect, test } from "bun:test";
import { readArgv } from "../../../cli/argv.ts";
import { helpText } from "../../../cli/manual/help.ts";
import { allPages, commandPage } from "../../../cli/manual/page.ts";
import { prose } from "../../../cli/manual/prose.ts";
import { type CommandName, commandNames, optionsOf } from "../../../cli/options.ts";
import { UsageError } from "../../../cli/usage.ts";
import { needs } from "../../needs.ts";

const pages = allPages("1.2.3");

/** A page as its reader sees it, without the breaks of lines. */
function rendered(page: string): string {
	const read = Bun.spawnSync(["mandoc", "-T", "utf8", "-O", "width=200"], { stdin: Buffer.from(page) });
	return read.stdout.toString().replaceAll(/.\p{Cc}(?<!\n)/gu, "");
}

describe("the manual pages", () => {
	test("are one for ns and one for each command, the same each time", () => {
		expect(Object.keys(pages)).toEqual(["ns.1", ...commandNames.map((name) => `ns-${name}.1`)]);
		expect(allPages("1.2.3")).toEqual(pages);
		for (const page of Object.values(pages)) expect(page).toMatch(/^\.TH NS\S* 1 "" "nskit 1\.2\.3" "User Commands"\n/);
	});

	for (const [name, page] of Object.entries(pages)) {
		needs("mandoc")(`${name} has no mistake that mandoc knows, but for the date that none has`, () => {
			const read = Bun.spawnSync(["mandoc", "-T", "lint", "-W", "warning"], { stdin: Buffer.from(page) });
			const found = read.stdout
				.toString()
				.split("\n")
				.filter((line) => line !== "" && !line.includes("missing date"));
			expect(found).toEqual([]);
		});
	}

	for (const name of commandNames) {
		needs("mandoc")(`ns-${name}(1) has every option with what it does, and the parts of a page`, () => {
			const text = rendered(commandPage(name, "1.2.3"));
			const flat = text.replace(/\s+/g, " ");
			for (const { name: option, short, negatable, doc } of optionsOf(name)) {
				const flags = `${short ? `-${short}, ` : ""}--${option}`;
				expect(text.split("\n").some((line) => line.trimStart().startsWith(flags))).toBe(true);
				if (negatable) expect(text).toContain(`--no-${option}`);
				expect(flat).toContain(doc.replace(/\s+/g, " "));
			}
			for (const part of ["SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"])
				expect(text).toContain(`\n${part}\n`);
		});

		test(`the examples of ${name} are command lines of ns`, () => {
			for (const [shows, line] of prose[name].examples) {
				expect(shows).toEndWith(":");
				const [ns, command, ...words] = line.match(/'[^']*'|\S+/g) ?? [];
				expect([ns, commandNames.find((one) => one === command)]).toEqual(["ns", command]);
				expect(readArgv(words, optionsOf(command as CommandName)).problems).toEqual([]);
			}
		});
	}
});

describe("`helpText`", () => {
	test("is that of everything, of a command, or a manual page", () => {
		expect(helpText([], "1.2.3")).toStartWith("Linux namespaces from Bun\n");
		expect(helpText(["tree"], "1.2.3")).toContain("Usage: ns tree [OPTIONS] [TARGET]\n");
		expect(helpText(["--man"], "1.2.3")).toBe(pages["ns.1"] ?? "");
		expect(helpText(["--man", "run"], "1.2.3")).toBe(pages["ns-run.1"] ?? "");
		expect(helpText(["run", "--man"], "1.2.3")).toBe(pages["ns-run.1"] ?? "");
	});

	test("names everything that is wrong", () => {
		const problems = (words: string[]) => {
			try {
				helpText(words, "1.2.3");
			} catch (error) {
				if (error instanceof UsageError) return error.problems.map(({ code, hint }) => `${code}: ${hint}`);
			}
			return [];
		};
		expect(problems(["tre"])).toEqual(["COMMAND_UNKNOWN: did you mean ns tree?"]);
		expect(problems(["run", "tree"])).toEqual(["WORD_UNEXPECTED: ns help [--man] [COMMAND]"]);
		expect(problems(["constructor", "x"])).toHaveLength(2);
	});
});
