/** The options of `ns create`: what run can do to namespaces, and nothing that only a command has. */
import { namespaceInfo } from "../../src/plan/namespaces.ts";
import type { Category, Option } from "../options.ts";

/** What stays in the namespaces when there is no command. */
const categories: readonly Category[] = ["namespaces", "ids", "files", "names and clocks", "network"];

/** Of all options, those that run has and that a name keeps. */
export function createOptions(all: readonly Option[]): readonly Option[] {
	const options: Option[] = [];
	for (const one of all) {
		const lasts = categories.includes(one.category) || one.name === "pid-max";
		if (lasts && one.commands.includes("run")) options.push({ ...switchOf(one), commands: ["create"] });
	}
	return [
		...options,
		{ name: "json", category: "output", doc: "Print what is kept, and by what, as JSON", commands: ["create"] },
	];
}

/** What leads out of a network lasts as long as a command: a name has a network of its own and no more. */
function switchOf(option: Option): Option {
	if (option.name !== "net") return option;
	const { value, optional, repeat, ...rest } = option;
	return { ...rest, doc: `New net namespace: ${namespaceInfo("net").isolates}` };
}
