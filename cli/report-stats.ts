/** What the helper of a run with `--stats` executes at its end: the numbers come from standard input. */
import { readUpTo } from "../src/descriptors.ts";
import { jsonText } from "../src/plan/text.ts";
import { readBundle } from "../src/stats/bundle.ts";
import { statsOf } from "../src/stats/parse.ts";
import { statsText } from "../src/stats/text.ts";
import { wholeNumber } from "./numbers.ts";
import { write } from "./output.ts";

/** How numbers are written. */
export const forms = ["text", "json"] as const;
export type StatsForm = (typeof forms)[number];

/** No more is ever written: so many files of so many bytes. */
const mostBytes = 1024 * 1024;

/** Writes to standard error, so that what the command wrote stays as it is. `words` are the form and the time of the start. */
export function reportStats([form, since = ""]: readonly string[]): void {
	const { end, files } = readBundle(readUpTo(0, mostBytes) ?? new Uint8Array());
	const start = wholeNumber(since);
	const stats = statsOf(files, { wall: start === undefined || end === undefined ? undefined : end - start });
	write(2, form === "json" ? jsonText(stats) : statsText(stats));
}
