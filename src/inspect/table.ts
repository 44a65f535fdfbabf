/** Text in columns. */
import { printable } from "../plan/text.ts";

/** Rows with their cells below each other; the last cell is as long as it is. Cells are made visible. */
export function table(rows: readonly (readonly string[])[]): string[] {
	const shown = rows.map((row) => row.map(printable));
	const widths: number[] = [];
	for (const row of shown)
		for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, i === row.length - 1 ? 0 : cell.length);
	return shown.map((row) =>
		row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join("  "),
	);
}
