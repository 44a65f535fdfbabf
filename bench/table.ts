/** What a benchmark found: two medians and what their relation may be at most. */
export interface Row {
	readonly what: string;
	readonly ours: number;
	readonly theirs: number;
	readonly unit: "ns" | "us" | "ms" | "kB";
	/** The ratio that is to be reached. */
	readonly most?: number | undefined;
	/** Where a difference is to be reached instead of a ratio. */
	readonly mostMore?: number | undefined;
}

/** The rows as a Markdown table. */
export function markdown(rows: readonly Row[]): string {
	const head =
		"| what | ours | theirs | ratio | difference | wanted | reached |\n| --- | --- | --- | --- | --- | --- | --- |\n";
	return head + rows.map(line).join("");
}

function line({ what, ours, theirs, unit, most, mostMore }: Row): string {
	const ratio = ours / theirs;
	const more = ours - theirs;
	const wanted =
		most !== undefined ? `ratio ≤ ${most}` : mostMore !== undefined ? `difference ≤ ${mostMore} ${unit}` : "";
	const reached = most !== undefined ? ratio <= most : mostMore !== undefined ? more <= mostMore : undefined;
	const number = (value: number) => value.toFixed(unit === "ms" ? 2 : 0);
	const verdict = reached === undefined ? "" : reached ? "yes" : "no";
	return `| ${what} | ${number(ours)} ${unit} | ${number(theirs)} ${unit} | ${ratio.toFixed(2)} | ${number(more)} ${unit} | ${wanted} | ${verdict} |\n`;
}
