import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { answers } from "../../src/seccomp/actions.ts";
import { encode, type Instruction } from "../../src/seccomp/bpf.ts";
import { onlyLogging, readProgram } from "../../src/seccomp/raw.ts";
import { isValid } from "./interpreter.ts";

const allow: Instruction = [0x06, 0, 0, answers.allow];
const read = (...program: Instruction[]) => readProgram(encode(program));

describe("a program that somebody else has compiled", () => {
	test("is taken as the kernel would take it", () => {
		expect(read(allow)).toEqual([allow]);
		expect(read([0x20, 0, 0, 4], [0x15, 0, 1, 62], allow, [0x06, 0, 0, 0])).toHaveLength(4);
	});

	test("is refused in words", () => {
		const cases: [string | readonly Instruction[], string][] = [
			[readProgram(new Uint8Array()), "it is empty"],
			[readProgram(new Uint8Array(12)), "it has 12 bytes, which is no multiple of 8"],
			[readProgram(new Uint8Array(8 * 4097)), "it has 4097 instructions, and the kernel takes 4096"],
			[read([0x20, 0, 0, 4]), "its last instruction gives no answer"],
			[read([0x30, 0, 0, 0], allow), "instruction 0 has the code 0x30, which is not allowed"],
			[read([0x20, 0, 0, 64], allow), "instruction 0 loads from 64, where there is no word"],
			[read([0x20, 0, 0, 2], allow), "instruction 0 loads from 2, where there is no word"],
			[read([0x15, 0, 1, 0], allow), "instruction 0 jumps behind the end"],
			[read([0x05, 0, 0, 0xffffffff], allow), "instruction 0 jumps behind the end"],
			[read([0x34, 0, 0, 0], allow), "instruction 0 divides by zero"],
			[read([0x64, 0, 0, 32], allow), "instruction 0 shifts by 32"],
			[read([0x02, 0, 0, 16], allow), "instruction 0 uses word 16 of 16 of memory"],
			[read([0x60, 0, 0, 3], allow), "instruction 0 reads memory that was not written"],
			[
				read([0x15, 0, 1, 0], [0x02, 0, 0, 3], [0x60, 0, 0, 3], allow),
				"instruction 2 reads memory that was not written",
			],
		];
		for (const [found, wrong] of cases) expect(found).toBe(wrong);
		expect(read([0x02, 0, 0, 3], [0x15, 0, 0, 0], [0x60, 0, 0, 3], allow)).toHaveLength(4);
	});

	test("of any instructions is judged as by the other implementation of the kernel's checks", () => {
		const code = fc.oneof(
			fc.constantFrom(0x20, 0x15, 0x06, 0x16, 0x05, 0x35, 0x54, 0x34, 0x64, 0x02, 0x84),
			fc.nat(0xff),
		);
		const small = fc.oneof(fc.nat(6), fc.constantFrom(16, 32, 60, 64, 0xffffffff));
		const instruction = fc.tuple(code, fc.nat(4), fc.nat(4), small);
		fc.assert(
			fc.property(fc.array(instruction, { maxLength: 6 }), (program) => {
				const ours = readProgram(encode(program));
				if (typeof ours === "string" && ours.endsWith("memory that was not written")) return;
				expect(typeof ours !== "string").toBe(isValid(program));
			}),
			{ numRuns: 3000 },
		);
	});

	test("logs instead of refusing, unless it computes what it answers", () => {
		const program: Instruction[] = [[0x15, 0, 1, 0], [0x06, 0, 0, answers.errno + 1], [0x06, 0, 0, 0], allow];
		expect(onlyLogging(program)).toEqual([
			program[0] ?? allow,
			[0x06, 0, 0, answers.log],
			[0x06, 0, 0, answers.log],
			allow,
		]);
		expect(onlyLogging([[0x16, 0, 0, 0]])).toBeUndefined();
	});
});
