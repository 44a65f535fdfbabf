import type { Places, Span, Timeout } from "../../plan/supervision.ts";
import { type Address, Label, type Operand, type Slot } from "../assembler.ts";
import { emitSay } from "./line.ts";
import type { Machine } from "./machine.ts";
import { siCode } from "./siginfo.ts";

/** Loaded only for plans with control groups that v1 alone can stop. */
const thawing = () => require("./thaw.ts") as typeof import("./thaw.ts");

/** The `si_code` of a timer's signal, as 32 bits. sigaction(2) */
const SI_TIMER = 0xfffffffe;

/** `struct itimerspec`: from then on it goes off every second, because a signal that stops takes a waiting SIGCONT away. */
const spec = ({ asm }: Machine, { seconds, nanoseconds }: Span): Address => asm.table([1, 0, seconds, nanoseconds]);

/** Sets the timer that the plan has made. */
export function emitTimer(machine: Machine, { after }: Timeout): void {
	const { asm, call, slot, buffer } = machine;
	asm.load(slot("timer"), buffer("timer", 8), 0);
	asm.compute(slot("timer"), "and", slot("timer"), 0xffffffff);
	call("timer_settime", [slot("timer"), 0, spec(machine, after), 0]);
}

export interface TimeUp {
	readonly timeout: Timeout;
	/** Where to say what happens, and what lets a stopped sandbox go on. */
	readonly places: Places | undefined;
	/** The signal that was taken, and its siginfo. */
	readonly signal: Slot;
	readonly info: Address;
	/** Where to go on after the timer's signal. */
	readonly loop: Label;
	/** Holds 1 when the command has ended, and `rest` is to be ended in its place. */
	readonly ended?: Slot;
	readonly rest: Operand;
}

/**
 * The timer's signal: at first the command gets its own one, and is continued; from the second time on it gets SIGKILL. Goes
 * on behind this for every other signal.
 */
export function emitTimeUp(machine: Machine, { timeout, places, signal, info, loop, ended, rest }: TimeUp): void {
	const { asm, call, flags, slot } = machine;
	const { after, signal: first, grace } = timeout;
	const { messages, freezer } = places ?? {};
	const [code, late, killed] = [slot("siginfo.code"), slot("supervisor.late"), slot("supervisor.killed")];
	const [isContinue, ours, again] = [new Label(), new Label(), new Label()];
	const [kill, killRest, other] = [new Label(), new Label(), new Label()];
	const say = (text: string) => messages !== undefined && emitSay(machine, messages, `ns: ${text}\n`);

	asm.jumpIfEqual(signal, flags("SIGCONT"), isContinue);
	asm.jump(other);
	asm.place(isContinue);
	asm.load(code, info, siCode);
	asm.compute(code, "and", code, 0xffffffff);
	asm.jumpIfEqual(code, SI_TIMER, ours);
	asm.jump(other);

	asm.place(ours);
	if (freezer !== undefined) thawing().emitThaw(machine, freezer);
	if (ended) asm.jumpIfEqual(ended, 1, killRest);
	asm.jumpIfEqual(late, 1, again);
	asm.set(late, 1);
	call("timer_settime", [slot("timer"), 0, spec(machine, grace), 0]);
	call("kill", [slot("command"), first.number]);
	call("kill", [slot("command"), flags("SIGCONT")]);
	say(`time is up after ${after.text}: sent ${first.name}`);
	asm.jump(loop);
	asm.place(again);
	asm.jumpIfEqual(killed, 1, kill);
	asm.set(killed, 1);
	say(`still there ${grace.text} later: sent SIGKILL`);
	asm.place(kill);
	call("kill", [slot("command"), flags("SIGKILL")]);
	asm.jump(loop);

	if (ended) {
		asm.place(killRest);
		call("kill", [rest, flags("SIGKILL")]);
		asm.jumpIfEqual(killed, 1, loop);
		asm.set(late, 1);
		asm.set(killed, 1);
		say(`time is up after ${after.text}: sent SIGKILL to what the command has left behind`);
		asm.jump(loop);
	}
	asm.place(other);
}
