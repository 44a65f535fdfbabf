/** The options of `ns doctor`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [
	{
		name: "all",
		category: "output",
		doc: "Say what was tried and found of everything, and not only of what is missing or limited",
		commands: ["doctor"],
	},
	{
		name: "json",
		category: "output",
		doc: "Print the findings as JSON: id, group, title, state, found, lost, remedy, tries, essential",
		commands: ["doctor"],
	},
];
