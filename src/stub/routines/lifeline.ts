import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** POLLIN as the `events` of a `struct pollfd` that is written as one 64-bit word. poll(2) */
const pollIn = 0x1_0000_0000;
/** Where `revents` stands in that word. */
const reventsShift = 48;

/** Ends the process when its supervisor has ended already: a pidfd can be read from then on. */
export function emitLifeline({ asm, call, slot, buffer }: Machine): void {
	const poll = slot("life.poll");
	const alive = new Label();
	asm.compute(poll, "or", slot("life"), pollIn);
	call("ppoll", [poll.address, 1, buffer("life.now", 16), 0, 8]);
	asm.compute(poll, "shr", poll, reventsShift);
	asm.jumpIfEqual(poll, 0, alive);
	call("exit_group", [0]);
	asm.place(alive);
}
