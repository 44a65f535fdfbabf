import { errnoNumber } from "../../linux/errno.ts";
import type { Places } from "../../plan/supervision.ts";
import { type Address, Label, type Operand, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** Loaded only for plans with control groups that v1 alone can stop. */
const thawing = () => require("./thaw.ts") as typeof import("./thaw.ts");

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

/** Waits until a signal has come, for the time of `limit` at most. When the parent has ended, `victim` gets SIGKILL, and what follows is as ever. */
export function emitWatch(
	machine: Machine,
	{ parent = 0, signals = 0, freezer }: Places,
	victim: Slot,
	limit: Operand,
): void {
	const { asm, call, flags, slot } = machine;
	const polls: Address = asm.table([pollIn + signals, pollIn + parent]);
	const seen = slot("parent.seen");
	const alive = new Label();
	call("ppoll", [polls, 2, limit, 0, 8]);
	asm.load(seen, polls, 8);
	asm.compute(seen, "shr", seen, reventsShift);
	asm.jumpIfEqual(seen, 0, alive);
	// Said once: a negative descriptor is passed over.
	asm.store(polls, 8, 0xffffffff);
	if (freezer !== undefined) thawing().emitThaw(machine, freezer);
	call("kill", [victim, flags("SIGKILL")]);
	asm.place(alive);
}
