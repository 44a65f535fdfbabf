import { errnoNumber } from "../../linux/errno.ts";
import type { Places } from "../../plan/supervision.ts";
import { type Address, Label, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** POLLIN as the `events` of a `struct pollfd` that is written as one 64-bit word. poll(2) */
const pollIn = 0x1_0000_0000;
const reventsShift = 48;

/** Fails with ESRCH when the parent is another by now: ours has ended. */
export function emitParent({ asm, call, slot }: Machine, parent: number, id: number, failed: Label): void {
	const pid = slot("parent.pid");
	const same = new Label();
	call("getppid", [], { dst: pid });
	asm.jumpIfEqual(pid, parent, same);
	asm.set(slots.errno, errnoNumber("ESRCH"));
	asm.set(slots.failedCall, id);
	asm.jump(failed);
	asm.place(same);
}

/** Waits until a signal has come. When the parent has ended, `victim` gets SIGKILL, and what follows is as ever. */
export function emitWatch(
	{ asm, call, flags, slot }: Machine,
	{ parent = 0, signals = 0 }: Places,
	victim: Slot,
): void {
	const polls: Address = asm.table([pollIn + signals, pollIn + parent]);
	const seen = slot("parent.seen");
	const alive = new Label();
	call("ppoll", [polls, 2, 0, 0, 8]);
	asm.load(seen, polls, 8);
	asm.compute(seen, "shr", seen, reventsShift);
	asm.jumpIfEqual(seen, 0, alive);
	// Said once: a negative descriptor is passed over.
	asm.store(polls, 8, 0xffffffff);
	call("kill", [victim, flags("SIGKILL")]);
	asm.place(alive);
}
