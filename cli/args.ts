/** The words of `--args`: what is read from a descriptor of the caller's, where a command line would be too long. */
import { splitStrings } from "../src/bytes.ts";
import { readUpTo } from "../src/descriptors.ts";
import { SystemError } from "../src/ffi.ts";
import type { Problem } from "../src/plan/types.ts";
import { isCallers } from "../src/preflight/descriptors.ts";
import { wholeNumber } from "./numbers.ts";

/** So many bytes are read at most: what is more is no list of words. */
const mostBytes = 16 * 1024 * 1024;

/** The words in the descriptor that `value` names, each of which ends with a NUL byte; or what is wrong with it. */
export function wordsOf(value: string): readonly string[] | Problem {
	const fd = wholeNumber(value);
	const wrong = (code: string, message: string, hint: string): Problem => ({
		code,
		message: `--args ${message}`,
		hint,
	});
	if (fd === undefined || fd > 0x7fffffff) {
		return wrong(
			"DESCRIPTOR_INVALID",
			`${JSON.stringify(value)} is no number of a descriptor`,
			"such as 3, with 3<FILE",
		);
	}
	const hint = "it has to be open in the process that starts ns, as with 3<FILE in a shell";
	try {
		if (!isCallers(fd)) return wrong("DESCRIPTOR_CLOSED", `${fd}: there is no descriptor ${fd}`, hint);
		const bytes = readUpTo(fd, mostBytes);
		if (bytes === undefined) return wrong("ARGS_TOO_LONG", `${fd}: there are more than ${mostBytes} bytes`, hint);
		return splitStrings(bytes);
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
		return wrong("ARGS_UNREADABLE", `${fd}: ${error.message}`, "it has to be open on a file or a pipe, to be read");
	}
}
