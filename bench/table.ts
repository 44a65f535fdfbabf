/** What a benchmark found: two medians and what their relation may be at most. */
export interface Row {
	readonly what: string;
	readonly ours: number;
	readonly theirs: number;
	readonly unit: "ns" | "us" | "ms" | "kB";
	/** Where each round is compared by itself: the median of the differences, and their quartiles. */
	readonly paired?: { readonly median: number; readonly from: number; readonly to: number };
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

function line({ what, ours, theirs, unit, paired, most, mostMore }: Row): string {
	const ratio = ours / theirs;
	const more = paired?.median ?? ours - theirs;
	const wanted =
		most !== undefined ? `ratio ≤ ${most}` : mostMore !== undefined ? `difference ≤ ${mostMore} ${unit}` : "";
	const reached = most !== undefined ? ratio <= most : mostMore !== undefined ? more <= mostMore : undefined;
	const number = (value: number) => value.toFixed(unit === "ms" ? 2 : 0);
	const verdict = reached === undefined ? "" : reached ? "yes" : "no";
	const spread = paired ? ` (${number(paired.from)} to ${number(paired.to)})` : "";
	return `| ${what} | ${number(ours)} ${unit} | ${number(theirs)} ${unit} | ${ratio.toFixed(2)} | ${number(more)} ${unit}${spread} | ${wanted} | ${verdict} |\n`;
}
