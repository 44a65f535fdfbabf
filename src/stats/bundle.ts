/** How files of control groups travel in one stream: a record separator, the name, a newline, what was read. */
import type { StatFile } from "./types.ts";

/** No name and no number has it: ASCII 30. */
const separator = "\x1e";

/** What stands before the text of a file. */
export const bundleHead = (name: string): string => `${separator}${name}\n`;

/** The files of such a stream. One that could not be read has no text, and is left out. */
export function unbundled(stream: string): StatFile[] {
	const files: StatFile[] = [];
	for (const piece of stream.split(separator)) {
		const end = piece.indexOf("\n");
		if (end > 0 && end < piece.length - 1) files.push({ name: piece.slice(0, end), text: piece.slice(end + 1) });
	}
	return files;
}
