/** Small makers of steps and calls, so that modules read as lists of what they do. */
import { toBytes } from "../bytes.ts";
import type { Syscall } from "../linux/syscalls.ts";
import { phaseRole } from "./phases.ts";
import type { Arg, Call, Step } from "./types.ts";

/** Constants of the kernel as an argument: `flags("MS_REC|MS_PRIVATE")`. */
export const flags = (names: string): Arg => ({ flags: names });

/** The result of an earlier call as an argument. */
export const ref = (name: string): Arg => ({ ref: name });

/** One system call. */
export function call(name: Syscall, args: readonly Arg[], more: Omit<Call, "name" | "args"> = {}): Call {
	return { name, args, ...more };
}

/** One step, run by whom its phase says unless `who` is given. */
export function step(fields: Omit<Step, "who" | "calls"> & Partial<Pick<Step, "who" | "calls">>): Step {
	return { who: phaseRole(fields.phase), calls: [], ...fields };
}

/** The three calls that write `text` to a file; `directory` is a result of openat(2), or null for an absolute path. */
export function writeFile(directory: string | null, path: string, text: string): Call[] {
	return [
		call("openat", [directory === null ? flags("AT_FDCWD") : ref(directory), path, flags("O_WRONLY|O_CLOEXEC")], {
			result: "file",
		}),
		call("write", [ref("file"), text, toBytes(text).length]),
		call("close", [ref("file")]),
	];
}
