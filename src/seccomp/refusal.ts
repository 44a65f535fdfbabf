/** A small filter: one system call is refused where one of its arguments is one of these values, by every way to call it. */
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import { bpf, dataOffsets, encode, type Instruction } from "./bpf.ts";

/** The call in one way to call the kernel: AUDIT_ARCH_*, and its number there. */
export type Way = readonly [architecture: number, call: number];

/** Instructions for one way, that go on behind them when it is another. */
const instructionsPerWay = 4;

/**
 * The filter as an array of `struct sock_filter`. The argument is compared by its lower 32 bits: for calls of which the
 * kernel takes no notice of the upper ones.
 */
export function refusal(ways: readonly Way[], argument: number, values: readonly number[]): Uint8Array {
	const program: Instruction[] = [];
	let toCheck = instructionsPerWay * ways.length + 1;
	for (const [architecture, call] of ways) {
		toCheck -= instructionsPerWay;
		program.push([bpf.load, 0, 0, dataOffsets.architecture], [bpf.jumpIfEqual, 0, 2, architecture]);
		program.push([bpf.load, 0, 0, dataOffsets.call], [bpf.jumpIfEqual, toCheck, 0, call]);
	}
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW], [bpf.load, 0, 0, dataOffsets.argument(argument)]);
	let toRefuse = values.length;
	for (const value of values) program.push([bpf.jumpIfEqual, toRefuse--, 0, value]);
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW]);
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ERRNO + errnoNumber("EPERM")]);
	return encode(program);
}
