/** Values as they are written, read strictly: one slip must not become another limit. */

const units: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** A number of bytes: `4096`, `"256M"`, `"1.5G"`; rounded down to a whole one. `undefined` for every other value. */
export function bytesOf(value: number | string): number | undefined {
	if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
	const unit = units[value.slice(-1)];
	const digits = unit === undefined ? value : value.slice(0, -1);
	if (unit === undefined && digits.includes(".")) return undefined;
	const number = decimalOf(digits);
	const bytes = number === undefined ? Number.NaN : Math.floor(number * (unit ?? 1));
	return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A decimal number from 0 on, without sign, exponent, leading zeros or spaces; `undefined` for every other text. */
export function decimalOf(text: string): number | undefined {
	return /^(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,9})?$/.test(text) ? Number(text) : undefined;
}

/** The highest number that a processor or a memory node has: CONFIG_NR_CPUS is 8192 at most. */
const last = 8191;

/** A list such as `0-1,3`, in order and without repetition; `undefined` for every other text. cpuset(7). */
export function numbersOf(text: string): number[] | undefined {
	const found = new Set<number>();
	for (const part of text.split(",")) {
		const range = /^(0|[1-9][0-9]{0,3})(?:-(0|[1-9][0-9]{0,3}))?$/.exec(part);
		if (!range) return undefined;
		const from = Number(range[1]);
		const to = Number(range[2] ?? range[1]);
		if (from > to || to > last) return undefined;
		for (let number = from; number <= to; number++) found.add(number);
	}
	return [...found].sort((a, b) => a - b);
}

/** A size as people write it: `256M`, and in bytes where no unit goes into it. */
export function sizeText(bytes: number): string {
	for (const unit of ["T", "G", "M", "K"]) {
		const size = units[unit] ?? 1;
		if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
	}
	return `${bytes}`;
}
