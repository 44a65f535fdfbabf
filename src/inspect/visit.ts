/**
 * A visit to namespaces: a program for the stub that enters some, tells what can be seen only from there, and ends.
 * It is an image of its own and no part of Bun's memory, cannot be traced from its first call on, holds nothing but its
 * output and the namespaces' files, and enters a user namespace only where the caller's rights are not enough.
 *
 * It writes records: the number of a task in 64 bits, then how many bytes follow, or a negative error number, in 64 bits.
 */
import { constants } from "../linux/constants.ts";
import type { Arch } from "../linux/syscalls.ts";
import type { NamespaceKind } from "../plan/namespaces.ts";
import { namespaceInfo } from "../plan/namespaces.ts";
import { Label, type Operand, type Program, type Slot } from "../stub/assembler.ts";
import { getWord } from "../stub/instruction.ts";
import { type Machine, machine } from "../stub/routines/machine.ts";
import { dumpRequest, type dumps } from "./netlink.ts";

/** What is told of a visit. A file is opened below the descriptor, or below the visitor's own /proc/PID. */
export type Task =
	| { readonly task: "enter"; readonly kind: NamespaceKind; readonly fd: number }
	| { readonly task: "file"; readonly path: string; readonly below: number | "self" | "root" }
	| { readonly task: "dump"; readonly dump: keyof typeof dumps }
	| { readonly task: "names" };

export interface Visit {
	/** Descriptors of the visitor's that are open on user namespaces, the outermost first, for what may not be entered without. */
	readonly owners: readonly number[];
	readonly tasks: readonly Task[];
}

/** What came of a task. */
export interface TaskResult {
	readonly bytes: Uint8Array;
	/** The error number that it ended with. */
	readonly errno?: number | undefined;
}

const bufferSize = 32_768;
const recordHead = 16;
/** More of one file or dump is not read. */
export const mostBytes = 16 * 1024 * 1024;
const namesSize = 6 * 65;
/** Results from here on, taken as unsigned, are negative error numbers. */
const firstError = -4095;

/** The program of a visit. */
export function visitProgram(visit: Visit, arch: Arch, base: number): Program {
	const m = machine(arch);
	const { asm, call, flags } = m;
	call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]);
	const self = m.slot("self");
	call("openat", [flags("AT_FDCWD"), asm.string("/proc/self"), flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { dst: self });
	const proc = m.slot("proc");
	call("openat", [flags("AT_FDCWD"), asm.string("/proc"), flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { dst: proc });
	const entries = visit.tasks.flatMap((task, number) => (task.task === "enter" ? [{ ...task, number }] : []));
	for (const { kind, fd, number } of entries) emitEnter(m, kind, fd, entered(m, number));
	for (const owner of visit.owners) emitOwner(m, owner, entries);
	visit.tasks.forEach((task, number) => {
		const tell = (result: Slot): void => emitTell(m, number, result);
		if (task.task === "enter") tell(entered(m, number));
		else if (task.task === "names") emitNames(m, tell);
		else if (task.task === "file") {
			const below = task.below === "self" ? self : task.below === "root" ? proc : task.below;
			emitFile(m, task.path, below, tell);
		} else emitDump(m, task.dump, tell);
	});
	call("exit_group", [0]);
	return asm.link(base);
}

const entered = ({ slot }: Machine, number: number): Slot => slot(`entered.${number}`);

function emitEnter({ call, flags }: Machine, kind: NamespaceKind, fd: number, dst: Slot): void {
	call("setns", [fd, flags(namespaceInfo(kind).flag)], { dst });
}

/** Enters a user namespace when something was refused, and tries that again. */
function emitOwner(
	m: Machine,
	owner: number,
	entries: readonly { kind: NamespaceKind; fd: number; number: number }[],
): void {
	const { asm } = m;
	const [refused, done] = [new Label(), new Label()];
	for (const { number } of entries) {
		const next = new Label();
		asm.jumpIfBelow(entered(m, number), firstError, next);
		asm.jump(refused);
		asm.place(next);
	}
	asm.jump(done);
	asm.place(refused);
	const result = m.slot("owner");
	emitEnter(m, "user", owner, result);
	for (const { kind, fd, number } of entries) {
		const next = new Label();
		asm.jumpIfBelow(entered(m, number), firstError, next);
		emitEnter(m, kind, fd, entered(m, number));
		asm.place(next);
	}
	asm.place(done);
}

/** The head of a record. The result of a call is a count of bytes or an error. */
function emitTell({ asm, call, buffer }: Machine, number: number, result: Slot): void {
	const head = buffer("head", recordHead);
	asm.store(head, 0, number);
	asm.store(head, 8, result);
	call("write", [1, head, recordHead]);
}

/** A record with the bytes that the buffer holds. */
function emitPiece(m: Machine, tell: (result: Slot) => void, count: Slot, stop: Label): void {
	tell(count);
	m.call("write", [1, pieces(m), count], { onError: stop });
}

const pieces = ({ buffer }: Machine): Operand => buffer("pieces", bufferSize);

/** Reads and tells until there is no more: a record for each piece, and one with 0 or an error at the end. */
function emitPieces(m: Machine, tell: (result: Slot) => void, read: (count: Slot) => void): void {
	const { asm, slot } = m;
	const [count, total] = [slot("count"), slot("total")];
	const [loop, some, end] = [new Label(), new Label(), new Label()];
	asm.set(total, 0);
	asm.place(loop);
	read(count);
	asm.jumpIfEqual(count, 0, end);
	asm.jumpIfBelow(count, firstError, some);
	asm.jump(end);
	asm.place(some);
	emitPiece(m, tell, count, end);
	asm.compute(total, "add", total, count);
	asm.jumpIfBelow(total, mostBytes, loop);
	asm.place(end);
	tell(count);
}

function emitFile(m: Machine, path: string, below: Operand, tell: (result: Slot) => void): void {
	const { asm, call, flags, slot } = m;
	const file = slot("file");
	const [opened, done] = [new Label(), new Label()];
	call("openat", [below, asm.string(path), flags("O_RDONLY|O_CLOEXEC")], { dst: file });
	asm.jumpIfBelow(file, firstError, opened);
	tell(file);
	asm.jump(done);
	asm.place(opened);
	emitPieces(m, tell, (count) => call("read", [file, pieces(m), bufferSize], { dst: count }));
	call("close", [file]);
	asm.place(done);
}

/** A dump is made while it is received, so nothing is waited for, and it ends with EAGAIN. */
function emitDump(m: Machine, dump: keyof typeof dumps, tell: (result: Slot) => void): void {
	const { asm, call, flags, slot } = m;
	const socket = slot("socket");
	const [opened, done] = [new Label(), new Label()];
	const request = dumpRequest(dump);
	call("socket", [constants.AF_NETLINK, flags("SOCK_RAW|SOCK_CLOEXEC"), constants.NETLINK_ROUTE], { dst: socket });
	asm.jumpIfBelow(socket, firstError, opened);
	tell(socket);
	asm.jump(done);
	asm.place(opened);
	call("sendto", [socket, asm.bytes(request), request.length, 0, 0, 0]);
	emitPieces(m, tell, (count) =>
		call("recvfrom", [socket, pieces(m), bufferSize, flags("MSG_DONTWAIT"), 0, 0], { dst: count }),
	);
	call("close", [socket]);
	asm.place(done);
}

function emitNames(m: Machine, tell: (result: Slot) => void): void {
	const { asm, call, slot } = m;
	const count = slot("count");
	const [failed, done] = [new Label(), new Label()];
	call("uname", [pieces(m)], { dst: count });
	asm.jumpIfBelow(0, count, failed);
	asm.set(count, namesSize);
	emitPiece(m, tell, count, done);
	asm.set(count, 0);
	asm.place(failed);
	tell(count);
	asm.place(done);
}

/** What came of the tasks. Throws a `RangeError` when the visitor did not come to its end. */
export function visitResults(bytes: Uint8Array, { tasks }: Visit): TaskResult[] {
	const results = tasks.map((): { pieces: Uint8Array[]; errno?: number; ended?: true } => ({ pieces: [] }));
	for (let at = 0; at + recordHead <= bytes.length; ) {
		const words = new Uint32Array(bytes.slice(at, at + recordHead).buffer);
		const [number, count] = [getWord(words, 0), getWord(words, 2)];
		const result = results[number];
		at += recordHead;
		if (!result || at + Math.max(count, 0) > bytes.length) throw cutShort();
		if (tasks[number]?.task === "enter" || count <= 0) {
			result.ended = true;
			if (count < 0) result.errno = -count;
			continue;
		}
		result.pieces.push(bytes.subarray(at, at + count));
		at += count;
	}
	if (results.some(({ ended }) => !ended)) throw cutShort();
	return results.map(({ pieces, errno }) => ({ bytes: joined(pieces), errno }));
}

const cutShort = (): RangeError => new RangeError("the process that looked from inside was ended before it was done");

function joined(pieces: readonly Uint8Array[]): Uint8Array {
	const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		all.set(piece, at);
		at += piece.length;
	}
	return all;
}

/** The two names in `struct utsname`. uname(2). */
export function namesOf(
	bytes: Uint8Array,
	text: (bytes: Uint8Array) => string,
): { hostname: string; domainname: string } {
	const field = (index: number): string => {
		const whole = bytes.subarray(65 * index, 65 * (index + 1));
		const end = whole.indexOf(0);
		return text(end < 0 ? whole : whole.subarray(0, end));
	};
	return { hostname: field(1), domainname: field(5) };
}
