import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** Where `revents` stands in a `struct pollfd` that is read as one 64-bit word. poll(2) */
const reventsShift = 48;

/**
 * Ends the process when its supervisor has ended before the death signal was asked for. The supervisor's writing end of
 * the life line closes before the kernel sends death signals: if it is still open, the signal will come.
 */
export function emitLifeline({ asm, call, slot, buffer }: Machine): void {
	const poll = slot("life.poll");
	const alive = new Label();
	asm.set(poll, slot("life.read"));
	call("ppoll", [poll.address, 1, buffer("life.timeout", 16), 0, 8]);
	asm.compute(poll, "shr", poll, reventsShift);
	asm.jumpIfEqual(poll, 0, alive);
	call("exit_group", [0]);
	asm.place(alive);
}
