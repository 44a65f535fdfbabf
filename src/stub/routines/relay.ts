import { type Address, Label, type Slot } from "../assembler.ts";
import { emitCarry, emitEndOfInput, emitRest, eventsShift, POLLIN, POLLOUT, pollSet, type Way, way } from "./carry.ts";
import type { Machine } from "./machine.ts";
import { emitRaw, emitRestore } from "./raw.ts";
import { jumpIfFromKernel, siginfoSize } from "./siginfo.ts";

/** Nanoseconds between two looks of a relay in the background. */
const backgroundLook = 250_000_000;
const [STOPPED, anySignal] = [0x7f, 0x7f];

/**
 * The relay: the process that the caller knows when the sandbox has a terminal of its own. It carries what is typed to
 * that terminal and what is shown back, hands on the window's size and signals, and stops, continues and ends as the
 * sandbox does. Nothing it does can wait for the reader of one side while the other has something to say.
 *
 * Descriptors: 0 and 1 are the caller's, 2 is the master of the new terminal.
 */
export function emitRelay(machine: Machine): void {
	const { asm, call, flags, slot } = machine;
	const typed = way(machine, "typed", 0, 2);
	const shown = way(machine, "shown", 2, 1);
	const everything = asm.table([-1]);
	const [signals, status, value] = [slot("relay.signals"), slot("relay.status"), slot("relay.value")];
	const [loop, ended] = [new Label(), new Label()];

	asm.set(typed.open, 1);
	asm.set(shown.open, 1);
	call("signalfd4", [-1, everything, 8, flags("O_CLOEXEC")], { dst: signals });
	emitRaw(machine);

	asm.place(loop);
	emitPoll(machine, { typed, shown, signals });
	emitCarry(machine, shown);
	emitCarry(machine, typed);
	emitHangUp(machine, typed, shown);
	emitEndOfInput(machine, typed);
	emitSignal(machine, { shown, everything, ended });
	asm.jump(loop);

	// Whoever waits for a slow reader here must be able to end that with a key or a signal.
	asm.place(ended);
	emitRest(machine, shown, false);
	emitRestore(machine);
	call("rt_sigprocmask", [flags("SIG_UNBLOCK"), asm.table([deadly(flags)]), 0, 8]);
	emitRest(machine, shown, true);
	const exited = new Label();
	asm.compute(value, "and", status, anySignal);
	asm.jumpIfEqual(value, 0, exited);
	emitRaise(machine, value);
	asm.compute(value, "add", value, 128);
	call("exit_group", [value]);
	asm.place(exited);
	asm.compute(value, "shr", status, 8);
	call("exit_group", [value]);
}

/** The signals that end this process where it has nothing to look after any more, as a mask. */
const deadly = (flags: Machine["flags"]): number =>
	2 ** (flags("SIGHUP") - 1) + 2 ** (flags("SIGINT") - 1) + 2 ** (flags("SIGQUIT") - 1) + 2 ** (flags("SIGTERM") - 1);

/** When the caller's terminal is gone the new one goes too: who reads from it, or has it as its own, notices. */
function emitHangUp({ asm, call, flags, slot }: Machine, typed: Way, shown: Way): void {
	const [raw, gone, next] = [slot("relay.raw"), new Label(), new Label()];
	asm.jumpIfEqual(typed.open, 1, next);
	asm.jumpIfEqual(raw, 0, next);
	call("ioctl", [0, flags("TIOCGPGRP"), slot("relay.foreground").address], { onError: gone });
	asm.jump(next);
	asm.place(gone);
	for (const one of [raw, slot("relay.tty"), shown.open, shown.size, typed.size]) asm.set(one, 0);
	asm.set(slot("relay.ended"), 1);
	call("close", [2]);
	asm.place(next);
}

/** Waits until something can be done: read where a buffer is empty, write where one is not, or take a signal. */
function emitPoll(machine: Machine, { typed, shown, signals }: { typed: Way; shown: Way; signals: Slot }): void {
	const { asm, call, slot, buffer } = machine;
	const set = pollSet(machine);
	const word = slot("relay.word");
	const add = (
		at: number,
		fd: number | Slot,
		wants: readonly (readonly [Slot | undefined, number, Slot | undefined])[],
	): void => {
		asm.set(word, fd);
		for (const [ifNot, events, andIf] of wants) {
			const next = new Label();
			if (ifNot) {
				const empty = new Label();
				asm.jumpIfEqual(ifNot, 0, empty);
				asm.jump(next);
				asm.place(empty);
			}
			if (andIf) asm.jumpIfEqual(andIf, 0, next);
			asm.compute(word, "or", word, events * 2 ** eventsShift);
			asm.place(next);
		}
		asm.store(set, at, word);
	};
	// A descriptor that nothing is wanted of would still report its hang-up, again and again: it is left out then.
	add(0, 0, [[typed.size, POLLIN, typed.open]]);
	add(8, 1, [[undefined, POLLOUT, shown.size]]);
	add(16, 2, [
		[shown.size, POLLIN, shown.open],
		[undefined, POLLOUT, typed.size],
	]);
	add(24, signals, [[undefined, POLLIN, undefined]]);
	for (const at of [0, 8, 16]) {
		const wanted = new Label();
		asm.load(word, set, at);
		asm.compute(word, "shr", word, eventsShift);
		asm.jumpIfBelow(0, word, wanted);
		asm.store(set, at, 0xffffffff);
		asm.place(wanted);
	}
	// Nobody tells a process that its group was put in the foreground: who is in the background has to look.
	const timeout = slot("relay.timeout");
	const [wait, look] = [new Label(), new Label()];
	asm.set(timeout, 0);
	asm.jumpIfEqual(slot("relay.tty"), 0, wait);
	asm.jumpIfEqual(slot("relay.raw"), 1, wait);
	const time = buffer("relay.time", 16);
	asm.store(time, 0, 0);
	asm.store(time, 8, backgroundLook);
	asm.set(timeout, time);
	asm.place(wait);
	call("ppoll", [set, 4, timeout, 0, 8]);
	asm.jumpIfEqual(timeout, 0, look);
	emitRaw(machine);
	emitSize(machine);
	asm.place(look);
}

/** Takes the signals that are there: of the sandbox's processes, of the terminal, and those to hand on. */
function emitSignal(
	machine: Machine,
	{ shown, everything, ended }: { shown: Way; everything: Address; ended: Label },
): void {
	const { asm, call, flags, slot, buffer } = machine;
	const [now, info] = [buffer("relay.now", 16), buffer("relay.info", siginfoSize)];
	const [signal, status, pid, value] = [
		slot("relay.signal"),
		slot("relay.status"),
		slot("relay.pid"),
		slot("relay.value"),
	];
	const [next, size, child, stop, again] = [new Label(), new Label(), new Label(), new Label(), new Label()];
	call("rt_sigtimedwait", [everything, info, now, 8], { dst: signal, onError: next });
	asm.jumpIfEqual(signal, flags("SIGCHLD"), child);
	asm.jumpIfEqual(signal, flags("SIGWINCH"), size);
	asm.jumpIfEqual(signal, flags("SIGCONT"), again);
	const [key, pressed, toOne] = [new Label(), new Label(), new Label()];
	for (const one of ["SIGINT", "SIGQUIT", "SIGTSTP"]) asm.jumpIfEqual(signal, flags(one), key);
	asm.place(toOne);
	call("kill", [slot("relayed"), signal]);
	asm.jump(next);

	// Of a terminal that is not raw yet, as after the way from the background to the front. The new one gives it to a group.
	asm.place(key);
	jumpIfFromKernel(machine, info, pressed);
	asm.jump(toOne);
	asm.place(pressed);
	emitRaw(machine);
	call("ioctl", [2, flags("TIOCSIG"), signal], { onError: toOne });
	asm.jump(next);

	asm.place(size);
	emitSize(machine);
	asm.jump(next);

	asm.place(child);
	asm.set(status, 0);
	call("wait4", [slot("relayed"), status.address, flags("WNOHANG|WUNTRACED|__WALL"), 0], { dst: pid, onError: next });
	asm.jumpIfEqual(pid, 0, next);
	asm.compute(value, "and", status, 0xff);
	asm.jumpIfEqual(value, STOPPED, stop);
	asm.jump(ended);

	asm.place(stop);
	emitRest(machine, shown, false);
	emitRestore(machine);
	asm.set(value, flags("SIGTSTP"));
	emitRaise(machine, value);
	call("rt_sigprocmask", [flags("SIG_SETMASK"), everything, 0, 8]);
	asm.place(again);
	emitSize(machine);
	emitRaw(machine);
	call("kill", [slot("relayed"), flags("SIGCONT")]);
	asm.place(next);
}

/** The new terminal gets the size of the caller's. */
function emitSize({ asm, call, flags, buffer }: Machine): void {
	const size = buffer("relay.size", 8);
	const [ask, set, done] = [new Label(), new Label(), new Label()];
	call("ioctl", [0, flags("TIOCGWINSZ"), size], { onError: ask });
	asm.jump(set);
	asm.place(ask);
	call("ioctl", [1, flags("TIOCGWINSZ"), size], { onError: done });
	asm.place(set);
	call("ioctl", [2, flags("TIOCSWINSZ"), size]);
	asm.place(done);
}

/** Sends the signal to the caller's whole group where the terminal would have done that, else to this process, and lets it through. */
function emitRaise({ asm, call, flags, slot }: Machine, signal: Slot): void {
	const [target, mask] = [slot("relay.target"), slot("relay.mask")];
	const [self, send] = [new Label(), new Label()];
	asm.set(target, 0);
	asm.jumpIfEqual(slot("relay.tty"), 0, self);
	for (const shared of ["SIGINT", "SIGQUIT", "SIGTSTP"]) asm.jumpIfEqual(signal, flags(shared), send);
	asm.place(self);
	call("getpid", [], { dst: target });
	asm.place(send);
	call("kill", [target, signal]);
	asm.compute(mask, "add", signal, -1);
	asm.compute(mask, "shl", 1, mask);
	call("rt_sigprocmask", [flags("SIG_UNBLOCK"), mask.address, 0, 8]);
}
