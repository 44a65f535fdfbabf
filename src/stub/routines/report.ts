import { toBytes } from "../../bytes.ts";
import { errnoColumns, errnoNumber, errnoTable } from "../../linux/errno.ts";
import type { Address, Assembler, Slot } from "../assembler.ts";
import { Label, slots } from "../assembler.ts";
import { emitFailedBehind } from "./background.ts";
import { emitLength } from "./length.ts";
import type { Machine } from "./machine.ts";

/** Where a failure is told. */
export type Report =
	/** A record is written to this descriptor; TypeScript reads it (launch/failure.ts). */
	| { readonly to: "channel"; readonly fd: number }
	/** The slots are read by TypeScript, which shares the memory. */
	| { readonly to: "memory" }
	/**
	 * One line on standard error. `explain`, if given, is a command that can say more: it gets the number of the call and
	 * the error's name as two more arguments, and speaks for all failures while its path can be trusted.
	 */
	| { readonly to: "stderr"; readonly explain?: readonly string[] | undefined }
	/** One line on standard error in the form of another tool, `NAME: what failed: text of the error`; exit code 1. */
	| ToolReport;

/** How a tool whose place we take tells of failures. */
export interface ToolReport {
	readonly to: "tool";
	/** The name at the beginning of each line. */
	readonly name: string;
	/** The texts of error numbers, from 0 on. strerror(3). */
	readonly errors: readonly string[];
}

/** What the stub itself says when a call of the plan fails. */
export interface ReportedCall {
	/** The number of the call. */
	readonly id: number;
	/** One sentence without the error's name. */
	readonly text: string;
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

	constructor(
		private readonly report: Report,
		/** Where a failure in the background is told too. */
		private readonly ready?: number,
	) {}

	/** Emits the ends of all processes. `calls` are those the stub speaks for itself; `last` is the highest number of a call. */
	emit(machine: Machine, calls: readonly ReportedCall[], last: number): void {
		const { asm } = machine;
		const { report } = this;
		if (report.to === "tool") {
			(require("./tool.ts") as typeof import("./tool.ts")).emitToolReport(machine, this, report, calls);
			return;
		}
		if (report.to === "stderr") {
			const errnos = asm.bytes(toBytes(errnoTable.replaceAll(" ", "\0")));
			asm.place(this.early);
			if (report.explain) emitExplain(machine, report.explain, last, errnos, { plain: this.late, ready: this.ready });
			asm.place(this.late);
			emitLine(machine, calls, last, errnos);
		} else {
			asm.place(this.early);
			asm.place(this.late);
			if (report.to === "memory") asm.set(slots.failed, 1);
			else machine.call("write", [report.fd, slots.failedCall.address, 24]);
		}
		if (this.ready !== undefined) emitFailedBehind(machine, this.ready);
		machine.call("exit_group", [slots.exitCode]);
		asm.place(this.quiet);
		machine.call("exit_group", [failedExitCode]);
	}
}

/** Bytes between two entries of a table of short texts. */
const cell = errnoColumns;
const cellShift = 4;

/** Short texts for the numbers from 0 to `last`, at equal distances, so that the n-th is found by a shift. */
function cells(asm: Assembler, last: number, text: (n: number) => string): Address {
	let all = "";
	for (let n = 0; n <= last; n++) all += text(n).padEnd(cell, "\0");
	return asm.bytes(toBytes(all));
}

/** The address of the entry that `index` names. */
function cellAt(asm: Assembler, dst: Slot, table: Address, index: Slot): void {
	asm.compute(dst, "shl", index, cellShift);
	asm.compute(dst, "add", dst, table);
}

/** Loads the entry of `slot` from a table of 64-bit words. */
function look(asm: Assembler, dst: Slot, table: Address, slot: Slot): void {
	asm.compute(dst, "shl", slot, 3);
	asm.load(dst, table, dst);
}

/** What is said of a call that an explanation was meant for, when that could not be executed. */
const unexplained = "ns: cannot make the sandbox: a step failed before the command's; ns plan shows them: ";
/** Bits of an error number in the key of a hint. */
const errnoBits = 12;

/** `ns: text: ENAME\n`, with a hint where there is one, in one writev(2), so that nothing can come between its parts. */
function emitLine(machine: Machine, calls: readonly ReportedCall[], last: number, errnoNames: Address): void {
	const { asm, call, slot } = machine;
	const texts = [asm.string(unexplained)];
	for (let id = 1; id <= last; id++) texts.push(texts[0] as Address);
	const hints: (number | Address)[] = [];
	for (const { id, text, hints: some } of calls) {
		texts[id] = asm.string(`ns: ${text}: `);
		for (const { code, hint } of some)
			hints.push(
				(id << errnoBits) | errnoNumber(code),
				asm.string(`
hint: ${hint}`),
			);
	}
	const addresses = asm.table(texts);
	const hintTable = asm.table([...hints, 0]);
	// struct iovec: an address and a length each, one behind the other.
	const [text, textLength, name, nameLength] = [asm.slot(), asm.slot(), asm.slot(), asm.slot()];
	const [hint, hintLength, end, endLength] = [asm.slot(), asm.slot(), asm.slot(), asm.slot()];
	look(asm, text, addresses, slots.failedCall);
	cellAt(asm, name, errnoNames, slots.errno);
	asm.set(hint, asm.string(""));
	asm.set(end, asm.string("\n"));
	asm.set(endLength, 1);

	const [wanted, entry, key] = [slot("hint.wanted"), slot("hint.entry"), slot("hint.key")];
	const [search, found, write] = [new Label(), new Label(), new Label()];
	asm.compute(wanted, "shl", slots.failedCall, errnoBits);
	asm.compute(wanted, "or", wanted, slots.errno);
	asm.set(entry, hintTable);
	asm.place(search);
	asm.load(key, entry, 0);
	asm.jumpIfEqual(key, 0, write);
	asm.jumpIfEqual(key, wanted, found);
	asm.compute(entry, "add", entry, 16);
	asm.jump(search);
	asm.place(found);
	asm.load(hint, entry, 8);

	asm.place(write);
	emitLength(machine, textLength, text);
	emitLength(machine, nameLength, name);
	emitLength(machine, hintLength, hint);
	call("writev", [2, text.address, 4]);
}

/**
 * Lets a child execute `[...explain, number, ENAME]`, and waits for it; where that cannot be, the plain line follows.
 * A child, because a process that has unshared its PID namespace can start no threads.
 */
function emitExplain(
	machine: Machine,
	explain: readonly string[],
	last: number,
	errnoNames: Address,
	{ plain, ready }: { plain: Label; ready: number | undefined },
): void {
	const { asm, call, flags, slot } = machine;
	const numbers = cells(asm, last, String);
	const argv = asm.table([...explain.map((arg) => asm.string(arg)), 0, 0, 0]);
	const [value, child, status] = [slot("explain.value"), slot("explain.child"), slot("explain.status")];
	// A failure from here on must not take the place of the one that is reported.
	const [id, errno] = [slot("explain.id"), slot("explain.errno")];
	const [execute, restore] = [new Label(), new Label()];
	asm.set(id, slots.failedCall);
	asm.set(errno, slots.errno);
	cellAt(asm, value, numbers, id);
	asm.store(argv, 8 * explain.length, value);
	cellAt(asm, value, errnoNames, errno);
	asm.store(argv, 8 * (explain.length + 1), value);
	call("clone", [flags("SIGCHLD"), 0, 0, 0, 0], { dst: child, onError: restore });
	asm.jumpIfEqual(child, 0, execute);
	call("wait4", [child, status.address, flags("__WALL"), 0]);
	if (ready !== undefined) emitFailedBehind(machine, ready);
	call("exit_group", [slots.exitCode]);
	asm.place(execute);
	asm.load(value, asm.header("env"), 0);
	call("execve", [asm.string(explain[0] ?? ""), argv, value]);
	asm.place(restore);
	asm.set(slots.failedCall, id);
	asm.set(slots.errno, errno);
	asm.jump(plain);
}
