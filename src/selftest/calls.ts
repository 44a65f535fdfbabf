/**
 * Attacks as lists of system calls. No compiler is needed on a user's machine: our own stub carries them out, inside the
 * sandbox, and tells what each was answered.
 */
import { errnoName } from "../linux/errno.ts";
import type { Arch } from "../linux/syscalls.ts";
import { Label, type Operand, type Slot } from "../stub/assembler.ts";
import { imageBase } from "../stub/elf.ts";
import { type Machine, machine } from "../stub/routines/machine.ts";
import { type ProbeSyscall, probeNumber } from "./numbers.ts";
import { type Came, held, type Judgement, notHeld, untried } from "./types.ts";

/** An argument of an attack's call. */
export type ProbeArg =
	| number
	/** A C string, by address. */
	| string
	/** Constants of the kernel by name, joined with `|`. */
	| { readonly flags: string }
	/** These bytes, by address. */
	| { readonly bytes: readonly number[] }
	/** So many bytes of zeroed memory, by address. */
	| { readonly zeros: number }
	/** A structure of 64-bit fields, by address. */
	| { readonly words: readonly ProbeArg[] }
	/** The answer of an earlier call, by its position. */
	| { readonly answer: number };

/** One system call of an attack. */
export interface ProbeCall {
	/** By name, or by any number at all. */
	readonly call: ProbeSyscall | number;
	readonly args: readonly ProbeArg[];
	/**
	 * The errors that mean it was refused; everything else means that the sandbox does not hold. `"any"`: the answer is
	 * only needed by later calls.
	 */
	readonly refusedBy?: readonly string[] | "any";
	/** A process that it makes ends at once. */
	readonly forks?: true;
}

/** What a call that is not allowed is answered by a filter, by a lack of rights, or by a kernel without it. */
export const usualRefusals: readonly string[] = ["EPERM", "EACCES", "ENOSYS"];

export const probeCall = (
	call: ProbeSyscall | number,
	args: readonly ProbeArg[],
	refusedBy: ProbeCall["refusedBy"] = usualRefusals,
): ProbeCall => ({ call, args, refusedBy });

/** Results from here on, taken as unsigned, are negative error numbers. */
const firstError = -4095;

/** The program of a probe: each answer is written to standard output, and the exit code is how many calls were done. */
export function probeProgram(calls: readonly ProbeCall[], arch: Arch): Uint8Array {
	const m = machine(arch);
	const count = m.slot("count");
	const answers: Slot[] = [];
	for (const { call, args, forks } of calls) {
		const answer = m.slot(`answer.${answers.length}`);
		const operands = args.map((arg) => operand(m, arg, answers));
		m.asm.syscall(probeNumber(call, arch), operands, { dst: answer });
		if (forks) endChild(m, answer);
		m.call("write", [1, answer.address, answerSize]);
		const [done, next] = [new Label(), new Label()];
		m.asm.jumpIfBelow(answer, firstError, done);
		m.asm.jump(next);
		m.asm.place(done);
		m.asm.compute(count, "add", count, 1);
		m.asm.place(next);
		answers.push(answer);
	}
	m.call("exit_group", [count]);
	return m.asm.link(imageBase).bytes;
}

/** The program that makes some calls and then executes the file behind a descriptor; a call that fails ends it. */
export function introProgram(calls: readonly ProbeCall[], descriptor: number, arch: Arch): Uint8Array {
	const m = machine(arch);
	const failed = new Label();
	const answers: Slot[] = [];
	for (const { call, args } of calls) {
		const answer = m.slot(`answer.${answers.length}`);
		const operands = args.map((arg) => operand(m, arg, answers));
		m.asm.syscall(probeNumber(call, arch), operands, { dst: answer, onError: failed });
		answers.push(answer);
	}
	const argv = m.asm.table([m.asm.string("ns"), 0]);
	const flags = m.flags("AT_EMPTY_PATH");
	m.call("execveat", [descriptor, m.asm.string(""), argv, m.asm.table([0]), flags]);
	m.asm.place(failed);
	m.call("exit_group", [introFailed]);
	return m.asm.link(imageBase).bytes;
}

/** The exit code of a program whose first calls failed. */
export const introFailed = 98;

/** The program that exchanges two names again and again, until it is ended. renameat2(2). */
export function exchangeProgram(one: string, other: string, times: number, arch: Arch): Uint8Array {
	const m = machine(arch);
	const again = new Label();
	const count = m.slot("count");
	const here = m.flags("AT_FDCWD");
	m.call("prctl", [m.flags("PR_SET_PDEATHSIG"), m.flags("SIGKILL"), 0, 0, 0]);
	m.asm.place(again);
	m.call("renameat2", [here, m.asm.string(one), here, m.asm.string(other), m.flags("RENAME_EXCHANGE")]);
	m.asm.compute(count, "add", count, 1);
	m.asm.jumpIfBelow(count, times, again);
	m.call("exit_group", [0]);
	return m.asm.link(imageBase).bytes;
}

function endChild({ asm, call }: Machine, answer: Slot): void {
	const [child, parent] = [new Label(), new Label()];
	asm.jumpIfEqual(answer, 0, child);
	asm.jump(parent);
	asm.place(child);
	call("exit_group", [0]);
	asm.place(parent);
}

function operand(m: Machine, arg: ProbeArg, answers: readonly Slot[]): Operand {
	if (typeof arg === "number") return arg;
	if (typeof arg === "string") return m.asm.string(arg);
	if ("flags" in arg) return m.flags(arg.flags);
	if ("bytes" in arg) return m.asm.bytes(arg.bytes);
	if ("zeros" in arg) return m.asm.scratch(arg.zeros);
	if ("words" in arg) return m.asm.table(arg.words.map((word) => fixed(operand(m, word, answers))));
	const answer = answers[arg.answer];
	if (!answer) throw new RangeError(`there is no answer ${arg.answer} yet`);
	return answer;
}

function fixed(value: Operand): Exclude<Operand, Slot> {
	if (typeof value === "number" || "region" in value) return value;
	throw new TypeError("a structure of a probe holds no answers");
}

/** Bytes of an answer on standard output. */
const answerSize = 8;

/** The answers in what a probe has written. */
export function readAnswers(bytes: Uint8Array): number[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const answers: number[] = [];
	for (let at = 0; at + answerSize <= bytes.length; at += answerSize) answers.push(Number(view.getBigInt64(at, true)));
	return answers;
}

/** A call as a person reads it. */
export function shown({ call, args }: ProbeCall): string {
	const name = typeof call === "number" ? `call ${call}` : call;
	const texts = args.map((arg) => {
		if (typeof arg === "number") return arg > 0xffff ? `0x${arg.toString(16)}` : String(arg);
		if (typeof arg === "string") return JSON.stringify(arg);
		return "flags" in arg ? arg.flags : "..";
	});
	return `${name}(${texts.join(", ")})`;
}

/** Whether every call of a probe was refused. */
export function judgeCalls(calls: readonly ProbeCall[], came: Came): Judgement {
	if (came.refused !== undefined) return untried(`the sandbox was not made: ${came.refused}`);
	if (came.late) return untried("the probe did not end in time");
	for (const [i, call] of calls.entries()) {
		const { refusedBy = usualRefusals } = call;
		const answer = came.answers[i];
		if (answer === undefined) {
			// A filter that ends the process has refused this one, and nobody knows of the others.
			if (came.signal === "SIGSYS")
				return i === calls.length - 1 ? held : untried(`a filter ends it at ${shown(call)}`);
			return untried(`nothing came back of ${shown(call)}`);
		}
		if (refusedBy === "any") continue;
		if (answer >= 0) return notHeld(`${shown(call)} was done`);
		if (!refusedBy.includes(errnoName(-answer))) return notHeld(`${shown(call)} went as far as ${errnoName(-answer)}`);
	}
	return held;
}
