/**
 * A filter that refuses, with the observer in between: it asks where the filter would refuse, and the observer, which
 * runs the same program over the same data, answers with the same error. What is decided is decided by the numbers in the
 * registers, which the kernel has copied: unlike paths, nobody can change them meanwhile. seccomp_unotify(2)
 */
import { constants } from "../linux/constants.ts";
import { type Arch, type Syscall, syscallNumber } from "../linux/syscalls.ts";
import type { Arg, Step } from "../plan/types.ts";
import { bpf, type Instruction } from "../seccomp/bpf.ts";
import { architectures } from "./filter.ts";

const { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF } = constants;
const kindMask = 0xffff_0000;

/** Whether a filter's answer is an error for the caller, and which. */
export function errorOf(answer: number): number | undefined {
	return (answer & kindMask) >>> 0 === SECCOMP_RET_ERRNO ? answer & 0xffff : undefined;
}

/**
 * `refusing` and then `watching` as one program: an error becomes a question, and what is allowed is looked at by
 * `watching`. Everything else, such as an end of the process, stays as it is.
 */
export function joined(refusing: readonly Instruction[], watching: readonly Instruction[]): Instruction[] {
	const program = refusing.map((instruction, i): Instruction => {
		const [code, , , value] = instruction;
		if (code !== bpf.give) return instruction;
		if (value === SECCOMP_RET_ALLOW) return [bpf.jump, 0, 0, refusing.length - i - 1];
		return errorOf(value) === undefined ? instruction : [bpf.give, 0, 0, SECCOMP_RET_USER_NOTIF];
	});
	return [...program, ...watching];
}

/** What a program answers for `struct seccomp_data`, given as its sixteen 32-bit words. */
export function answerOf(program: readonly Instruction[], data: Uint32Array): number {
	let accumulator = 0;
	for (let at = 0; at < program.length; at++) {
		const [code, ifTrue, ifFalse, value] = program[at] as Instruction;
		if (code === bpf.give) return value >>> 0;
		if (code === bpf.load) accumulator = word(data, value);
		else if (code === bpf.and) accumulator = (accumulator & value) >>> 0;
		else if (code === bpf.jump) at += value;
		else at += holds(code, accumulator, value >>> 0) ? ifTrue : ifFalse;
	}
	throw new RangeError("a filter ends without an answer");
}

function word(data: Uint32Array, offset: number): number {
	const value = data[offset >> 2];
	if (value === undefined) throw new RangeError("a filter reads what is not there");
	return value;
}

function holds(code: number, accumulator: number, value: number): boolean {
	switch (code) {
		case bpf.jumpIfEqual:
			return accumulator === value;
		case bpf.jumpIfGreater:
			return accumulator > value;
		case bpf.jumpIfAtLeast:
			return accumulator >= value;
		case bpf.jumpIfAnySet:
			return (accumulator & value) !== 0;
		default:
			throw new RangeError(`no instruction of a filter has the code ${code}`);
	}
}

/** The steps of a sandbox's own filters, without the one that takes effect through the observer. */
export interface Split {
	readonly rest: readonly Step[];
	readonly refusing: readonly Instruction[] | undefined;
}

/**
 * Takes the first filter that can be joined out of these steps. Others stay as they are: the kernel then refuses what they
 * refuse, and the observer does not hear of it.
 */
export function splitFilters(steps: readonly Step[], arch: Arch): Split {
	for (const one of steps) {
		const refusing = filterOf(one);
		if (refusing && canJoin(refusing, arch)) return { rest: steps.filter((other) => other !== one), refusing };
	}
	return { rest: steps, refusing: undefined };
}

/** The program of a step that sets one filter, without flags. */
function filterOf({ calls }: Step): Instruction[] | undefined {
	const [only] = calls;
	if (calls.length !== 1 || only?.name !== "seccomp" || only.args[1] !== 0) return undefined;
	const program = only.args[2] as Arg | undefined;
	if (typeof program !== "object" || program === null || !("struct" in program)) return undefined;
	const { filter } = program.struct;
	return typeof filter === "object" && filter !== null && "bytes" in filter ? decode(filter.bytes) : undefined;
}

function decode(bytes: readonly number[]): Instruction[] {
	const view = new DataView(new Uint8Array(bytes).buffer);
	const program: Instruction[] = [];
	for (let at = 0; at + 8 <= bytes.length; at += 8) {
		const [code, value] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
		program.push([code, view.getUint8(at + 2), view.getUint8(at + 3), value]);
	}
	return program;
}

const codes: ReadonlySet<number> = new Set(Object.values(bpf));

/** What this process still has to do behind the filter, before anybody answers. */
const beforeAnswers: readonly Syscall[] = ["sendmsg", "close", "seccomp"];

/**
 * Whether the observer can stand in for this filter: it knows every instruction, nothing in it waits for somebody else's
 * answer, and what hands the listener over is allowed, with whatever arguments.
 */
function canJoin(program: readonly Instruction[], arch: Arch): boolean {
	for (const [code, , , value] of program) {
		if (!codes.has(code)) return false;
		if (code === bpf.give && (value & kindMask) >>> 0 === SECCOMP_RET_USER_NOTIF) return false;
	}
	return beforeAnswers.every((name) => allows(program, syscallNumber(name, arch), architectures[arch]));
}

/** Whether a call is allowed by its number alone. */
function allows(program: readonly Instruction[], call: number, architecture: number): boolean {
	try {
		return answerOf(program, new Uint32Array([call, architecture])) === SECCOMP_RET_ALLOW;
	} catch (error) {
		if (error instanceof RangeError) return false;
		throw error;
	}
}
