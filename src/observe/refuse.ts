/**
 * A filter that refuses, with the observer in between: it asks where the filter would refuse, and the observer, which
 * runs the same program over the same data, answers with the same error. What is decided is decided by the numbers in the
 * registers, which the kernel has copied: unlike paths, nobody can change them meanwhile. seccomp_unotify(2)
 */
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import { type Arch, type Syscall, syscallNumber } from "../linux/syscalls.ts";
import type { Arg, Step } from "../plan/types.ts";
import { bpf, decode, type Instruction, mostInstructions } from "../seccomp/bpf.ts";
import { answerOf } from "../seccomp/interpreter.ts";
import { architectures } from "./filter.ts";

const { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF } = constants;
const isMissing = SECCOMP_RET_ERRNO + errnoNumber("ENOSYS");
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

/**
 * `watching` with a filter before it that refuses nothing: where it would, there is a question that is to be answered with
 * a yes. Only what it says is missing is missing, so that a program takes the way that it would take behind the filter.
 */
export function noticing(filter: readonly Instruction[], watching: readonly Instruction[]): Instruction[] {
	const program = filter.map((instruction, i): Instruction => {
		const [code, , , value] = instruction;
		if (code !== bpf.give || value === isMissing) return instruction;
		if (errorOf(value) === undefined) return [bpf.jump, 0, 0, filter.length - i - 1];
		return [bpf.give, 0, 0, SECCOMP_RET_USER_NOTIF];
	});
	return [...program, ...watching];
}

/** The steps of a sandbox's own filters, without the one that takes effect through the observer. */
export interface Split {
	readonly rest: readonly Step[];
	readonly refusing: readonly Instruction[] | undefined;
}

/**
 * Takes the last filter that can be joined out of these steps, which says most as a rule. Others stay as they are: the
 * kernel then refuses what they refuse, and the observer does not hear of it.
 */
export function splitFilters(steps: readonly Step[], arch: Arch): Split {
	for (const one of steps.toReversed()) {
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
	return typeof filter === "object" && filter !== null && "bytes" in filter
		? decode(Uint8Array.from(filter.bytes))
		: undefined;
}

const codes: ReadonlySet<number> = new Set(Object.values(bpf));

/** Instructions that there has to be room for behind a filter: what is watched, and what is noticed. */
const room = 2048;

/** What this process still has to do behind the filter, before anybody answers. */
const beforeAnswers: readonly Syscall[] = ["sendmsg", "close", "seccomp"];

/**
 * Whether the observer can stand in for this filter: there is room, it knows every instruction, nothing in it waits for somebody else's
 * answer, and what hands the listener over is allowed, with whatever arguments.
 */
function canJoin(program: readonly Instruction[], arch: Arch): boolean {
	if (program.length + room > mostInstructions) return false;
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
