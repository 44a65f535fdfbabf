/** The options of the commands about running sandboxes. */
import type { CommandName, Option } from "../options.ts";
import { resourceRows } from "./resources.ts";

const json = (command: CommandName, doc: string): Option => ({
	...{ name: "json", category: "output", doc },
	commands: [command],
});

/** What is decided when a sandbox is started. */
const fixed: readonly string[] = ["device-allow", "cgroup-parent", "limits-best-effort", "stats"];

export const statsOptions: readonly Option[] = [json("stats", "Print the same as JSON")];

export const topOptions: readonly Option[] = [
	{
		name: "interval",
		value: "TIME",
		category: "output",
		doc: "How long from one look to the next; 1s when nothing is said",
		commands: ["top"],
	},
	{ name: "once", category: "output", doc: "Look once, also at a terminal", commands: ["top"] },
	json("top", "Look once, and print everything as JSON"),
];

/** The limits that a run has too. */
export const setOptions: readonly Option[] = resourceRows
	.filter(({ name }) => !fixed.includes(name))
	.map((row) => ({ ...row, commands: ["set"] }));
