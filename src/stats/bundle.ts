/**
 * How files of control groups travel in one stream: first when they were read, as `struct timespec`, then for each a record
 * separator, the name, a newline, what was read.
 */
import { fromBytes } from "../bytes.ts";
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

/** Bytes of `struct timespec`. */
export const timeSize = 16;

/** What a stream holds: the files, and the microseconds of CLOCK_MONOTONIC at which they were read, where it was written. */
export function readBundle(stream: Uint8Array): { readonly end: number | undefined; readonly files: StatFile[] } {
	if (stream.length < timeSize) return { end: undefined, files: [] };
	const view = new DataView(stream.buffer, stream.byteOffset, timeSize);
	const end = Number(view.getBigInt64(0, true) * 1_000_000n + view.getBigInt64(8, true) / 1000n);
	return { end, files: unbundled(fromBytes(stream.subarray(timeSize))) };
}
