/**
 * The command's environment. What is inherited is decided first, wherever the options for it stand: everything, nothing
 * with --clear-env, only what is named with --keep-env. Then --setenv and --unsetenv are done in the order given.
 */
import { nameOf, wrongName } from "../src/profile/environment.ts";
import type { EnvironmentOptions } from "../src/profile/types.ts";
import type { Reader } from "./reader.ts";

const options = ["setenv", "unsetenv", "clear-env", "keep-env"];

/** What these options say of the environment; `undefined` when nothing. */
export function environmentPart(reader: Reader): EnvironmentOptions | undefined {
	if (!reader.given.some(({ name }) => options.includes(name))) return undefined;
	const keep = keptNames(reader);
	// Without a prototype: a variable may have any name.
	const set: Record<string, string> = Object.create(null);
	const unset = new Set<string>();
	for (const { name: option, value } of reader.given) {
		if (typeof value !== "string" || (option !== "setenv" && option !== "unsetenv")) continue;
		const name = option === "setenv" ? nameOf(value) : value;
		const complete = option === "unsetenv" || value.includes("=");
		if (!complete) {
			reader.problem("VARIABLE_INVALID", `--setenv ${JSON.stringify(value)} gives no value`, "write NAME=VALUE");
		} else if (isName(reader, option, name)) {
			delete set[name];
			unset.delete(name);
			if (option === "setenv") set[name] = value.slice(name.length + 1);
			else unset.add(name);
		}
	}
	return {
		clear: reader.flag("clear-env"),
		keep,
		set: Object.keys(set).length === 0 ? undefined : set,
		unset: unset.size === 0 ? undefined : [...unset],
	};
}

/** The caller's variables that the command gets alone. */
function keptNames(reader: Reader): string[] | undefined {
	const lists = reader.each("keep-env");
	if (lists.length === 0) return undefined;
	const kept = new Set<string>();
	for (const list of lists) for (const name of list.split(",")) if (isName(reader, "keep-env", name)) kept.add(name);
	return [...kept];
}

function isName(reader: Reader, option: string, name: string): boolean {
	const wrong = wrongName(name);
	if (wrong === undefined) return true;
	reader.problem("VARIABLE_INVALID", `--${option}: the name ${JSON.stringify(name)} ${wrong}`, "name a variable");
	return false;
}
