import { type Address, Label, type Slot } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import { jumpIfFromKernel, siginfoSize, siPid } from "./siginfo.ts";

/** The second process of the namespace. */
const command = 2;

/** What the supervisor tells the init by that the command has ended: the last real-time signal, which nobody uses. */
export const commandEnded = 64;

/**
 * PID 1 of a new PID namespace. The command is not its child but its supervisor's: what is left to it are the orphans,
 * and the signals that somebody sends to PID 1, which mean the command. It ends when the supervisor does; with `waitAll`
 * also when the command has ended, and nobody is left.
 */
export function emitReap(machine: Machine, waitAll: boolean): void {
	const { asm, call, flags, slot, buffer } = machine;
	const everything = asm.table([-1]);
	const info = buffer("init.info", siginfoSize);
	const signal = slot("init.signal");
	const value = slot("init.value");
	const loop = new Label();
	const reap = new Label();
	const none = new Label();

	asm.place(loop);
	call("rt_sigtimedwait", [everything, info, 0, 8], { dst: signal, onError: loop });
	asm.jumpIfEqual(signal, flags("SIGCHLD"), reap);
	jumpIfFromKernel(machine, info, loop);
	const told = waitAll ? slot("init.told") : undefined;
	if (told) emitTold(machine, signal, info, told, reap);
	call("kill", [command, signal]);
	asm.jump(loop);

	asm.place(reap);
	call("wait4", [-1, 0, flags("WNOHANG|__WALL"), 0], {
		dst: value,
		onError: none,
	});
	asm.jumpIfEqual(value, 0, loop);
	asm.jump(reap);
	asm.place(none);
	if (told) {
		asm.jumpIfEqual(told, 0, loop);
		call("exit_group", [0]);
	}
	asm.jump(loop);
}

/** Takes the word that the command has ended: only the supervisor, which is outside, can give it. */
function emitTold({ asm, slot }: Machine, signal: Slot, info: Address, told: Slot, reap: Label): void {
	const sender = slot("init.sender");
	const [word, other] = [new Label(), new Label()];
	asm.jumpIfEqual(signal, commandEnded, word);
	asm.jump(other);
	asm.place(word);
	asm.load(sender, info, siPid);
	asm.compute(sender, "and", sender, 0xffffffff);
	asm.jumpIfBelow(0, sender, other);
	asm.set(told, 1);
	asm.jump(reap);
	asm.place(other);
}
