/**
 * The command's environment. What is inherited is decided first, wherever the options for it stand: everything, nothing
 * with --clear-env, only what is named with --keep-env. Then --setenv and --unsetenv are done in the order given.
 */
import type { Reader } from "./reader.ts";

const options = ["setenv", "unsetenv", "clear-env", "keep-env"];

/** The environment that these options make of the caller's. */
export function commandEnvironment(reader: Reader, callers: readonly string[]): readonly string[] {
	if (!reader.given.some(({ name }) => options.includes(name))) return callers;
	let env = inherited(reader, callers);
	for (const { name: option, value } of reader.given) {
		if (typeof value !== "string" || (option !== "setenv" && option !== "unsetenv")) continue;
		const name = option === "setenv" ? nameOf(value) : value;
		const complete = option === "unsetenv" || value.includes("=");
		if (!complete) {
			reader.problem("VARIABLE_INVALID", `--setenv ${JSON.stringify(value)} gives no value`, "write NAME=VALUE");
		} else if (isName(reader, option, name)) {
			env = env.filter((variable) => nameOf(variable) !== name);
			if (option === "setenv") env.push(value);
		}
	}
	return env;
}

/** Of the caller's variables those that the command gets. */
function inherited(reader: Reader, callers: readonly string[]): string[] {
	const lists = reader.each("keep-env");
	if (lists.length === 0) return reader.flag("clear-env") ? [] : [...callers];
	const kept = new Set<string>();
	for (const list of lists) for (const name of list.split(",")) if (isName(reader, "keep-env", name)) kept.add(name);
	return callers.filter((variable) => kept.has(nameOf(variable)));
}

const nameOf = (variable: string): string => variable.split("=", 1)[0] ?? "";

function isName(reader: Reader, option: string, name: string): boolean {
	const wrong =
		name === "" ? "is empty" : name.includes("=") ? "holds =" : name.includes("\0") ? "holds a NUL byte" : "";
	if (wrong === "") return true;
	reader.problem("VARIABLE_INVALID", `--${option}: the name ${JSON.stringify(name)} ${wrong}`, "name a variable");
	return false;
}
