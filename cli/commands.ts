/** The commands that citty runs. `run` and `enter` are not among them: they have to start in little more time than a program that does nothing. */
import { type CommandDef, runCommand } from "citty";
import type { ReadArgv } from "./argv.ts";
import type { CommandName } from "./options.ts";

const definitions: Readonly<Record<Exclude<CommandName, "run" | "enter">, () => Promise<{ default: CommandDef }>>> = {
	plan: () => import("./plan.ts"),
	create: () => import("./create.ts"),
	list: () => import("./list.ts"),
	tree: () => import("./tree.ts"),
	inspect: () => import("./inspect.ts"),
	remove: () => import("./remove.ts"),
	stats: () => import("./stats.ts"),
	top: () => import("./top.ts"),
	set: () => import("./set.ts"),
	pause: () => import("./pause.ts"),
	resume: () => import("./resume.ts"),
	doctor: () => import("./doctor.ts"),
	bench: () => import("./bench.ts"),
	diff: () => import("./diff.ts"),
	commit: () => import("./commit.ts"),
	discard: () => import("./discard.ts"),
	import: () => import("./import.ts"),
	selftest: () => import("./selftest.ts"),
	completion: () => import("./completion.ts"),
};

/** Runs a command with the options that were read. Returns its exit code. */
export async function dispatch(name: keyof typeof definitions, read: ReadArgv): Promise<number> {
	const { default: definition } = await definitions[name]();
	const { result } = await runCommand(definition, { rawArgs: [...read.clean], data: read });
	return typeof result === "number" ? result : 0;
}
