/** Strings and bytes that are only known when the program runs. */
import { toBytes } from "../../bytes.ts";
import type { Composed, Fill } from "../../plan/calls.ts";
import type { Address } from "../assembler.ts";
import { emitDecimal, mostDigits } from "./decimal.ts";
import type { Machine } from "./machine.ts";

/** Puts the string together in memory of its own, by the name `name`. */
export function emitText(machine: Machine, name: string, { text }: Composed): Address {
	const { asm, slot, buffer } = machine;
	let size = 8;
	for (const part of text) size += typeof part === "string" ? (toBytes(part).length + 7) & ~7 : mostDigits + 8;
	const start = buffer(name, size);
	const [at, word] = [slot("text.at"), slot("text.word")];
	asm.set(at, start);
	for (const part of text) {
		if (typeof part === "string") {
			const from = asm.string(part);
			const { length } = toBytes(part);
			// What is copied beyond the end is overwritten by what follows.
			for (let offset = 0; offset < length; offset += 8) {
				asm.load(word, from, offset);
				asm.store(at, offset, word);
			}
			asm.compute(at, "add", at, length);
		} else {
			asm.set(word, slot(part.ref));
			emitDecimal(machine, word, at);
		}
	}
	asm.store(at, 0, 0);
	return start;
}

/** These bytes, with what is known by now filled in. */
export function emitFilled(machine: Machine, bytes: readonly number[], fill: readonly Fill[]): Address {
	const { asm, slot } = machine;
	// A word that begins at the last number ends behind it.
	const start = asm.bytes([...bytes, ...new Array<number>(8).fill(0)]);
	const [at, word] = [slot("fill.at"), slot("fill.word")];
	for (const { at: offset, ref, as } of fill) {
		if (as === "digits") {
			asm.set(word, slot(ref));
			asm.compute(at, "add", start, offset);
			emitDecimal(machine, word, at);
		} else {
			asm.compute(word, "and", slot(ref), 0xffffffff);
			asm.compute(word, "or", word, 0x1_0000_0000 * numberAt(bytes, offset + 4));
			asm.store(start, offset, word);
		}
	}
	return start;
}

/** The 32-bit number at an offset, little-endian; 0 where there are no more bytes. */
function numberAt(bytes: readonly number[], offset: number): number {
	let number = 0;
	for (let i = 3; i >= 0; i--) number = 256 * number + (bytes[offset + i] ?? 0);
	return number;
}
