import { Label, type Slot } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** `si_code` lies 8 bytes into `siginfo_t`; the terminal and the kernel send SI_KERNEL. sigaction(2) */
const siginfoSize = 128;
const siCode = 8;
const SI_KERNEL = 0x80;
const STOPPED = 0x7f;
const CONTINUED = 0xffff;
/** SIGTSTP, SIGTTIN and SIGTTOU: the terminal's, one behind the other. */
const SIGTSTP = 20;
const stopSignals = 3;

/**
 * The supervisor: the process that the caller knows. It waits with all signals held back and takes them one by one.
 * A signal that was sent to it goes on to the command. One from the terminal does not: the terminal sends it to the whole
 * foreground group, and the command has it already. When such a signal stops the command, it stops too, so that the
 * caller's shell notices; a stop that was meant for the command alone is not ours, and nobody would wake us from it.
 * When the command ends, it ends the namespace's init, waits until all of it is gone, and ends the same way.
 */
export function emitSupervise(machine: Machine, init: boolean): void {
	const { asm, call, flags, slot, buffer } = machine;
	const everything = asm.table([-1]);
	const stopSet = asm.table([((1 << stopSignals) - 1) << (SIGTSTP - 1)]);
	const info = buffer("supervisor.info", siginfoSize);
	const signal = slot("supervisor.signal");
	const value = slot("supervisor.value");
	const status = slot("supervisor.status");
	const pid = slot("supervisor.pid");
	const loop = new Label();
	const reap = new Label();
	const ours = new Label();
	const stopped = new Label();
	const exited = new Label();
	const toStop = slot("supervisor.toStop");
	const [passOn, stopSent, asked] = [new Label(), new Label(), new Label()];

	asm.place(loop);
	call("rt_sigtimedwait", [everything, info, 0, 8], { dst: signal, onError: loop });
	asm.jumpIfEqual(signal, flags("SIGCHLD"), reap);
	asm.compute(value, "sub", signal, SIGTSTP);
	asm.jumpIfBelow(value, stopSignals, stopSent);
	asm.place(passOn);
	asm.load(value, info, siCode);
	asm.compute(value, "and", value, 0xffffffff);
	asm.jumpIfEqual(value, SI_KERNEL, loop);
	call("kill", [slot("command"), signal]);
	asm.jump(loop);

	asm.place(stopSent);
	asm.set(toStop, 1);
	asm.jump(passOn);

	asm.place(reap);
	asm.set(status, 0);
	const options = flags("WNOHANG|WUNTRACED|WCONTINUED|__WALL");
	call("wait4", [-1, status.address, options, 0], { dst: pid, onError: loop });
	asm.jumpIfEqual(pid, 0, loop);
	asm.jumpIfEqual(pid, slot("command"), ours);
	asm.jump(reap);
	asm.place(ours);
	asm.jumpIfEqual(status, CONTINUED, reap);
	asm.compute(value, "and", status, 0xff);
	asm.jumpIfEqual(value, STOPPED, stopped);

	if (init) {
		call("kill", [slot("init"), flags("SIGKILL")]);
		call("wait4", [slot("init"), 0, flags("__WALL"), 0]);
	}
	asm.compute(value, "and", status, 0x7f);
	asm.jumpIfEqual(value, 0, exited);
	emitRaise(machine, value);
	asm.compute(value, "add", value, 128);
	call("exit_group", [value]);
	asm.place(exited);
	asm.compute(value, "shr", status, 8);
	call("exit_group", [value]);

	// Stop by the signal that stopped the command, if it came to us as well: now, or it still waits to be taken.
	asm.place(stopped);
	call("rt_sigtimedwait", [stopSet, 0, buffer("supervisor.now", 16), 8], { onError: asked });
	asm.set(toStop, 1);
	asm.place(asked);
	asm.jumpIfEqual(toStop, 0, reap);
	asm.set(toStop, 0);
	asm.compute(value, "shr", status, 8);
	emitRaise(machine, value);
	call("rt_sigprocmask", [flags("SIG_SETMASK"), everything, 0, 8]);
	asm.jump(reap);
}

/** Sends the signal to this process and lets it through. */
function emitRaise({ asm, call, flags, slot }: Machine, signal: Slot): void {
	const self = slot("supervisor.self");
	const mask = slot("supervisor.mask");
	call("getpid", [], { dst: self });
	call("kill", [self, signal]);
	asm.compute(mask, "add", signal, -1);
	asm.compute(mask, "shl", 1, mask);
	call("rt_sigprocmask", [flags("SIG_UNBLOCK"), mask.address, 0, 8]);
}
