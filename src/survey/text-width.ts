/** How much room text takes in a terminal. */

/** Ranges of characters that take two columns: East Asian wide and full-width, and emoji. */
// biome-ignore format: a table
const wide: readonly (readonly [number, number])[] = [
	[0x1100, 0x115f], [0x2329, 0x232a], [0x2e80, 0x303e], [0x3041, 0xa4cf], [0xa960, 0xa97f], [0xac00, 0xd7a3],
	[0xf900, 0xfaff], [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6], [0x1f300, 0x1faff], [0x20000, 0x3fffd],
];

const combining = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

function columnsOfOne(character: string): number {
	const code = character.codePointAt(0) ?? 0;
	if (code < 0x300) return 1;
	if (combining.test(character)) return 0;
	return wide.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** The columns that `text` takes. */
export function columnsOf(text: string): number {
	let sum = 0;
	for (const character of text) sum += columnsOfOne(character);
	return sum;
}

/** As much of `text` as `room` columns hold; where that is not all of it, `sign` is at the end. */
export function cutTo(text: string, room: number, sign: string): string {
	if (columnsOf(text) <= room) return text;
	const left = room - columnsOf(sign);
	let [kept, taken] = ["", 0];
	for (const character of text) {
		taken += columnsOfOne(character);
		if (taken > left) break;
		kept += character;
	}
	return left < 0 ? sign.slice(0, Math.max(room, 0)) : `${kept}${sign}`;
}
