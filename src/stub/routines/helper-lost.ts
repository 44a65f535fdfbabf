/** What a supervisor does when its helper ends before the sandbox. Loaded only for plans whose helper stays. */
import { Label, type Operand, type Slot } from "../assembler.ts";
import { emitSay } from "./line.ts";
import type { Machine } from "./machine.ts";
import { failedExitCode } from "./report.ts";

const text =
	"ns: the helper was killed, and with it what guards the sandbox from outside: the sandbox is ended; the next run removes what is left\n";

/**
 * The end of the helper is told by SIGCONT, which wakes a supervisor that has stopped with its command. Somebody else's may
 * have come at the same time, and hide it: so with each one the helper is looked for.
 */
export function emitLookForHelper({ asm, call, flags, slot }: Machine, lost: Label): void {
	const [there, ended] = [new Label(), slot("supervisor.helperEnded")];
	call("wait4", [slot("helper"), 0, flags("WNOHANG|__WALL"), 0], { dst: ended, onError: there });
	asm.jumpIfEqual(ended, slot("helper"), lost);
	asm.place(there);
}

/**
 * Rules of the packet filter, pasta, and what takes them back end with the helper: a sandbox does not go on without. `rest`
 * is whose end is the end of it; told afterwards, because nobody may be reading.
 */
export function emitHelperLost(machine: Machine, rest: Operand, messages: number | undefined): void {
	const { asm, call, flags, slot } = machine;
	asm.set(slot("supervisor.lost"), 1);
	call("kill", [rest, flags("SIGKILL")]);
	if (messages !== undefined) emitSay(machine, messages, text);
}

/** However the command has ended then: the sandbox has failed. */
export function emitLostStatus({ asm, slot }: Machine, status: Slot): void {
	const whole = new Label();
	asm.jumpIfEqual(slot("supervisor.lost"), 0, whole);
	asm.set(status, failedExitCode << 8);
	asm.place(whole);
}
