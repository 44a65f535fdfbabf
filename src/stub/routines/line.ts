import { Label, type Operand, type Slot } from "../assembler.ts";
import { emitDecimal, mostDigits } from "./decimal.ts";
import type { Machine } from "./machine.ts";

/** A piece of a line: a text in ASCII, and behind it the number that a slot holds. */
export interface LinePart {
	readonly text: string;
	readonly value?: Slot;
	/** Left out when this slot holds 0. */
	readonly unless0?: Slot;
}

/** Writes the parts by one writev(2) to each of these descriptors. Who does not read any more does no harm. */
export function emitLine(machine: Machine, name: string, parts: readonly LinePart[], to: readonly Operand[]): void {
	const { asm, call, slot, buffer } = machine;
	const rows = parts.map(({ text, value, unless0 }) => [
		...[asm.string(text), text.length],
		...[value?.address ?? 0, unless0?.address ?? 0],
	]);
	const vectors = buffer(`${name}.vectors`, 2 * 16 * parts.length);
	const [row, field, vector, value] = [slot("line.row"), slot("line.field"), slot("line.vector"), slot("line.value")];
	const [count, at, start] = [slot("line.count"), slot("line.at"), slot("line.start")];
	const [loop, wanted, next, write] = [new Label(), new Label(), new Label(), new Label()];
	/** `struct iovec`: an address and a length. */
	const push = (address: Operand, length: Operand): void => {
		asm.store(vector, 0, address);
		asm.store(vector, 8, length);
		asm.compute(vector, "add", vector, 16);
		asm.compute(count, "add", count, 1);
	};

	asm.set(row, asm.table([...rows.flat(), 0]));
	asm.set(vector, vectors);
	asm.set(count, 0);
	asm.set(at, buffer(`${name}.digits`, mostDigits * parts.length + 8));
	asm.place(loop);
	asm.load(start, row, 0);
	asm.jumpIfEqual(start, 0, write);
	asm.load(field, row, 24);
	asm.jumpIfEqual(field, 0, wanted);
	asm.load(value, field, 0);
	asm.jumpIfEqual(value, 0, next);
	asm.place(wanted);
	asm.load(field, row, 8);
	push(start, field);
	asm.load(field, row, 16);
	asm.jumpIfEqual(field, 0, next);
	asm.load(value, field, 0);
	asm.set(start, at);
	emitDecimal(machine, value, at);
	asm.compute(field, "sub", at, start);
	push(start, field);
	asm.place(next);
	asm.compute(row, "add", row, 32);
	asm.jump(loop);

	asm.place(write);
	for (const fd of to) call("writev", [fd, vectors, count]);
	emitForgetPipe(machine);
}

/** Takes away the SIGPIPE of a write that nobody reads: it is no signal that somebody has sent. All signals are held back. */
function emitForgetPipe({ asm, call, flags, buffer }: Machine): void {
	const pipe = asm.table([1 << (flags("SIGPIPE") - 1)]);
	call("rt_sigtimedwait", [pipe, 0, buffer("pipe.now", 16), 8]);
}

/** POLLOUT as the `events` of a `struct pollfd` that is written as one 64-bit word. poll(2) */
const pollOut = 0x4_0000_0000;
const reventsShift = 48;

/** Says a line, unless that would have to wait for a reader. */
export function emitSay(machine: Machine, fd: number, text: string): void {
	const { asm, call, slot, buffer } = machine;
	const poll = slot("say.poll");
	const silent = new Label();
	asm.set(poll, pollOut + fd);
	call("ppoll", [poll.address, 1, buffer("say.now", 16), 0, 8]);
	asm.compute(poll, "shr", poll, reventsShift);
	asm.jumpIfEqual(poll, 0, silent);
	call("write", [fd, asm.string(text), text.length]);
	emitForgetPipe(machine);
	asm.place(silent);
}
