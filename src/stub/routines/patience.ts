/** Calls that are made again while somebody else is at it. Loaded only for plans with one. */
import { errnoNumber } from "../../linux/errno.ts";
import { Label, type Slot } from "../assembler.ts";
import type { Machine } from "./machine.ts";

const attempts = 1000;
/** Nanoseconds: ten seconds in all. */
const pause = 10_000_000;

/** Emits a call whose result is `result` until that is something other than -EAGAIN, or time is up. */
export function emitUntilFree({ asm, call, slot }: Machine, result: Slot, make: () => void): void {
	const [again, busy, done] = [new Label(), new Label(), new Label()];
	const count = slot("patience.count");
	const time = asm.table([0, 0]);
	asm.set(count, 0);
	asm.place(again);
	make();
	asm.jumpIfEqual(result, -errnoNumber("EAGAIN"), busy);
	asm.jump(done);
	asm.place(busy);
	// The kernel writes there how much of it is left.
	asm.store(time, 8, pause);
	call("ppoll", [0, 0, time, 0, 0]);
	asm.compute(count, "add", count, 1);
	asm.jumpIfBelow(count, attempts, again);
	asm.place(done);
}
