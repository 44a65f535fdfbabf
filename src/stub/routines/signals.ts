import { constants } from "../../linux/constants.ts";
import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";

const lastSignal = 64;

/** Sets every signal to its default but for those the caller ignores. A handler of Bun's must not run in shared memory. */
export function emitResetSignals({ asm, call, slot }: Machine, ignored: readonly number[]): void {
	const action = asm.bytes(new Uint8Array(32));
	const signal = slot("reset.signal");
	const loop = new Label();
	const skip = new Label();
	asm.set(signal, 1);
	asm.place(loop);
	for (const kept of [constants.SIGKILL, constants.SIGSTOP, ...ignored]) asm.jumpIfEqual(signal, kept, skip);
	call("rt_sigaction", [signal, action, 0, 8]);
	asm.place(skip);
	asm.compute(signal, "add", signal, 1);
	asm.jumpIfBelow(signal, lastSignal + 1, loop);
}
