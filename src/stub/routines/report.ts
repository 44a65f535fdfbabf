import { toBytes } from "../../bytes.ts";
import { errnoName, lastErrno } from "../../linux/errno.ts";
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
			if (report.explain) emitExplain(machine, report.explain, calls, errnos, environment);
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

/** `ns: text: ENAME\n` in one writev(2), so that nothing can come between its parts. */
function emitLine({ asm, call }: Machine, calls: readonly ReportedCall[], errnos: ReturnType<typeof errnoTable>): void {
	const texts = calls.map(({ text }) => `ns: ${text}: `);
	const addresses = asm.table([0, ...texts.map((text) => asm.string(text))]);
	const lengths = asm.table([0, ...texts.map((text) => toBytes(text).length)]);
	const vector = Array.from({ length: 6 }, () => asm.slot());
	const [text, textLength, name, nameLength, end, endLength] = vector as [Slot, Slot, Slot, Slot, Slot, Slot];
	look(asm, text, addresses, slots.failedCall);
	look(asm, textLength, lengths, slots.failedCall);
	look(asm, name, errnos.names, slots.errno);
	look(asm, nameLength, errnos.lengths, slots.errno);
	asm.set(end, asm.string("\n"));
	asm.set(endLength, 1);
	call("writev", [2, text.address, 3]);
}

/** Executes `[...explain, context, ENAME]`; where that fails, the plain line follows. */
function emitExplain(
	{ asm, call }: Machine,
	explain: readonly string[],
	calls: readonly ReportedCall[],
	errnos: ReturnType<typeof errnoTable>,
	environment: Address,
): void {
	const contexts = asm.table([0, ...calls.map(({ context }) => asm.string(context))]);
	const argv = asm.table([...explain.map((arg) => asm.string(arg)), 0, 0, 0]);
	const value = asm.slot();
	look(asm, value, contexts, slots.failedCall);
	asm.store(argv, 8 * explain.length, value);
	look(asm, value, errnos.names, slots.errno);
	asm.store(argv, 8 * (explain.length + 1), value);
	call("execve", [asm.string(explain[0] ?? ""), argv, environment]);
}
