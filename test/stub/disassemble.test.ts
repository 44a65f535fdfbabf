import { describe, expect, test } from "bun:test";
import { syscallNumber } from "../../src/linux/syscalls.ts";
import { Assembler, Label, slots } from "../../src/stub/assembler.ts";
import { decode, disassemble } from "../../src/stub/disassemble.ts";
import { machine } from "../../src/stub/routines/machine.ts";

const base = 0x10000000;

/** The lines of a program without their numbers, addresses of data replaced by 0x... */
function lines(asm: Assembler, arch: "x64" | "arm64" = "x64"): string[] {
	return disassemble(asm.link(base).bytes, arch)
		.trimEnd()
		.split("\n")
		.map((line) => line.replace(/^ *\d+ {2}/, "").replace(/0x1000[0-9a-f]+/g, "0x..."));
}

describe("`disassemble`", () => {
	test("gives each instruction a line with its number", () => {
		const asm = new Assembler();
		for (let i = 0; i < 10; i++) asm.set(slots.discard, i);
		const text = disassemble(asm.link(base).bytes, "x64");
		expect(text.split("\n")).toEqual([
			...Array.from({ length: 9 }, (_, i) => `   ${i + 1}  set ${i}`),
			"  10  set 9",
			"",
		]);
	});

	test("names calls, slots, jumps, and the call of the plan", () => {
		const { asm, call, slot, buffer } = machine("x64");
		const [file, label] = [slot("file"), new Label()];
		const memory = buffer("answer", 16);
		asm.place(label);
		call("openat", [-100, asm.string("/proc/self"), 0x80000], { dst: file, onError: label, id: 5 });
		call("read", [file, memory, 16]);
		call("getpid", []);
		call("close", [0, 0]);
		asm.syscall(9999, [file]);
		asm.set(file, -1);
		asm.set(file, slots.errno);
		asm.compute(file, "add", file, 8);
		asm.compute(file, "or", file, file);
		asm.load(file, memory.plus(8), file);
		asm.store(memory, 8, file);
		asm.jump(label);
		asm.jumpIfEqual(file, 0, label);
		asm.jumpIfBelow(3, file, label);
		expect(lines(asm)).toEqual([
			'openat(-100, 0x... "/proc/self", 0x80000) = s6  !1  #5',
			"read(s6, &s7, 16)",
			"getpid()",
			"close()",
			"9999(s6)",
			"set -1 = s6",
			"set s3 = s6",
			"add s6, 8 = s6",
			"or s6, s6 = s6",
			"load [&s8 + s6] = s6",
			"store [&s7 + 8] = s6",
			"jump  ->1",
			"jeq s6, 0  ->1",
			"jb 3, s6  ->1",
		]);
	});

	test("names calls by the numbers of the architecture", () => {
		for (const arch of ["x64", "arm64"] as const) {
			const { asm, call } = machine(arch);
			call("mount_setattr", [1]);
			call("write", [2]);
			expect(lines(asm, arch)).toEqual(["mount_setattr(1)", "write(2)"]);
		}
		const asm = new Assembler();
		asm.syscall(syscallNumber("write", "arm64"), [2]);
		expect(lines(asm, "x64")).toEqual(["64(2)"]);
	});

	test("shows strings and no other data, and lets no control character through", () => {
		const asm = new Assembler();
		asm.set(slots.discard, asm.table([0x41424344, 7]));
		asm.set(slots.discard, asm.bytes(Uint8Array.of(0x41, 0x42, 0x43)));
		asm.set(slots.discard, asm.string("name=\u001b[31m\u009b\u007f\n"));
		asm.set(slots.discard, asm.string(""));
		expect(lines(asm)).toEqual([
			"set 0x...",
			"set 0x...",
			'set 0x... "name=\\u001b[31m\\u009b\\u007f\\n"',
			'set 0x... ""',
		]);
	});

	test("throws a RangeError for bytes that are no program", () => {
		expect(() => disassemble(new Uint8Array(64), "x64")).toThrow(RangeError);
	});
});

describe("`decode`", () => {
	test("gives as many instructions as the program has", () => {
		const asm = new Assembler();
		for (const nr of [3, 1, 2]) asm.syscall(nr, []);
		asm.bytes(new Uint8Array(1000));
		expect(decode(asm.link(base).bytes).map(({ nr }) => nr)).toEqual([3, 1, 2]);
	});
});
