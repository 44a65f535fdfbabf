import type { ArgsDef } from "citty";
import { type CommandName, optionsOf } from "./options.ts";

/** The option table in citty's form. */
export function cittyArgs(command: CommandName): ArgsDef {
	return Object.fromEntries(
		optionsOf(command).map(({ name, short, value, doc }) => [
			name,
			{
				type: value === undefined ? ("boolean" as const) : ("string" as const),
				description: doc,
				...(short ? { alias: short } : {}),
				...(value === undefined ? {} : { valueHint: value }),
			},
		]),
	);
}
