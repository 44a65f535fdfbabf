/** The options of `ns create`: what run can do to namespaces, and nothing that only a command has. */
import { options as all, type Category, type Option } from "../options.ts";

/** What stays in the namespaces when there is no command. */
const categories: readonly Category[] = ["namespaces", "ids", "files", "names and clocks", "network"];

const asRun = all.filter(
	({ name, category, commands }) => commands.includes("run") && (categories.includes(category) || name === "pid-max"),
);

export const options: readonly Option[] = [
	...asRun.map((one) => ({ ...one, commands: ["create"] as const })),
	{ name: "json", category: "output", doc: "Print what is kept, and by what, as JSON", commands: ["create"] },
];
