/** Texts of the kernel that count something, line by line. */
import { errnoNumber } from "../../linux/errno.ts";
import { Label, type Slot } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** So much of a text is looked at. */
const countsSize = 512;

const [space, zero] = [0x20, 0x30];

/** Makes `result` -ENODATA unless `word`, of eight letters, stands there with a space and a number above 0 behind it. */
export function emitCounts(
	{ asm, slot, buffer }: Machine,
	{ counts, word }: { counts: string; word: string },
	result: Slot | undefined,
): void {
	const text = buffer(counts, countsSize);
	const [at, wanted, found] = [slot("counts.at"), slot("counts.word"), slot("counts.found")];
	const [loop, next, none, done] = [new Label(), new Label(), new Label(), new Label()];
	asm.load(wanted, asm.string(word), 0);
	asm.set(at, 0);
	asm.place(loop);
	asm.jumpIfBelow(countsSize - 16, at, none);
	asm.load(found, text, at);
	const behind = new Label();
	asm.jumpIfEqual(found, wanted, behind);
	asm.place(next);
	asm.compute(at, "add", at, 1);
	asm.jump(loop);
	asm.place(behind);
	const [rest, byte] = [slot("counts.rest"), slot("counts.byte")];
	asm.compute(rest, "add", at, 8);
	asm.load(rest, text, rest);
	asm.compute(byte, "and", rest, 0xff);
	const spaced = new Label();
	asm.jumpIfEqual(byte, space, spaced);
	asm.jump(next);
	asm.place(spaced);
	asm.compute(byte, "shr", rest, 8);
	asm.compute(byte, "and", byte, 0xff);
	asm.jumpIfEqual(byte, zero, none);
	asm.jump(done);
	asm.place(none);
	if (result) asm.set(result, -errnoNumber("ENODATA"));
	asm.place(done);
}
