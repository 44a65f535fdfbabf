import { Label, type Slot } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** Counts the bytes of a string, up to its NUL. */
export function emitLength({ asm, slot }: Machine, dst: Slot, text: Slot): void {
	const byte = slot("length.byte");
	const [next, end] = [new Label(), new Label()];
	asm.set(dst, -1);
	asm.place(next);
	asm.compute(dst, "add", dst, 1);
	asm.load(byte, text, dst);
	asm.compute(byte, "and", byte, 0xff);
	asm.jumpIfEqual(byte, 0, end);
	asm.jump(next);
	asm.place(end);
}
