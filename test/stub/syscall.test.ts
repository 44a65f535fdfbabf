import { describe, expect } from "bun:test";
import { errnoNumber } from "../../src/linux/errno.ts";
import { Label, type Operand, slots } from "../../src/stub/assembler.ts";
import { needs } from "../needs.ts";
import { type Bench, execute, imageOf, machines } from "./machines.ts";

/** PROT_READ, MAP_SHARED, MAP_FIXED. mmap(2) */
const [readable, shared, fixed] = [1, 1, 0x10];
const page = 4096;
/** Gives back the word it was given: a result of any value. prctl(2) */
const [PR_SET_TIMERSLACK, PR_GET_TIMERSLACK] = [29, 30];
const place = 0x20000000;

for (const { arch, executeNeeds, prefix } of machines) {
	const exitOf = (write: (bench: Bench) => void): number | null => execute(prefix, imageOf(arch, write)).exitCode;
	const it = needs(...executeNeeds);

	describe(`a system call of an image for ${arch}`, () => {
		it("gives its result to a slot, and leaves the error's slots alone", () => {
			const code = exitOf(({ asm, call, slot, exit }) => {
				const [bad, good] = [new Label(), new Label()];
				call("getpid", [], { dst: slot("pid"), id: 3 });
				asm.jumpIfBelow(slot("pid"), 1, bad);
				asm.jumpIfBelow(2 ** 22, slot("pid"), bad);
				asm.compute(slot("both"), "or", slots.errno, slots.failedCall);
				asm.jumpIfEqual(slot("both"), 0, good);
				asm.place(bad);
				exit(1);
				asm.place(good);
				exit(7);
			});
			expect(code).toBe(7);
		});

		it("goes on at its label after an error, with the error's number and the call's", () => {
			const failing = (show: "errno" | "failedCall") =>
				exitOf(({ asm, call, exit }) => {
					const failed = new Label();
					call("openat", [-100, asm.string("/no/such/file"), 0], { onError: failed, id: 77 });
					exit(1);
					asm.place(failed);
					exit(slots[show]);
				});
			expect([failing("errno"), failing("failedCall")]).toEqual([errnoNumber("ENOENT"), 77]);
		});

		it("goes on with the next instruction after an error where it has no label", () => {
			const code = exitOf(({ asm, call, slot, exit }) => {
				call("close", [-1], { dst: slot("result"), id: 5 });
				const right = new Label();
				asm.jumpIfEqual(slot("result"), -errnoNumber("EBADF"), right);
				exit(1);
				asm.place(right);
				asm.compute(slot("sum"), "add", slots.errno, slots.failedCall);
				exit(slot("sum"));
			});
			expect(code).toBe(errnoNumber("EBADF") + 5);
		});

		it("does not jump to its label after a success", () => {
			const code = exitOf(({ asm, call, exit }) => {
				const failed = new Label();
				call("getpid", [], { onError: failed });
				exit(3);
				asm.place(failed);
				exit(4);
			});
			expect(code).toBe(3);
		});

		it("keeps the last error when later calls succeed", () => {
			const code = exitOf(({ call, exit }) => {
				call("close", [-1], { id: 5 });
				call("getpid", [], { id: 6 });
				exit(slots.errno);
			});
			expect(code).toBe(errnoNumber("EBADF"));
		});

		// qemu's own prctl(2) returns no more than 32 bits.
		if (prefix.length === 0) {
			it("takes -4095 to -1 for errors, and -4096 for a result", () => {
				const outcome = (value: number) =>
					exitOf(({ asm, call, slot, exit }) => {
						const [error, exact] = [new Label(), new Label()];
						call("prctl", [PR_SET_TIMERSLACK, value, 0, 0, 0]);
						call("prctl", [PR_GET_TIMERSLACK, 0, 0, 0, 0], { dst: slot("value"), onError: error });
						asm.jumpIfEqual(slot("value"), value, exact);
						exit(1);
						asm.place(exact);
						exit(2);
						asm.place(error);
						asm.jumpIfBelow(slots.errno, -value, exact);
						asm.jumpIfBelow(-value, slots.errno, exact);
						exit(3);
					});
				expect([-4097, -4096, -4095, -1, 4095].map(outcome)).toEqual([2, 2, 3, 3, 2]);
			});
		}

		for (const inSlots of [[], [0], [1], [2], [3], [4], [5], [0, 1, 2, 3, 4, 5]]) {
			const which = inSlots.length === 0 ? "none" : inSlots.length === 6 ? "all" : `number ${inSlots[0]}`;
			it(`takes six arguments, of which ${which} comes from a slot`, () => {
				expect(exitOf((bench) => mapSecondPage(bench, inSlots))).toBe(42);
			});
		}
	});
}

/**
 * Maps the second page of a file with mmap(2), whose six arguments all matter, and exits with the first byte of it: 42.
 * The arguments with these positions come from slots.
 */
function mapSecondPage(bench: Bench, inSlots: readonly number[]): void {
	const { asm, slot, exit, raw } = bench;
	const failed = new Label();
	const fd = 9;
	raw("memfd_create", [asm.string("pages"), 0], { dst: slot("made"), onError: failed });
	bench.call("dup3", [slot("made"), fd, 0], { onError: failed });
	raw("ftruncate", [fd, 3 * page], { onError: failed });
	raw("pwrite64", [fd, asm.bytes(Uint8Array.of(42)), 1, page], { onError: failed });
	const values = [place, page, readable, shared | fixed, fd, page];
	const args = values.map((value, i): Operand => {
		if (!inSlots.includes(i)) return value;
		asm.set(slot(`argument.${i}`), value);
		return slot(`argument.${i}`);
	});
	raw("mmap", args, { dst: slot("mapped"), onError: failed });
	asm.load(slot("byte"), slot("mapped"), 0);
	exit(slot("byte"));
	asm.place(failed);
	exit(200);
}
