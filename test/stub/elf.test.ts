import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stub } from "../../src/launch/image.ts";
import { Assembler, slots } from "../../src/stub/assembler.ts";
import { elf, imageBase, programOf } from "../../src/stub/elf.ts";
import { needs } from "../needs.ts";

function program(base = imageBase) {
	const asm = new Assembler();
	asm.set(slots.discard, asm.string("text"));
	asm.scratch(5000);
	return asm.link(base).bytes;
}

/** What `readelf` says of a file: the lines of its header, and its segments. */
function readelf(bytes: Uint8Array) {
	const folder = mkdtempSync(join(tmpdir(), "nskit-elf-"));
	try {
		const file = join(folder, "image");
		writeFileSync(file, bytes);
		const { exitCode, stdout, stderr } = Bun.spawnSync(["readelf", "-hlW", file]);
		expect([exitCode, stderr.toString()]).toEqual([0, ""]);
		const text = stdout.toString();
		const rows = /^ {2}(LOAD|GNU_STACK) +(\w+) (\w+) \w+ (\w+) (\w+) ([RWE ]{3}) (\w+)$/gm;
		const segments = [...text.matchAll(rows)].map(([, type, offset, address, file, memory, flags, align]) => ({
			type,
			...{ offset: Number(offset), address: Number(address), file: Number(file), memory: Number(memory) },
			...{ flags, align: Number(align) },
		}));
		return { text, segments };
	} finally {
		rmSync(folder, { recursive: true });
	}
}

for (const [arch, machine] of [
	["x64", "Advanced Micro Devices X86-64"],
	["arm64", "AArch64"],
] as const) {
	describe(`\`elf\` for ${arch}`, () => {
		const bytes = program();
		const code = stub(arch);
		const image = elf(program(), code, arch);

		needs("readelf")("makes a static executable of that machine that starts at the stub", () => {
			const { text } = readelf(image);
			expect(text).toContain("Type:                              EXEC (Executable file)");
			expect(text).toContain(`Machine:                           ${machine}\n`);
			const entry = Number(/Entry point address: +(\w+)/.exec(text)?.[1]);
			expect(entry - 0x400000).toBe(64 + 3 * 56 + (code.labels.get("start") ?? Number.NaN));
			expect(image.subarray(entry - 0x400000).subarray(0, code.bytes.length)).toEqual(code.bytes);
		});

		needs("readelf")("maps code, program and scratch memory, and no page writable and executable", () => {
			const { segments } = readelf(image);
			const codeSize = 64 + 3 * 56 + code.bytes.length;
			const size = bytes.length;
			expect(segments).toEqual([
				{ type: "LOAD", offset: 0, address: 0x400000, file: codeSize, memory: codeSize, flags: "R E", align: 4096 },
				{ type: "LOAD", offset: 4096, address: imageBase, file: size, memory: size, flags: "RW ", align: 4096 },
				{ type: "GNU_STACK", offset: 0, address: 0, file: 0, memory: 0, flags: "RW ", align: 16 },
			]);
		});

		test("holds the program as it was linked, which `programOf` gives back", () => {
			expect(programOf(image)).toEqual({ arch, bytes });
			expect(image).toHaveLength(4096 + bytes.length);
		});
	});
}

describe("`elf`", () => {
	test("refuses a program that was linked for another address", () => {
		const wrong = new RangeError("an image's program has to be linked at imageBase");
		expect(() => elf(program(imageBase + 4096), stub("x64"), "x64")).toThrow(wrong);
	});

	test("refuses a stub that does not fit into its page", () => {
		const room = 4096 - 64 - 3 * 56;
		const code = (size: number) => ({ bytes: new Uint8Array(size), labels: new Map([["start", 0]]) });
		expect(() => elf(program(), code(room + 1), "x64")).toThrow(new RangeError("the stub does not fit into its page"));
		expect(programOf(elf(program(), code(room), "x64")).bytes).toEqual(program());
	});
});

describe("`programOf`", () => {
	test("throws a RangeError for every other file", () => {
		const image = elf(program(), stub("x64"), "x64");
		const noImage = new RangeError("this file is no image of nskit");
		expect(() => programOf(new Uint8Array(0))).toThrow(noImage);
		expect(() => programOf(image.subarray(0, 4096))).toThrow(noImage);
		expect(() => programOf(image.with(0, 0))).toThrow(noImage);
		expect(() => programOf(image.with(18, 3))).toThrow(noImage);
	});
});
