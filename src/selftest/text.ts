/** The result as a person reads it. Pure. */
import type { SelftestResult, Untried, Verdict } from "./types.ts";

/** The verdicts, in the order they are counted, with the colour of each as a terminal has them. */
const verdicts: readonly (readonly [Verdict, string])[] = [
	["held", "32"],
	["not held", "1;31"],
	["cannot be tried here", "33"],
	["not part of ns yet", "2"],
	["does not apply", "2"],
];

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));

/** A line for each case, the reason behind it where there is one, and how many there are of each verdict. */
export function selftestText({ rows }: SelftestResult, hasColours: boolean): string {
	const words = widest(rows.map(({ verdict }) => verdict));
	const ids = widest(rows.map(({ id }) => id));
	const lines = rows.map(({ verdict, id, title, because }) => {
		const reason = because === undefined ? "" : `: ${because}`;
		return `${coloured(verdict, words, hasColours)}  ${id.padEnd(ids)}  ${title}${reason}\n`;
	});
	const counts = verdicts.flatMap(([verdict]) => {
		const count = rows.filter((row) => row.verdict === verdict).length;
		return count === 0 ? [] : `${count} ${verdict}`;
	});
	return `${lines.join("")}${counts.join(", ")}\n`;
}

function coloured(verdict: Verdict, width: number, hasColours: boolean): string {
	const colour = verdicts.find(([name]) => name === verdict)?.[1] ?? "0";
	const gap = " ".repeat(width - verdict.length);
	return hasColours ? `\x1b[${colour}m${verdict}\x1b[m${gap}` : `${verdict}${gap}`;
}

/** What there is to try, a line each. */
export function selftestList(rows: readonly Pick<Untried, "id" | "title">[]): string {
	const ids = widest(rows.map(({ id }) => id));
	return rows.map(({ id, title }) => `${id.padEnd(ids)}  ${title}\n`).join("");
}
