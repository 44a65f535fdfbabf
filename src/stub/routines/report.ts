import { toBytes } from "../../bytes.ts";
import { errnoName, errnoNumber, lastErrno } from "../../linux/errno.ts";
import type { Address, Assembler, Slot } from "../assembler.ts";
import { Label, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** Where a failure is told. */
export type Report =
	/** A record is written to this descriptor; TypeScript reads it (launch/failure.ts). */
	| { readonly to: "channel"; readonly fd: number }
	/** The slots are read by TypeScript, which shares the memory. */
	| { readonly to: "memory" }
	/** One line on standard error; `explain`, if given, is a program that can say more, for as long as its path can be trusted. */
	| { readonly to: "stderr"; readonly explain?: readonly string[] };

/** What a report says of one call of the plan; its id is the position in this list, counted from 1. */
export interface ReportedCall {
	/** One sentence without the error's name. */
	readonly text: string;
	/** What an explanation needs to know, passed on as it is. */
	readonly context: string;
	/** What to say more for some error names. */
	readonly hints: readonly { readonly code: string; readonly hint: string }[];
}

/** The exit code when the sandbox could not be made. */
export const failedExitCode = 125;
/** The exit code when the command does not exist. */
export const notFoundExitCode = 127;
/** The exit code when the command exists and cannot be executed. */
export const notExecutableExitCode = 126;

/**
 * What a process does after a call has failed: tell, and end. The failed call's id, the error number and the exit code
 * lie in slots next to each other.
 *
 *     record on the channel, 24 bytes:   id | errno | exit code      (64 bits each, native byte order)
 */
export class Reporter {
	/** For failures while the caller's program can still be found by its path. */
	readonly early = new Label();
	/** For failures once paths belong to the sandbox. */
	readonly late = new Label();
	/** For a process whose child has reported already. */
	readonly quiet = new Label();

	constructor(private readonly report: Report) {}

	emit(machine: Machine, calls: readonly ReportedCall[], environment: Address): void {
		const { asm } = machine;
		const { report } = this;
		if (report.to === "stderr") {
			const errnos = errnoTable(asm);
			asm.place(this.early);
			if (report.explain) emitExplain(machine, report.explain, calls, errnos, environment, this.late);
			asm.place(this.late);
			emitLine(machine, calls, errnos);
		} else {
			asm.place(this.early);
			asm.place(this.late);
			if (report.to === "memory") asm.set(slots.failed, 1);
			else machine.call("write", [report.fd, slots.failedCall.address, 24]);
		}
		machine.call("exit_group", [slots.exitCode]);
		asm.place(this.quiet);
		machine.call("exit_group", [failedExitCode]);
	}
}

/** Per error number: address of its name. */
function errnoTable(asm: Assembler): { names: Address; lengths: Address } {
	const all = Array.from({ length: lastErrno + 1 }, (_, errno) => errnoName(errno));
	return { names: asm.table(all.map((name) => asm.string(name))), lengths: asm.table(all.map((name) => name.length)) };
}

/** Loads the entry of `slot` from a table of 64-bit words. */
function look(asm: Assembler, dst: Slot, table: Address, slot: Slot): void {
	asm.compute(dst, "shl", slot, 3);
	asm.load(dst, table, dst);
}

/** Bits of an error number in the key of a hint. */
const errnoBits = 12;

/** `ns: text: ENAME\n`, with a hint where there is one, in one writev(2), so that nothing can come between its parts. */
function emitLine(
	{ asm, call, slot }: Machine,
	calls: readonly ReportedCall[],
	errnos: ReturnType<typeof errnoTable>,
): void {
	const texts = calls.map(({ text }) => `ns: ${text}: `);
	const addresses = asm.table([0, ...texts.map((text) => asm.string(text))]);
	const lengths = asm.table([0, ...texts.map((text) => toBytes(text).length)]);
	const hints = calls.flatMap((one, i) =>
		one.hints.map(({ code, hint }) => ({ key: ((i + 1) << errnoBits) | errnoNumber(code), text: `\nhint: ${hint}` })),
	);
	const hintTable = asm.table([...hints.flatMap(({ key, text }) => [key, asm.string(text), toBytes(text).length]), 0]);
	const vector = Array.from({ length: 8 }, () => asm.slot());
	const [text, textLength, name, nameLength, hint, hintLength, end, endLength] = vector as [
		Slot,
		Slot,
		Slot,
		Slot,
		Slot,
		Slot,
		Slot,
		Slot,
	];
	look(asm, text, addresses, slots.failedCall);
	look(asm, textLength, lengths, slots.failedCall);
	look(asm, name, errnos.names, slots.errno);
	look(asm, nameLength, errnos.lengths, slots.errno);

	const [wanted, entry, key] = [slot("hint.wanted"), slot("hint.entry"), slot("hint.key")];
	const [search, found, write] = [new Label(), new Label(), new Label()];
	asm.compute(wanted, "shl", slots.failedCall, errnoBits);
	asm.compute(wanted, "or", wanted, slots.errno);
	asm.set(entry, hintTable);
	asm.place(search);
	asm.load(key, entry, 0);
	asm.jumpIfEqual(key, 0, write);
	asm.jumpIfEqual(key, wanted, found);
	asm.compute(entry, "add", entry, 24);
	asm.jump(search);
	asm.place(found);
	asm.load(hint, entry, 8);
	asm.load(hintLength, entry, 16);

	asm.place(write);
	asm.set(end, asm.string("\n"));
	asm.set(endLength, 1);
	call("writev", [2, text.address, vector.length / 2]);
}

/**
 * Lets a child execute `[...explain, context, ENAME]`, and waits for it; where that cannot be, the plain line follows.
 * A child, because a process that has unshared its PID namespace can start no threads.
 */
function emitExplain(
	{ asm, call, flags, slot }: Machine,
	explain: readonly string[],
	calls: readonly ReportedCall[],
	errnos: ReturnType<typeof errnoTable>,
	environment: Address,
	plain: Label,
): void {
	const contexts = asm.table([0, ...calls.map(({ context }) => asm.string(context))]);
	const argv = asm.table([...explain.map((arg) => asm.string(arg)), 0, 0, 0]);
	const [value, child, status] = [slot("explain.value"), slot("explain.child"), slot("explain.status")];
	const execute = new Label();
	look(asm, value, contexts, slots.failedCall);
	asm.store(argv, 8 * explain.length, value);
	look(asm, value, errnos.names, slots.errno);
	asm.store(argv, 8 * (explain.length + 1), value);
	// A failure from here on must not take the place of the one that is reported.
	const [id, errno] = [slot("explain.id"), slot("explain.errno")];
	asm.set(id, slots.failedCall);
	asm.set(errno, slots.errno);
	const restore = new Label();
	call("clone", [flags("SIGCHLD"), 0, 0, 0, 0], { dst: child, onError: restore });
	asm.jumpIfEqual(child, 0, execute);
	call("wait4", [child, status.address, flags("__WALL"), 0]);
	call("exit_group", [slots.exitCode]);
	asm.place(execute);
	call("execve", [asm.string(explain[0] ?? ""), argv, environment]);
	asm.place(restore);
	asm.set(slots.failedCall, id);
	asm.set(slots.errno, errno);
	asm.jump(plain);
}
