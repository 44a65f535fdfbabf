/** Numbers as the tools read them, with their words for what is none. strtoimax(3). */
import { type Called, failure, type ToolEnd } from "./end.ts";

const most = 2n ** 63n - 1n;
const least = -(2n ** 63n);
/** What strtol(3) takes: white space, a sign, and nothing behind the digits. */
const decimal = /^[ \t\n\v\f\r]*([+-]?\d+)$/;
const outOfRange = "Numerical result out of range";

/** A number from 0 on; `"range"` for one that is negative or too large, `undefined` for what is none. */
export function natural(text: string): bigint | "range" | undefined {
	const digits = decimal.exec(text)?.[1];
	if (digits === undefined) return undefined;
	const value = BigInt(digits.replace("+", ""));
	return value < 0n || value > 2n ** 64n - 1n ? "range" : value;
}

/** A number from 0 on, cut to the 32 bits of a user or group id as the kernel gets them. Throws what the tool says. */
export function idNumber(called: Called, text: string, complaint: string): number {
	const value = natural(text);
	if (typeof value !== "bigint") throw numberFailure(called, text, complaint, value === "range");
	return Number(BigInt.asUintN(32, value));
}

/** A number that may be negative, of 64 bits. Throws what the tool says. */
export function integer(called: Called, text: string, complaint: string): bigint {
	const digits = decimal.exec(text)?.[1];
	const value = digits === undefined ? undefined : BigInt(digits.replace("+", ""));
	if (value === undefined || value > most || value < least) {
		throw numberFailure(called, text, complaint, value !== undefined);
	}
	return value;
}

/** What the tools say of a number that is none, or out of its range. */
export const numberFailure = (called: Called, text: string, complaint: string, range: boolean): ToolEnd =>
	failure(called, `${complaint}: '${text}'${range ? `: ${outOfRange}` : ""}`);
