/** What a filter is compiled from: for each machine its calls by number, and what is answered to them. */

import type { CallMachine } from "../linux/calls.ts";
import { constants } from "../linux/constants.ts";
import type { Answer } from "./actions.ts";

/** How a call's argument is compared, as 64-bit numbers without a sign. */
export type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** What an argument has to be; `mask` says which of its bits are looked at. */
export interface Condition {
	readonly index: number;
	readonly operator: Operator;
	readonly value: bigint;
	readonly mask?: bigint;
}

/** One rule for a call: where all conditions hold, this is the answer. */
export interface CallRule {
	readonly conditions: readonly Condition[];
	readonly answer: Answer;
}

/** The calls of one machine. */
export interface MachinePolicy {
	readonly machine: CallMachine;
	/**
	 * Rules by the number of the call. Where several hold the strictest answer counts, as with several filters; where none
	 * holds it is `otherwise`.
	 */
	readonly calls: ReadonlyMap<number, readonly CallRule[]>;
	readonly otherwise: Answer;
	/** Numbers from here on are newer than the policy, and have an answer of their own. */
	readonly newer?: { readonly from: number; readonly answer: Answer };
}

/** A whole policy. */
export interface Policy {
	readonly machines: readonly MachinePolicy[];
	/** The answer to programs of any other machine. */
	readonly foreign: Answer;
	/** The answer to calls by x32 numbers, which are those of x64 with a bit of their own. */
	readonly x32: Answer;
}

/** What the kernel calls the machines. */
export const architectures: Readonly<Record<CallMachine, number>> = {
	x64: constants.AUDIT_ARCH_X86_64,
	i386: constants.AUDIT_ARCH_I386,
	arm64: constants.AUDIT_ARCH_AARCH64,
	arm: constants.AUDIT_ARCH_ARM,
};

/** Numbers from here on are calls by the x32 convention. __X32_SYSCALL_BIT */
export const firstX32 = 0x4000_0000;
