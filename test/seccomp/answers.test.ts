import { expect, test } from "bun:test";
import { bpf, decode, encode, type Instruction } from "../../src/seccomp/bpf.ts";
import { answerOf } from "../../src/seccomp/interpreter.ts";

const data = new Uint32Array(16);

test("a program that ends without an answer, reads what is not there, or has an instruction of no kind, is an error", () => {
	const wrong: Instruction[] = [
		[bpf.load, 0, 0, 0],
		[bpf.load, 0, 0, 64],
		[bpf.load, 0, 0, 2],
		[0x55, 0, 0, 0],
		[0x94, 0, 0, 1],
	];
	for (const one of wrong) expect(() => answerOf([one], data)).toThrow(RangeError);
});

test("what is encoded is decoded", () => {
	const program: Instruction[] = [
		[bpf.jumpIfEqual, 255, 1, 0xffff_ffff],
		[bpf.give, 0, 0, 0x7fff_0000],
	];
	expect(decode(encode(program))).toEqual(program);
});
