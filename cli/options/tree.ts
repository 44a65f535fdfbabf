/** The options of `ns tree`. */
import type { Option } from "../options.ts";

const commands = ["tree"] as const;

export const options: readonly Option[] = [
	{
		name: "by",
		value: "owner|parent|process",
		category: "output",
		doc: "What stands above what: its owner, what it is nested in, or the parent process; owner when nothing is said",
		commands,
	},
	{
		name: "type",
		short: "t",
		value: "TYPE,...",
		repeat: true,
		category: "output",
		doc: "Only namespaces of these types, such as net, and those above them",
		commands,
	},
	{
		name: "all",
		category: "output",
		doc: "Show each line also where many look alike, instead of counting them",
		commands,
	},
	{
		name: "svg",
		value: "FILE",
		category: "output",
		doc: "Draw the tree as a picture into FILE; - is standard output",
		commands,
	},
];
