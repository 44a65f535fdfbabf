/** Calls that the kernel may refuse for a while. */
import { errnoNumber } from "../../linux/errno.ts";
import type { Call } from "../../plan/types.ts";
import { Label, type Operand, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

const millisecond = 1_000_000;

/** Makes the call again in a millisecond, as long as it fails with the error it says and as often as it says. */
export function emitAgain(
	machine: Machine,
	call: Call,
	args: readonly Operand[],
	dst: Slot | undefined,
	id: number,
	failed: Label,
): void {
	const { asm, slot } = machine;
	const { on = "", times = 0 } = call.again ?? {};
	const [again, refused, busy, done] = [new Label(), new Label(), new Label(), new Label()];
	const [result, attempts] = [dst ?? slot("retry.result"), slot("retry.attempts")];
	const time = asm.table([0, 0]);
	asm.set(attempts, 0);
	asm.place(again);
	machine.call(call.name, args, { dst: result, onError: call.mayFail ? undefined : refused, id });
	if (call.mayFail) asm.jumpIfEqual(result, -errnoNumber(on), busy);
	asm.jump(done);
	asm.place(refused);
	if (!call.mayFail) {
		asm.jumpIfEqual(slots.errno, errnoNumber(on), busy);
		asm.jump(failed);
	}
	asm.place(busy);
	asm.compute(attempts, "add", attempts, 1);
	asm.jumpIfBelow(times, attempts, call.mayFail ? done : failed);
	// What is left of the time is written back.
	asm.store(time, 8, millisecond);
	machine.call("ppoll", [0, 0, time, 0, 8]);
	asm.jump(again);
	asm.place(done);
}
