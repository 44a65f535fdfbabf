/** Calls that the kernel may refuse for a while. */
import { errnoNumber } from "../../linux/errno.ts";
import type { Call } from "../../plan/types.ts";
import { Label, type Operand, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** openat2(2) gives up with EAGAIN when a file is renamed or a mount is made anywhere while it follows a `..`. */
const disturbed: NonNullable<Call["retry"]> = { on: "EAGAIN", times: 65_536, every: 0 };

/** How a call is made again, if it is. */
export const retryOf = ({ retry, name }: Call): Call["retry"] => retry ?? (name === "openat2" ? disturbed : undefined);

const millisecond = 1_000_000;

/** Emits a call that is made again, as long as it fails with the error it says and as often as it says. */
export function emitRetried(
	machine: Machine,
	call: Call,
	{ on, times, every }: NonNullable<Call["retry"]>,
	args: readonly Operand[],
	dst: Slot | undefined,
	id: number,
	failed: Label,
): void {
	const { asm, slot } = machine;
	const [again, refused, busy, done] = [new Label(), new Label(), new Label(), new Label()];
	const [result, attempts] = [dst ?? slot("retry.result"), slot("retry.attempts")];
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
	if (every > 0) {
		const time = asm.table([0, 0]);
		// What is left of the time is written back.
		asm.store(time, 8, every * millisecond);
		machine.call("ppoll", [0, 0, time, 0, 8]);
	}
	asm.jump(again);
	asm.place(done);
}
