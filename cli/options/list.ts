/** The options of `ns list`. */
import type { Option } from "../options.ts";

const rows: readonly Omit<Option, "commands" | "category">[] = [
	{
		name: "output",
		short: "o",
		value: "COLUMN,...",
		doc: "Show these columns; +COLUMN,... adds to the usual ones, all shows every one",
	},
	{ name: "type", short: "t", value: "TYPE,...", repeat: true, doc: "Only namespaces of this type, such as net" },
	{
		name: "filter",
		short: "Q",
		value: "EXPRESSION",
		doc: `Only those for which this is true, such as 'TYPE == "net" && NPROCS > 1'`,
	},
	{ name: "persistent", short: "P", doc: "Only namespaces without processes" },
	{ name: "named", doc: "Only namespaces that have a name" },
	{ name: "sort", value: "[-]COLUMN", doc: "Sort by this column; -COLUMN the other way round" },
	{ name: "list-columns", short: "H", doc: "Name the columns, and look at nothing" },
	{ name: "noheadings", short: "n", doc: "No line of headings" },
	{ name: "raw", short: "r", doc: "No alignment: a tab between fields, a backslash before what is no plain text" },
	{ name: "no-truncate", short: "u", doc: "Lines as long as they are, also at a terminal" },
];

export const options: readonly Option[] = rows.map((row) => ({ ...row, category: "output", commands: ["list"] }));
