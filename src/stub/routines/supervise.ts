import type { Plan } from "../../plan/types.ts";
import { Label, type Slot } from "../assembler.ts";
import { emitRemovePidFile } from "./background.ts";
import type { Machine } from "./machine.ts";
import { commandEnded } from "./reap.ts";
import { failedExitCode } from "./report.ts";
import { jumpIfFromKernel, siginfoSize } from "./siginfo.ts";
import { emitHandOn, emitTakeBack, jumpIfInFront } from "./terminal.ts";

/** Loaded only for plans that have one. */
const lifetime = () => require("./lifetime.ts") as typeof import("./lifetime.ts");

/** Loaded only for plans that make something outside of the sandbox. */
const staying = () => require("./stay.ts") as typeof import("./stay.ts");
const helping = () => require("./helper-lost.ts") as typeof import("./helper-lost.ts");

/** Loaded only for plans with control groups that v1 alone can stop. */
const thawing = () => require("./thaw.ts") as typeof import("./thaw.ts");

/** Seconds between two looks at whether such a group is stopped. */
const lookEvery = 0.5;

const STOPPED = 0x7f;
const CONTINUED = 0xffff;
/** SIGTSTP, SIGTTIN and SIGTTOU have numbers one behind the other. */
const stopSignals = 3;

/**
 * The supervisor: the process that the caller knows. It waits with all signals held back and takes them one by one.
 *
 * - A signal that was sent to it goes on to the command. One from the terminal does not: the terminal sends it to the whole
 *   foreground group, and the command has it already.
 * - When the terminal stops the command, it stops too, so that the caller's shell notices. A stop that was meant for the
 *   command alone is not ours, and nobody would wake us from it.
 * - When the command ends, it ends the namespace's init, waits until all of it is gone, and ends the same way.
 *
 * Where the terminal was handed on, the command is alone in the foreground: the supervisor then does for the caller's group
 * what the terminal would have done, and takes the terminal back in time. A job that goes on in the background and is then
 * brought to the foreground is told nothing of it: the first key that means a signal reaches the supervisor's group alone,
 * and the first read stops the command. With either the supervisor hands the terminal on, and makes up for it.
 *
 * `supervision` is what else it does: it ends the command when its time is up, or everything when the parent or the helper
 * ends; it tells how that was, and waits for what the command leaves behind.
 */
export function emitSupervise(
	machine: Machine,
	{ init, session, supervision }: Pick<Plan, "init" | "session" | "supervision">,
): void {
	const { asm, call, flags, slot, buffer } = machine;
	const everything = asm.table([-1]);
	const stopSet = asm.table([((1 << stopSignals) - 1) << (flags("SIGTSTP") - 1)]);
	const info = buffer("supervisor.info", siginfoSize);
	const [signal, value, status] = [slot("supervisor.signal"), slot("supervisor.value"), slot("supervisor.status")];
	const [pid, toStop, terminal] = [slot("supervisor.pid"), slot("supervisor.toStop"), slot("terminal")];
	const [loop, passOn, stopSent, reap, ours] = [new Label(), new Label(), new Label(), new Label(), new Label()];
	const [stopped, asked, stop, finish] = [new Label(), new Label(), new Label(), new Label()];
	const { places, timeout } = supervision ?? {};
	const watches = places?.signals !== undefined;
	const [freezer, idle] = [places?.freezer, new Label()];
	/** Holds 1 when the command has ended, and others are waited for. */
	const ended = supervision?.waitAll ? slot("supervisor.ended") : undefined;
	const rest = slot(init ? "init" : "command");
	const [gone, lost] = [new Label(), new Label()];
	const hasHelper = supervision?.helper !== undefined;
	const [passToOne, passToGroup, missed, goOn] = [new Label(), new Label(), new Label(), new Label()];

	asm.jumpIfEqual(terminal, 1, loop);
	call("close", [0]);
	asm.place(loop);
	const look = freezer === undefined ? 0 : asm.table([0, lookEvery * 1e9]);
	if (places && watches) {
		// ppoll(2) writes there how much is left.
		if (look !== 0) asm.store(look, 8, lookEvery * 1e9);
		lifetime().emitWatch(machine, places, rest, look);
	}
	const limit = watches ? buffer("supervisor.now", 16) : look;
	call("rt_sigtimedwait", [everything, info, limit, 8], { dst: signal, onError: freezer === undefined ? loop : idle });
	asm.jumpIfEqual(signal, flags("SIGCHLD"), reap);
	if (freezer !== undefined) thawing().emitThawFor(machine, freezer);
	if (hasHelper) {
		const other = new Label();
		asm.jumpIfBelow(signal, flags("SIGCONT"), other);
		asm.jumpIfBelow(flags("SIGCONT"), signal, other);
		helping().emitLookForHelper(machine, lost);
		asm.place(other);
	}
	if (timeout) lifetime().emitTimeUp(machine, { timeout, places, signal, info, loop, ended, rest });
	asm.compute(value, "sub", signal, flags("SIGTSTP"));
	asm.jumpIfBelow(value, stopSignals, stopSent);
	asm.place(passOn);
	if (session !== "pty") jumpIfFromKernel(machine, info, session === "new" ? passToGroup : missed);
	asm.place(passToOne);
	if (ended) emitEndRest(machine, { ended, signal, rest, loop });
	call("kill", [slot("command"), signal]);
	asm.jump(loop);
	if (freezer !== undefined) {
		asm.place(idle);
		thawing().emitLook(machine, freezer);
		asm.jump(loop);
	}
	if (session === "new") {
		asm.place(passToGroup);
		emitToGroup(machine, signal, passToOne);
		asm.jump(loop);
	}
	if (session === "shared") {
		asm.place(missed);
		emitMissed(machine, { ended, signal, rest, loop });
	}
	asm.place(stopSent);
	if (session === "new") {
		// Nothing else stops the leader of a session whose parent is in another. Nobody waits for its stop: a child of its
		// that has not executed anything yet may have stopped, and keeps it from stopping (vfork(2)).
		asm.set(signal, flags("SIGSTOP"));
		emitToGroup(machine, signal);
		asm.jump(stop);
	}
	asm.set(toStop, 1);
	asm.jump(passOn);

	asm.place(reap);
	asm.set(status, 0);
	const options = flags("WNOHANG|WUNTRACED|WCONTINUED|__WALL");
	call("wait4", [-1, status.address, options, 0], { dst: pid, onError: loop });
	asm.jumpIfEqual(pid, 0, loop);
	asm.jumpIfEqual(pid, slot("command"), ours);
	if (ended) asm.jumpIfEqual(pid, rest, gone);
	if (hasHelper) asm.jumpIfEqual(pid, slot("helper"), lost);
	asm.jump(reap);
	if (hasHelper) {
		asm.place(lost);
		helping().emitHelperLost(machine, rest, places?.messages);
		asm.jump(reap);
	}
	asm.place(ours);
	asm.jumpIfEqual(status, CONTINUED, reap);
	asm.compute(value, "and", status, 0xff);
	asm.jumpIfEqual(value, STOPPED, stopped);

	// An init that failed has said so, and has taken the command with it.
	const initStatus = slot("supervisor.init");
	if (ended) {
		const final = slot("supervisor.final");
		asm.set(final, status);
		asm.set(ended, 1);
		call("kill", [rest, commandEnded]);
		asm.jump(reap);
		asm.place(gone);
		asm.set(initStatus, status);
		asm.set(status, final);
	} else if (init) {
		call("kill", [rest, flags("SIGKILL")]);
		call("wait4", [rest, initStatus.address, flags("__WALL"), 0]);
	}
	if (init) {
		asm.compute(value, "sub", initStatus, failedExitCode << 8);
		asm.jumpIfBelow(0, value, finish);
		asm.set(status, failedExitCode << 8);
	}
	asm.place(finish);
	if (hasHelper) helping().emitLostStatus(machine, status);
	emitFinish(machine, status, supervision);

	// Stop by the signal that stopped the command, if it was the terminal's: that came to us as well, now or before, unless
	// the terminal was handed on.
	asm.place(stopped);
	asm.compute(value, "shr", status, 8);
	asm.jumpIfEqual(terminal, 0, asked);
	if (session === "shared") {
		const [asks, other] = [new Label(), new Label()];
		for (const wants of ["SIGTTIN", "SIGTTOU"]) asm.jumpIfEqual(value, flags(wants), asks);
		asm.jump(other);
		asm.place(asks);
		jumpIfInFront(machine, goOn);
		asm.place(other);
	}
	asm.compute(toStop, "sub", value, flags("SIGTSTP"));
	asm.jumpIfBelow(toStop, stopSignals, stop);
	asm.set(toStop, 0);
	asm.jump(reap);
	asm.place(asked);
	const pending = new Label();
	call("rt_sigtimedwait", [stopSet, 0, buffer("supervisor.now", 16), 8], { onError: pending });
	asm.set(toStop, 1);
	asm.place(pending);
	asm.jumpIfEqual(toStop, 0, reap);
	asm.place(stop);
	asm.set(toStop, 0);
	// A signal that stops takes a waiting SIGCONT away.
	if (hasHelper) helping().emitLookForHelper(machine, lost);
	emitTakeBack(machine);
	// The leader of a session of its own is not stopped by the terminal's signals. The relay stops by the right one.
	if (session === "pty") asm.set(value, flags("SIGSTOP"));
	if (session === "new") asm.set(value, flags("SIGTSTP"));
	emitRaise(machine, value);
	call("rt_sigprocmask", [flags("SIG_SETMASK"), everything, 0, 8]);
	asm.place(goOn);
	emitHandOn(machine);
	if (session !== "new") asm.jumpIfEqual(terminal, 0, reap);
	asm.set(value, flags("SIGCONT"));
	emitToGroup(machine, value);
	asm.jump(reap);
}

/** Ends as the command did, when nothing is left to wait for. */
function emitFinish(machine: Machine, status: Slot, supervision: Plan["supervision"]): void {
	const { asm, call } = machine;
	const [code, signal] = [machine.slot("ended.code"), machine.slot("ended.signal")];
	const [exited, end, exit] = [new Label(), new Label(), new Label()];
	emitTakeBack(machine);
	asm.compute(signal, "and", status, 0x7f);
	asm.jumpIfEqual(signal, 0, exited);
	asm.compute(code, "add", signal, 128);
	asm.jump(end);
	asm.place(exited);
	asm.compute(code, "shr", status, 8);
	asm.place(end);
	if (supervision?.helper) staying().emitLetGo(machine, { supervision });
	if (supervision?.places.status !== undefined) lifetime().emitTellEnd(machine, supervision.places.status);
	if (supervision && !supervision.server) emitRemovePidFile(machine, supervision);
	asm.jumpIfEqual(signal, 0, exit);
	emitRaise(machine, signal);
	asm.place(exit);
	call("exit_group", [code]);
}

interface Rest {
	readonly ended: Slot;
	readonly signal: Slot;
	/** Whose end is the end of all that is left. */
	readonly rest: Slot;
	readonly loop: Label;
}

/** When the command has ended, a signal that ends programs ends what it has left behind; others mean nobody any more. */
function emitEndRest({ asm, call, flags }: Machine, { ended, signal, rest, loop }: Rest): void {
	const [running, end] = [new Label(), new Label()];
	asm.jumpIfEqual(ended, 0, running);
	for (const fatal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]) asm.jumpIfEqual(signal, flags(fatal), end);
	asm.jump(loop);
	asm.place(end);
	call("kill", [rest, flags("SIGKILL")]);
	asm.jump(loop);
	asm.place(running);
}

/** The terminal has sent this to the caller's group alone: the command's, where it leads one of its own, gets it from us. */
function emitMissed(
	machine: Machine,
	{ ended, signal, rest, loop }: Omit<Rest, "ended"> & { readonly ended?: Slot },
): void {
	const { asm, flags, slot } = machine;
	const meant = new Label();
	asm.jumpIfEqual(slot("terminal"), 0, loop);
	for (const key of ["SIGINT", "SIGQUIT", "SIGTSTP"]) asm.jumpIfEqual(signal, flags(key), meant);
	asm.jump(loop);
	asm.place(meant);
	if (ended) emitEndRest(machine, { ended, signal, rest, loop });
	emitHandOn(machine);
	emitToGroup(machine, signal);
	asm.jump(loop);
}

/** Sends the signal to the command's whole group, as its terminal would. */
function emitToGroup({ asm, call, slot }: Machine, signal: Slot, onError?: Label): void {
	const group = slot("supervisor.group");
	asm.compute(group, "sub", 0, slot("command"));
	call("kill", [group, signal], { onError });
}

/**
 * Sends the signal to this process and lets it through. Where the terminal was handed on, what it stops or interrupts
 * the command with goes to the caller's whole group, as the terminal would have sent it.
 */
function emitRaise({ asm, call, flags, slot }: Machine, signal: Slot): void {
	const [target, mask] = [slot("supervisor.target"), slot("supervisor.mask")];
	const [self, send] = [new Label(), new Label()];
	asm.set(target, 0);
	asm.jumpIfEqual(slot("terminal"), 0, self);
	for (const shared of ["SIGINT", "SIGQUIT"]) asm.jumpIfEqual(signal, flags(shared), send);
	asm.compute(mask, "sub", signal, flags("SIGTSTP"));
	asm.jumpIfBelow(mask, stopSignals, send);
	asm.place(self);
	call("getpid", [], { dst: target });
	asm.place(send);
	call("kill", [target, signal]);
	asm.compute(mask, "add", signal, -1);
	asm.compute(mask, "shl", 1, mask);
	call("rt_sigprocmask", [flags("SIG_UNBLOCK"), mask.address, 0, 8]);
}
