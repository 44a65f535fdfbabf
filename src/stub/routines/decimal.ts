import { Label, type Slot } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** Digits of the largest 64-bit number. */
export const mostDigits = 20;
const zero = 0x30;

/**
 * Writes `value` in decimal digits to where `at` points, and moves `at` behind them: each digit is how often a power of ten
 * can be subtracted. Takes `value` apart. Seven bytes behind the digits are overwritten.
 */
export function emitDecimal({ asm, slot }: Machine, value: Slot, at: Slot): void {
	const powers: number[] = [];
	for (let exponent = mostDigits - 1; exponent >= 0; exponent--) powers.push(10 ** exponent);
	const [power, entry, digit, begun] = [
		slot("decimal.power"),
		slot("decimal.entry"),
		slot("decimal.digit"),
		slot("decimal.begun"),
	];
	const [next, subtract, place] = [new Label(), new Label(), new Label()];
	const [write, skip, end] = [new Label(), new Label(), new Label()];

	asm.set(entry, asm.table([...powers, 0]));
	asm.set(begun, 0);
	asm.place(next);
	asm.load(power, entry, 0);
	asm.compute(entry, "add", entry, 8);
	asm.jumpIfEqual(power, 0, end);
	asm.set(digit, zero);
	asm.place(subtract);
	asm.jumpIfBelow(value, power, place);
	asm.compute(value, "sub", value, power);
	asm.compute(digit, "add", digit, 1);
	asm.jump(subtract);

	// Zeros before the first other digit are left out, but for the last.
	asm.place(place);
	asm.jumpIfBelow(zero, digit, write);
	asm.jumpIfEqual(power, 1, write);
	asm.jumpIfEqual(begun, 0, skip);
	asm.place(write);
	asm.store(at, 0, digit);
	asm.compute(at, "add", at, 1);
	asm.set(begun, 1);
	asm.place(skip);
	asm.jump(next);
	asm.place(end);
}
