/** Changes in words. */
import { printable } from "../plan/text.ts";
import type { Change } from "./types.ts";

const letters = { added: "A", changed: "M", removed: "D" } as const;

/**
 * The changes of a layer for a person to read, one line each: `A path`, `M path (content, mode)`, `D path`. Control
 * characters in names are escaped.
 *
 * @example
 * ```ts
 * import { changesText } from "nskit";
 * console.log(changesText([{ path: "notes", kind: "changed", type: "file", what: ["mode"] }])); // M notes (mode)
 * ```
 */
export function changesText(changes: readonly Change[]): string {
	return changes
		.map(({ path, kind, what }) => {
			const reasons = what.length === 0 ? "" : ` (${what.join(", ")})`;
			return `${letters[kind]} ${printable(path)}${reasons}`;
		})
		.join("\n");
}
