/** Reading numbers: digits and nothing else, so that no slip becomes another number. */

/** A whole number from 0 on, without sign, leading zeros, spaces or fractions; `undefined` for every other text. */
export function wholeNumber(text: string): number | undefined {
	const number = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
	return Number.isSafeInteger(number) ? number : undefined;
}

/** The same with a minus sign in front of what is below 0. */
export function signedNumber(text: string): number | undefined {
	const size = wholeNumber(text.startsWith("-") ? text.slice(1) : text);
	return size !== undefined && text.startsWith("-") ? (size === 0 ? undefined : -size) : size;
}

/** How many bytes a unit has, by its letter. */
const units: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** A number of bytes, such as `4096`, `64K`, `2G`: units are powers of 1,024. `undefined` for every other text. */
export function byteSize(text: string): number | undefined {
	const unit = units[text.slice(-1)];
	const number = wholeNumber(unit === undefined ? text : text.slice(0, -1));
	const size = number === undefined ? Number.NaN : number * (unit ?? 1);
	return Number.isSafeInteger(size) ? size : undefined;
}
