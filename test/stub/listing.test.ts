import { describe, expect, test } from "bun:test";
import { parseListing } from "../../scripts/listing.ts";
import { listing as arm64 } from "../../src/stub/arm64.ts";
import { machineCode } from "../../src/stub/listing.ts";
import { listing as x64 } from "../../src/stub/x86_64.ts";
import { needs } from "../needs.ts";
import { assemblerDisagrees, objdumpDisagrees } from "./disagreements.ts";

const stubs = [
	{ arch: "x64", listing: x64, need: "objdump" },
	{ arch: "arm64", listing: arm64, need: "aarch64-binutils" },
] as const;

for (const { arch, listing, need } of stubs) {
	const { bytes, labels } = machineCode(listing);

	describe(`the stub for ${arch}`, () => {
		needs(need)("has exactly the bytes that the assembler makes of its instructions", async () => {
			expect(await assemblerDisagrees(arch, listing)).toEqual([]);
		});

		needs(need)("has exactly the instructions that objdump reads in its bytes", () => {
			expect(objdumpDisagrees(arch, listing, [bytes])).toEqual([[]]);
		});

		needs(need)("is found wrong by objdump when any one byte is changed", () => {
			const mutants = Array.from(bytes, (byte, i) => bytes.with(i, byte ^ 1));
			const unnoticed = objdumpDisagrees(arch, listing, mutants).flatMap((wrong, i) => (wrong.length > 0 ? [] : [i]));
			expect(mutants.length).toBeGreaterThan(300);
			expect(unnoticed).toEqual([]);
		});

		needs(need)("is found wrong by the assembler when a byte or an instruction is changed", async () => {
			const line = listing.split("\n").find((row) => row.includes("; 1, add")) ?? "";
			const otherByte = listing.replace(line, line.replace(/(..)( +\S+ )/, "ff$2"));
			const otherText = listing.replace(line, line.replace("0x1", "0x2"));
			expect(otherByte).not.toBe(listing);
			expect(otherText).not.toBe(listing);
			for (const wrong of [otherByte, otherText]) expect(await assemblerDisagrees(arch, wrong)).toHaveLength(1);
		});

		test("has the labels where its instructions stand", () => {
			let offset = 0;
			const expected = new Map<string, number>();
			for (const { label, bytes: hex } of parseListing(listing)) {
				if (label !== "") expected.set(label, offset);
				offset += hex.split(" ").length;
			}
			expect(labels).toEqual(expected);
			expect(bytes).toHaveLength(offset);
		});

		test("starts with `start`, goes on to `run`, and jumps only to labels it has", () => {
			expect([...labels.keys()].slice(0, 4)).toEqual(["start", "run", "next", "fetch"]);
			const targets = parseListing(listing).flatMap(
				({ text }) => /\b(?:next|fetch|arg\d|op\w*|jump|other|store)$/.exec(text) ?? [],
			);
			expect([...new Set(targets)].filter((target) => !labels.has(target))).toEqual([]);
			expect(targets.length).toBeGreaterThan(20);
		});
	});
}

describe("`machineCode`", () => {
	test("takes the byte column and nothing of the instruction or the comment", () => {
		const { bytes, labels } = machineCode(
			"\na:\n  0f 05                     syscall                         ; de ad\nb:\n  c3                        ret\n",
		);
		expect([...bytes]).toEqual([0x0f, 0x05, 0xc3]);
		expect([...labels]).toEqual([
			["a", 0],
			["b", 2],
		]);
	});
});

describe("`parseListing`", () => {
	test("gives label, bytes, instruction and comment of each line", () => {
		expect(
			parseListing(
				"\na:\n  0f 05                     syscall                         ; why\n  c3                        ret\n",
			),
		).toEqual([
			{ label: "a", bytes: "0f 05", text: "syscall", comment: "why" },
			{ label: "", bytes: "c3", text: "ret", comment: "" },
		]);
	});

	test("throws a SyntaxError that shows the line that is no instruction", () => {
		expect(() => parseListing("  0g                        ret\n")).toThrow("not a line of a listing:   0g");
		expect(() => parseListing("  c3\n")).toThrow(SyntaxError);
	});
});
