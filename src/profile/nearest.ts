/** What somebody may have meant. */

/** The candidate that takes the fewest edits to reach, if they are few enough to be a slip. */
export function nearest(word: string, among: readonly string[]): string | undefined {
	const most = Math.max(1, Math.floor(word.length / 3));
	// Words of such a length are no slip of any name, and would take long to compare.
	if (word.length > 64) return undefined;
	const ranked = among.map((name) => ({ name, edits: distance(word, name) })).toSorted((a, b) => a.edits - b.edits);
	const best = ranked[0];
	return best && best.edits <= most ? best.name : undefined;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
			next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[b.length] ?? 0;
}
