/**
 * A sandbox that only the freezer of control groups v1 can stop: signals wait there, SIGKILL among them. So the supervisor
 * lets it go on when it is to end. Loaded only for plans with such a group.
 */
import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import { emitHandOn, emitTakeBack } from "./terminal.ts";

const thawed = "THAWED";
/** Signals by which somebody wants an end, or the terminal back. */
const wanted = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGTSTP"] as const;

/** Lets everything in the group go on. */
export function emitThaw({ asm, call }: Machine, place: number): void {
	call("pwrite64", [place, asm.string(thawed), thawed.length, 0]);
}

/** The same when `signal`, that of the slot `supervisor.signal`, is one that would wait otherwise. */
export function emitThawFor(machine: Machine, place: number): void {
	const { asm, flags, slot } = machine;
	const signal = slot("supervisor.signal");
	const [thaw, done] = [new Label(), new Label()];
	for (const one of wanted) asm.jumpIfEqual(signal, flags(one), thaw);
	asm.jump(done);
	asm.place(thaw);
	emitThaw(machine, place);
	asm.place(done);
}

/**
 * Now and then, as nobody tells: while the group is stopped the terminal is the caller's group's, so that the supervisor
 * gets what keys mean; the command's group gets it again when it goes on.
 */
export function emitLook(machine: Machine, place: number): void {
	const { asm, call, slot, buffer } = machine;
	const [seen, stopped] = [slot("freezer.seen"), slot("freezer.stopped")];
	const [still, done] = [new Label(), new Label()];
	const text = buffer("freezer.text", 16);
	call("pread64", [place, text, 8, 0], { onError: done });
	asm.load(seen, text, 0);
	asm.compute(seen, "and", seen, 0xff);
	asm.jumpIfEqual(seen, "F".charCodeAt(0), still);
	asm.jumpIfEqual(stopped, 0, done);
	asm.set(stopped, 0);
	emitHandOn(machine);
	asm.jump(done);
	asm.place(still);
	asm.jumpIfEqual(stopped, 1, done);
	asm.set(stopped, 1);
	emitTakeBack(machine);
	asm.place(done);
}
