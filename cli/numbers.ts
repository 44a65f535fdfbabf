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
