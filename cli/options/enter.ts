/** The options of `ns enter`. Letters are those of nsenter(1) where it has them. */
import { namespaces } from "../../src/plan/namespaces.ts";
import { namespaceLetters } from "../letters.ts";
import type { Category, Option } from "../options.ts";

/** What `ns run` has about processes means the same here. */
const categories: readonly Category[] = [
	"terminal",
	"processes",
	"privileges",
	"environment",
	"input and output",
	"limits and priorities",
	"lifetime",
];
/** What is about namespaces that are made, and what is another option here. */
const left: readonly string[] = [
	...["init", "pid-max", "fork", "kill-child", "wd", "setuid", "setgid"],
	...["strict", "disable-userns", "file-label", "again", "delay", "listen", "most", "name"],
];

const rows: readonly Omit<Option, "commands">[] = [
	{
		name: "all",
		short: "a",
		category: "namespaces",
		doc: "Everything of the target: --root --wd --env --join-cgroup --setuid follow --setgid follow",
	},
	...namespaces.map(
		({ kind }): Omit<Option, "commands"> => ({
			name: kind,
			short: namespaceLetters[kind],
			negatable: true,
			category: "namespaces",
			doc: `Enter the ${kind} namespace`,
		}),
	),
	{ name: "user-parent", category: "namespaces", doc: "Enter the user namespace that owns what is entered" },
	{
		name: "net-socket",
		short: "N",
		value: "FD",
		category: "namespaces",
		doc: "Enter the network namespace of the socket that the target's process has as descriptor FD",
	},
	{
		name: "root",
		short: "r",
		value: "DIR",
		optional: true,
		category: "files",
		doc: "Take the root of the target's process, or make DIR inside the root",
	},
	{
		name: "wd",
		short: "w",
		value: "DIR",
		optional: true,
		category: "files",
		doc: "Start in the directory of the target's process, or in DIR inside",
	},
	{ name: "env", short: "e", category: "environment", doc: "Take the environment of the target's process" },
	{ name: "join-cgroup", short: "c", category: "processes", doc: "Enter the control groups of the target's process" },
	{
		name: "setuid",
		short: "S",
		value: "UID|follow",
		category: "processes",
		doc: "The user id inside, or that of the target's process; 0 where a user namespace is entered",
	},
	{
		name: "setgid",
		short: "G",
		value: "GID|follow",
		category: "processes",
		doc: "The group id inside, or that of the target's process, without the caller's other groups",
	},
	{
		name: "preserve-credentials",
		category: "processes",
		doc: "Stay who the caller is in the user namespace that is entered",
	},
];

/** These, and of all options those that mean the same here. The order is that of help. */
export function enterOptions(all: readonly Option[]): readonly Option[] {
	const shared = all.filter(
		({ name, category, commands }) =>
			(name === "args" || categories.includes(category)) && commands.includes("run") && !left.includes(name),
	);
	const sorted: Option[] = [];
	for (const group of ["namespaces", "files", ...categories, "general"])
		for (const row of [...rows, ...shared]) if (row.category === group) sorted.push({ ...row, commands: ["enter"] });
	return sorted;
}
