import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import { jumpIfFromKernel, siginfoSize } from "./siginfo.ts";

/** The second process of the namespace. */
const command = 2;

/**
 * PID 1 of a new PID namespace. The command is not its child but its supervisor's: what is left to it are the orphans,
 * and the signals that somebody sends to PID 1, which mean the command. It ends when the supervisor does.
 */
export function emitReap(machine: Machine): void {
	const { asm, call, flags, slot, buffer } = machine;
	const everything = asm.table([-1]);
	const info = buffer("init.info", siginfoSize);
	const signal = slot("init.signal");
	const value = slot("init.value");
	const loop = new Label();
	const reap = new Label();

	asm.place(loop);
	call("rt_sigtimedwait", [everything, info, 0, 8], { dst: signal, onError: loop });
	asm.jumpIfEqual(signal, flags("SIGCHLD"), reap);
	jumpIfFromKernel(machine, info, loop);
	call("kill", [command, signal]);
	asm.jump(loop);

	asm.place(reap);
	call("wait4", [-1, 0, flags("WNOHANG|__WALL"), 0], { dst: value, onError: loop });
	asm.jumpIfEqual(value, 0, loop);
	asm.jump(reap);
}
