import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/**
 * Whether the terminal is ours to hand on: standard input, output and error are all our controlling terminal, and our
 * process group is in its foreground. In a pipeline they are not, and others in the group may want the terminal.
 */
export function emitTerminal({ asm, call, flags, slot }: Machine): void {
	const [ours, group, foreground] = [slot("terminal"), slot("terminal.group"), slot("terminal.foreground")];
	const [next, no] = [new Label(), new Label()];
	call("getpgid", [0], { dst: group });
	for (const fd of [0, 1, 2]) {
		const same = new Label();
		call("ioctl", [fd, flags("TIOCGPGRP"), foreground.address], { onError: no });
		asm.jumpIfEqual(foreground, group, same);
		asm.jump(no);
		asm.place(same);
	}
	asm.set(ours, 1);
	asm.set(slot("terminal.lent"), 1);
	asm.jump(next);
	asm.place(no);
	asm.set(ours, 0);
	asm.place(next);
}

/** In the command's process: a group of its own in the foreground, where the terminal is ours. SIGTTOU is held back. */
export function emitForeground({ asm, call, flags, slot }: Machine): void {
	const self = slot("terminal.self");
	const done = new Label();
	asm.jumpIfEqual(slot("terminal"), 0, done);
	call("setpgid", [0, 0]);
	call("getpid", [], { dst: self });
	call("ioctl", [0, flags("TIOCSPGRP"), self.address]);
	asm.place(done);
}

/** In the supervisor: the terminal goes back to the caller's group, unless the caller's shell has it by now. */
export function emitTakeBack({ asm, call, flags, slot }: Machine): void {
	const done = new Label();
	asm.jumpIfEqual(slot("terminal.lent"), 0, done);
	asm.set(slot("terminal.lent"), 0);
	call("ioctl", [0, flags("TIOCSPGRP"), slot("terminal.group").address]);
	asm.place(done);
}

/** In the supervisor: goes on at `target` when the caller's group is in the foreground. */
export function jumpIfInFront({ asm, call, flags, slot }: Machine, target: Label): void {
	const [foreground, behind] = [slot("terminal.foreground"), new Label()];
	call("ioctl", [0, flags("TIOCGPGRP"), foreground.address], { onError: behind });
	asm.jumpIfEqual(foreground, slot("terminal.group"), target);
	asm.place(behind);
}

/** In the supervisor: where the caller's group is in the foreground, the command's group gets the terminal. */
export function emitHandOn(machine: Machine): void {
	const { asm, call, flags, slot } = machine;
	const [done, handOn] = [new Label(), new Label()];
	asm.jumpIfEqual(slot("terminal"), 0, done);
	jumpIfInFront(machine, handOn);
	asm.jump(done);
	asm.place(handOn);
	call("ioctl", [0, flags("TIOCSPGRP"), slot("command").address]);
	asm.set(slot("terminal.lent"), 1);
	asm.place(done);
}
