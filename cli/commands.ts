/** The commands that citty runs. `run` is not among them: it has to start in little more time than a program that does nothing. */
import { type CommandDef, runCommand } from "citty";
import type { ReadArgv } from "./argv.ts";
import type { CommandName } from "./options.ts";

const definitions: Readonly<Record<Exclude<CommandName, "run">, () => Promise<{ default: CommandDef }>>> = {
	plan: () => import("./plan.ts"),
	bench: () => import("./bench.ts"),
	diff: () => import("./diff.ts"),
	commit: () => import("./commit.ts"),
	discard: () => import("./discard.ts"),
	import: () => import("./import.ts"),
	selftest: () => import("./selftest.ts"),
};

/** Runs a command with the options that were read. Returns its exit code. */
export async function dispatch(name: keyof typeof definitions, read: ReadArgv): Promise<number> {
	const { default: definition } = await definitions[name]();
	const { result } = await runCommand(definition, { rawArgs: [...read.clean], data: read });
	return typeof result === "number" ? result : 0;
}
