import { errnoNumber } from "../../linux/errno.ts";
import { Label, type Operand, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** POLLIN as the `events` of a `struct pollfd` that is written as one 64-bit word. poll(2) */
const pollIn = 0x1_0000_0000;

/**
 * Waits until a byte or the end can be read from `fd`. Signals are let through meanwhile, as for the command itself. A pipe
 * that was opened again says only by read(2) that nobody had its other end any more: so that is tried first. `dst`, if given, gets how much was read.
 */
export function emitBlock(
	machine: Machine,
	fd: Operand,
	reopened: boolean,
	id: number,
	failed: Label,
	dst?: Slot,
): void {
	const { asm, call, slot, buffer } = machine;
	const poll = slot("block.poll");
	const [wait, read, error, done] = [new Label(), new Label(), new Label(), new Label()];
	if (reopened) asm.jump(read);
	asm.place(wait);
	asm.compute(poll, "or", fd, pollIn);
	call("ppoll", [poll.address, 1, 0, buffer("signals.mask", 8), 8]);
	asm.place(read);
	call("read", [fd, buffer("block.byte", 8), 1], { dst, onError: error, id });
	asm.jump(done);
	asm.place(error);
	asm.jumpIfEqual(slots.errno, errnoNumber("EAGAIN"), wait);
	asm.jump(failed);
	asm.place(done);
}
