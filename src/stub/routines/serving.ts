/** What both kinds of servers do: wait, take signals, stop, and end. */
import type { Supervision } from "../../plan/supervision.ts";
import { type Address, Label, type Slot } from "../assembler.ts";
import { emitRemovePidFile } from "./background.ts";
import { eventsShift, POLLIN } from "./carry.ts";
import type { Machine } from "./machine.ts";

/** SIGTSTP, SIGTTIN and SIGTTOU have numbers one behind the other. */
const stopSignals = 3;
/** In the place of a descriptor that is closed: poll(2) leaves it out. */
export const closed = 0xffffffff;

/** Where a signal goes, and where to go on. */
interface Taken {
	readonly signal: Slot;
	readonly info: Address;
	/** No signal is there. */
	readonly none: Label;
	/** A child may have ended, or the server was stopped and goes on. */
	readonly look: Label;
	/** A signal that ends. */
	readonly end: Label;
}

/**
 * Takes one signal, and goes on behind this when it is one of those that mean nothing to us. A child is looked for after
 * its signal was taken, so that none is missed.
 */
export function emitTake(machine: Machine, { signal, info, none, look, end }: Taken): void {
	const { asm, call, flags, slot, buffer } = machine;
	const [other, value] = [new Label(), slot("serve.value")];
	call("rt_sigtimedwait", [asm.table([-1]), info, buffer("serve.now", 16), 8], { dst: signal, onError: none });
	asm.jumpIfEqual(signal, flags("SIGCHLD"), look);
	for (const fatal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]) asm.jumpIfEqual(signal, flags(fatal), end);
	const stop = new Label();
	asm.compute(value, "sub", signal, flags("SIGTSTP"));
	asm.jumpIfBelow(value, stopSignals, stop);
	asm.jump(other);
	asm.place(stop);
	emitStop(machine, signal);
	asm.jump(look);
	asm.place(other);
}

/** Sends the signal to this process and lets it through. */
function emitRaise({ asm, call, flags, slot }: Machine, signal: Slot): void {
	const mask = slot("serve.mask");
	call("kill", [slot("serve.self"), signal]);
	asm.compute(mask, "add", signal, -1);
	asm.compute(mask, "shl", 1, mask);
	call("rt_sigprocmask", [flags("SIG_UNBLOCK"), mask.address, 0, 8]);
}

/** Stops by this signal, as the caller's shell expects it, and holds signals back again afterwards. */
export function emitStop(machine: Machine, signal: Slot): void {
	emitRaise(machine, signal);
	machine.call("rt_sigprocmask", [machine.flags("SIG_SETMASK"), machine.asm.table([-1]), 0, 8]);
}

/** Waits until one of these descriptors can be read. */
export function emitWait({ asm, call, slot, buffer }: Machine, ...fds: readonly Slot[]): void {
	const [set, word] = [buffer("serve.poll", 16), slot("serve.word")];
	for (const [i, fd] of fds.entries()) {
		asm.compute(word, "or", fd, POLLIN * 2 ** eventsShift);
		asm.store(set, 8 * i, word);
	}
	call("ppoll", [set, fds.length, 0, 0, 8]);
}

/** Ends as this wait status says. */
export function emitEnd(machine: Machine, status: Slot, supervision: Supervision): void {
	const { asm, call, slot } = machine;
	const [value, exited] = [slot("serve.value"), new Label()];
	emitRemovePidFile(machine, supervision);
	asm.compute(value, "and", status, 0x7f);
	asm.jumpIfEqual(value, 0, exited);
	emitRaise(machine, value);
	asm.compute(value, "add", value, 128);
	call("exit_group", [value]);
	asm.place(exited);
	asm.compute(value, "shr", status, 8);
	call("exit_group", [value]);
}
