import { expect, test } from "bun:test";
import fc from "fast-check";
import { pieces } from "../../cli/run.ts";

test("a text is taken apart into arguments that the kernel takes, and no character is", () => {
	const text = fc.array(fc.constantFrom("a", "é", "€", "😀", "\udcff"), { minLength: 0, maxLength: 10 });
	fc.assert(
		fc.property(text, fc.nat(20_000), (parts, times) => {
			const whole = parts.join("").repeat(times);
			const made = pieces(whole);
			expect(made.join("") === whole).toBe(true);
			for (const piece of made) {
				expect(Buffer.byteLength(piece)).toBeLessThan(128 * 1024);
				expect(/^[\udc00-\udfff]/.test(piece) && !piece.startsWith("\udcff")).toBe(false);
			}
		}),
		{ numRuns: 30 },
	);
	expect(pieces("")).toEqual([]);
});
