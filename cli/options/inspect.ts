/** The options of `ns inspect`. */
import { parts } from "../../src/inspect/types.ts";
import type { Option } from "../options.ts";

export const options: readonly Option[] = [
	{
		name: "only",
		value: "PART,...",
		repeat: true,
		category: "output",
		doc: `Only these parts: ${parts.join(", ")}`,
		commands: ["inspect"],
	},
	{ name: "json", category: "output", doc: "Print the same as JSON", commands: ["inspect"] },
];
