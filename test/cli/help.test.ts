import { describe, expect, test } from "bun:test";
import { commandHelp, commands, mainHelp, unknownCommand } from "../../cli/help.ts";
import { commandNames, optionsOf } from "../../cli/options.ts";

const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

describe("`mainHelp`", () => {
	test("names every command with what it does, and the exit codes", () => {
		expect(mainHelp()).toBe(`Linux namespaces from Bun

Usage: ns COMMAND [OPTIONS]

Commands:
${commandNames.map((name) => `  ${name.padEnd(12)}${commands[name].doc}\n`).join("")}
Options:
  -h, --help       Show help; also after a command
  -V, --version    Show the version; with --json, also what can be done here

Called as unshare, nsenter or lsns, or with one of these as the command, it takes that tool's options.

Exit codes: the command's own; 128+N when signal N ended it; 125 when ns failed, 126 when the command
cannot be executed, 127 when it was not found
`);
		expect(Object.keys(commands)).toEqual([...commandNames]);
	});
});

describe("`commandHelp`", () => {
	for (const name of commandNames) {
		test(`shows every option of \`${name}\` once, with its explanation`, () => {
			const text = commandHelp(name);
			expect(text).toStartWith(`${commands[name].doc}\n\nUsage: ${commands[name].usage}\n\n`);
			const shown = [...text.matchAll(/^ {2}(?:-(\w), | {4})--(?:(\[no-\]))?([\w-]+)(?:\[=(\S+)\]| (\S+))?/gm)];
			expect(shown.map(([, short, no, option, optional, value]) => ({ short, no, option, optional, value }))).toEqual(
				optionsOf(name).map(({ name, short, negatable, optional, value }) => ({
					short,
					no: negatable ? "[no-]" : undefined,
					option: name,
					optional: optional ? value : undefined,
					value: optional ? undefined : value,
				})),
			);
			for (const { doc } of optionsOf(name)) expect(text.split(`  ${doc}\n`)).toHaveLength(2);
		});

		test(`of \`${name}\` has explanations in one column, no tab, and no line that is too long`, () => {
			const text = commandHelp(name);
			expect(widest(text)).toBeLessThan(140);
			expect(text).not.toMatch(/\t| $/m);
			const columns = optionsOf(name).map(({ doc }) =>
				text
					.split("\n")
					.find((line) => line.endsWith(`  ${doc}`))
					?.indexOf(doc),
			);
			expect(new Set(columns)).toEqual(new Set([28]));
		});
	}

	test("groups options under titles, in the table's order", () => {
		const titles = [...commandHelp("plan").matchAll(/^([A-Z][a-z ]+):$/gm)].map(([, title]) => title);
		expect(titles).toEqual([
			...["Namespaces", "Ids", "Files", "Terminal", "Processes", "Environment", "Input and output"],
			...["Limits and priorities", "Resources", "Privileges", "Lifetime", "Names and clocks", "Network", "Interfaces"],
			...["Output", "General"],
		]);
	});
});

describe("`unknownCommand`", () => {
	test("suggests the command that was meant", () => {
		expect(unknownCommand("bensh").problems).toEqual([
			{ code: "COMMAND_UNKNOWN", message: 'there is no command "bensh"', hint: "did you mean ns bench?" },
		]);
		expect(unknownCommand("\u001b[31m").problems).toEqual([
			{ code: "COMMAND_UNKNOWN", message: 'there is no command "\\u001b[31m"', hint: "see ns --help" },
		]);
	});
});
