/** Spans of time as people write them. */

const units: Readonly<Record<string, bigint>> = {
	ns: 1n,
	us: 1_000n,
	ms: 1_000_000n,
	s: 1_000_000_000n,
	m: 60_000_000_000n,
	h: 3_600_000_000_000n,
	d: 86_400_000_000_000n,
	w: 604_800_000_000_000n,
};

const part = /(\d+)(?:\.(\d+))?(ns|us|ms|s|m|h|d|w)?/y;

/**
 * Nanoseconds of a span such as `"1d"`, `"-90s"`, `"+1h30m"`, `"1.5"` (seconds are the unit where none is given).
 * `undefined` when the text is none, or when it names a part of a nanosecond.
 *
 * @example
 * ```ts
 * import { parseDuration } from "nskit";
 * console.log(parseDuration("-1.5s")); // -1500000000n
 * ```
 */
export function parseDuration(text: string): bigint | undefined {
	const sign = text.startsWith("-") ? -1n : 1n;
	const body = /^[+-]/.test(text) ? text.slice(1) : text;
	if (body === "") return undefined;
	let sum = 0n;
	part.lastIndex = 0;
	while (part.lastIndex < body.length) {
		const match = part.exec(body);
		if (!match) return undefined;
		const [, whole = "", fraction = "", unit = "s"] = match;
		const scale = 10n ** BigInt(fraction.length);
		const exact = BigInt(whole + fraction) * (units[unit] ?? 0n);
		if (exact % scale !== 0n) return undefined;
		sum += exact / scale;
	}
	return sign * sum;
}

/** Nanoseconds of a number of seconds, a bigint of nanoseconds, or a text; `undefined` for what is no span of time. */
export function exactNanoseconds(span: number | bigint | string | undefined): bigint | undefined {
	if (typeof span === "bigint") return span;
	if (typeof span === "string") return parseDuration(span);
	if (typeof span !== "number" || !Number.isFinite(span)) return undefined;
	const whole = Math.trunc(span);
	return BigInt(whole) * 1_000_000_000n + BigInt(Math.round((span - whole) * 1e9));
}
