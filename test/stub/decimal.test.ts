import { describe, expect } from "bun:test";
import { Label } from "../../src/stub/assembler.ts";
import { emitDecimal, mostDigits } from "../../src/stub/routines/decimal.ts";
import { emitLine, emitSay } from "../../src/stub/routines/line.ts";
import { needs } from "../needs.ts";
import { execute, imageOf, machines } from "./machines.ts";

const numbers = [
	0n,
	1n,
	9n,
	10n,
	11n,
	99n,
	100n,
	101n,
	1000n,
	65_535n,
	4_026_532_210n,
	2n ** 32n,
	10n ** 15n,
	2n ** 53n - 1n,
];
/** Beyond what an instruction can hold. */
const large = [2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 10n ** 19n, 2n ** 64n - 1n];

for (const { arch, executeNeeds, prefix } of machines) {
	const it = needs(...executeNeeds);

	describe(`numbers in digits on ${arch}`, () => {
		it("are what JavaScript writes, up to the largest of 64 bits", () => {
			const image = imageOf(arch, ({ asm, call, slot, buffer, exit }) => {
				const [value, at, size] = [slot("value"), slot("at"), slot("size")];
				for (const number of [...numbers, ...large]) {
					const text = buffer("text", mostDigits + 16);
					asm.set(value, Number(number >> 32n));
					asm.compute(value, "shl", value, 32);
					asm.compute(value, "or", value, Number(number & 0xffffffffn));
					asm.set(at, text);
					emitDecimal({ asm, call, slot, buffer, flags: () => 0 }, value, at);
					asm.store(at, 0, 0x0a);
					asm.compute(at, "add", at, 1);
					asm.compute(size, "sub", at, text);
					call("write", [1, text, size]);
				}
				exit(0);
			});
			expect(execute(prefix, image)).toMatchObject({ exitCode: 0, stdout: [...numbers, ...large, ""].join("\n") });
		});
	});

	describe(`lines on ${arch}`, () => {
		it("have their parts in order, less those that are left out, on each descriptor", () => {
			const image = imageOf(arch, (bench) => {
				const { asm, slot, exit } = bench;
				asm.set(slot("a"), 12);
				asm.set(slot("b"), 345);
				asm.set(slot("none"), 0);
				const parts = [
					{ text: "a=", value: slot("a") },
					{ text: " none=", value: slot("none") },
					{ text: " left out=", value: slot("none"), unless0: slot("none") },
					{ text: " left out", unless0: slot("none") },
					{ text: " b=", value: slot("b"), unless0: slot("b") },
					{ text: " kept", unless0: slot("a") },
					{ text: "\n" },
				];
				emitLine(bench, "line", parts, [1, 2]);
				exit(0);
			});
			const text = "a=12 none=0 b=345 kept\n";
			expect(execute(prefix, image)).toEqual({ exitCode: 0, signal: undefined, stdout: text, stderr: text });
		});

		it("that nobody reads do no harm, and leave no signal behind", () => {
			const image = imageOf(arch, (bench) => {
				const { asm, call, flags, slot, buffer, exit } = bench;
				const none = new Label();
				call("rt_sigprocmask", [flags("SIG_SETMASK"), asm.table([-1]), 0, 8]);
				call("pipe2", [slot("pipe").address, 0]);
				asm.compute(slot("read"), "and", slot("pipe"), 0xffffffff);
				asm.compute(slot("write"), "shr", slot("pipe"), 32);
				call("close", [slot("read")]);
				emitLine(bench, "line", [{ text: "x" }], [slot("write")]);
				// The lowest two that are free are the pipe's.
				emitSay(bench, 4, "x");
				call("rt_sigtimedwait", [asm.table([-1]), 0, buffer("now", 16), 8], { onError: none });
				exit(1);
				asm.place(none);
				exit(0);
			});
			expect(execute(prefix, image)).toMatchObject({ exitCode: 0, signal: undefined });
		});

		it("are not said where they would have to wait", () => {
			const image = imageOf(arch, (bench) => {
				const { asm, call, flags, slot, buffer, exit } = bench;
				const [fill, full] = [new Label(), new Label()];
				call("pipe2", [slot("pipe").address, flags("O_NONBLOCK")]);
				asm.compute(slot("write"), "shr", slot("pipe"), 32);
				asm.place(fill);
				call("write", [slot("write"), buffer("zeros", 4096), 4096], { onError: full });
				asm.jump(fill);
				asm.place(full);
				call("fcntl", [slot("write"), 4, 0]);
				call("dup3", [slot("write"), 20, 0]);
				emitSay(bench, 20, "x");
				exit(0);
			});
			expect(execute(prefix, image)).toMatchObject({ exitCode: 0, signal: undefined });
		});
	});
}
