/** The options of `ns remove`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [
	{ name: "all", category: "namespaces", doc: "All names of yours", commands: ["remove"] },
	{
		name: "force",
		category: "lifetime",
		doc: "End also processes that have only joined",
		commands: ["remove"],
	},
	{
		name: "grace",
		value: "TIME",
		category: "lifetime",
		doc: "How long processes have from SIGTERM to SIGKILL; 5s when nothing is said",
		commands: ["remove"],
	},
	{ name: "json", category: "output", doc: "Print which names were taken away, as JSON", commands: ["remove"] },
];
