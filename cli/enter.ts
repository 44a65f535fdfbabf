import type { ReadArgv } from "./argv.ts";
import { UsageError } from "./usage.ts";

/** `ns enter`: turns this process into a command in the namespaces of the target. Returns only by throwing. */
export function enter(_read: ReadArgv): never {
	throw new UsageError([{ code: "NOT_YET", message: "ns enter is not there yet" }]);
}
