/**
 * A small process that waits for the listener, so that Bun need not: it writes a byte when there is something to receive,
 * and goes on waiting when it gets one back. It ends when nobody is observed any more, or when Bun has ended.
 *
 *     Bun <-- 1 byte --- waiter    the listener can be read
 *     Bun --- 1 byte --> waiter    everything was received: wait again
 *     Bun <-- end ------ waiter    no observed process is left
 */
import { moveAbove } from "../descriptors.ts";
import { imageFile, stub } from "../launch/image.ts";
import type { Arch } from "../linux/syscalls.ts";
import { Label } from "../stub/assembler.ts";
import { elf, imageBase } from "../stub/elf.ts";
import { machine } from "../stub/routines/machine.ts";

/** The descriptor of the listener in the waiter. */
export const listenerPlace = 3;
/** `events` and `revents` in the word that is a `struct pollfd`. poll(2) */
const [eventsShift, reventsShift, POLLIN] = [2 ** 32, 48, 1];

/** The waiter's executable, as an open file. */
export function waiterFile(arch: Arch): number {
	const { asm, call, flags, slot, buffer } = machine(arch);
	const polls = asm.table([POLLIN * eventsShift + listenerPlace, POLLIN * eventsShift]);
	const [loop, end, tell] = [new Label(), new Label(), new Label()];
	const [word, count, byte] = [slot("waiter.word"), slot("waiter.count"), buffer("waiter.byte", 8)];
	// What the terminal sends to all of the caller's group is not for us.
	call("rt_sigprocmask", [flags("SIG_SETMASK"), asm.table([-1]), 0, 8]);
	asm.place(loop);
	call("ppoll", [polls, 2, 0, 0, 8], { onError: loop });
	// Nothing is ever said unasked: whoever would speak has ended.
	asm.load(word, polls, 8);
	asm.compute(word, "shr", word, reventsShift);
	asm.jumpIfBelow(0, word, end);
	asm.load(word, polls, 0);
	asm.compute(word, "shr", word, reventsShift);
	asm.jumpIfEqual(word, POLLIN, tell);
	asm.jump(end);
	asm.place(tell);
	call("write", [1, byte, 1], { onError: end });
	call("read", [0, byte, 1], { dst: count, onError: end });
	asm.jumpIfEqual(count, 1, loop);
	asm.place(end);
	call("exit_group", [0]);
	return moveAbove(imageFile(elf(asm.link(imageBase).bytes, stub(arch), arch)), listenerPlace + 1);
}
