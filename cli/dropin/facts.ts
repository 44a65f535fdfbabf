/** What a tool's command line is read with: facts of the calling process, and files that are read when they are needed. */
import type { Host } from "../../src/plan/types.ts";
import { type Called, failure } from "./end.ts";

/** The text of a file, or the error's words, such as `"No such file or directory"`. */
export type ReadText = (path: string) => { readonly text: string } | { readonly error: string };

export interface ToolFacts {
	readonly host: Host;
	/** The caller's `NAME=value`, in order. */
	readonly env: readonly string[];
	readonly cwd: string;
	readonly read: ReadText;
	/** Where a symbolic link leads. */
	readonly link: ReadText;
}

/** A variable of the caller's. */
export const variable = ({ env }: ToolFacts, name: string): string | undefined =>
	env.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

/** A file's text. Throws what the tool says when it cannot be read. */
export function textOf({ read }: ToolFacts, called: Called, path: string, complaint: string): string {
	const result = read(path);
	if ("error" in result) throw failure(called, `${complaint}: ${result.error}`);
	return result.text;
}

/** A file's text, or none. */
export function textOrNone({ read }: ToolFacts, path: string): string {
	const result = read(path);
	return "text" in result ? result.text : "";
}
