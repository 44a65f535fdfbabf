import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fromBytes, toBytes } from "../../src/bytes.ts";
import type { Command } from "../../src/plan/types.ts";
import { candidates } from "../../src/process/command.ts";
import { Assembler, slots } from "../../src/stub/assembler.ts";
import { withCommand } from "../../src/stub/command.ts";
import { decode } from "../../src/stub/disassemble.ts";

const base = 0x10000000;

function program() {
	const asm = new Assembler();
	for (const field of ["files", "argv", "env"] as const) asm.load(slots.discard, asm.header(field), 0);
	asm.set(slots.discard, asm.string("text"));
	return asm.link(base);
}

/** The three lists of a whole program, read as the stub does: through the header, up to the word 0. */
function listsIn(bytes: Uint8Array): { files: string[]; argv: string[]; env: string[] } {
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	const word = (address: number) => Number(view.getBigUint64(address - base, true));
	const list = (from: number): string[] => {
		const texts: string[] = [];
		for (let at = from; word(at) !== 0; at += 8) {
			const offset = word(at) - base;
			texts.push(fromBytes(bytes.subarray(offset, bytes.indexOf(0, offset))));
		}
		return texts;
	};
	const [files = 0, argv = 0, env = 0] = decode(bytes).map(({ args }) => word(args[0] ?? 0));
	// The word before argv is free, for the shell.
	expect(word(argv)).toBe(0);
	return { files: list(files), argv: list(argv + 8), env: list(env) };
}

describe("`withCommand`", () => {
	test("gives the stub the files to try, the arguments and the environment", () => {
		const command: Command = { argv: ["ls", "-l", ""], env: ["PATH=/a:/b", "E="], cwd: "/" };
		expect(listsIn(withCommand(program(), command))).toEqual({
			...{ files: ["/a/ls", "/b/ls"], argv: ["ls", "-l", ""], env: ["PATH=/a:/b", "E="] },
		});
	});

	test("gives the command another name than the one that is searched", () => {
		const command: Command = { argv: ["ls", "-l"], argv0: "", env: [], cwd: "/" };
		expect(listsIn(withCommand(program(), command))).toEqual({
			...{ files: ["/bin/ls", "/usr/bin/ls"], argv: ["", "-l"], env: [] },
		});
	});

	const text = fc
		.oneof(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 9 }).map(fromBytes), fc.constant(""))
		// Without a NUL, and as `fromBytes` would write it.
		.map((one) => fromBytes(toBytes(one).filter((byte) => byte !== 0)));

	test("gives any texts back, whatever their bytes", () => {
		const argv = fc.array(text, { minLength: 1, maxLength: 6 });
		fc.assert(
			fc.property(argv, fc.array(text, { maxLength: 6 }), text, (words, variables, path) => {
				const command = { argv: words, env: [...variables, `PATH=${path}`], cwd: "/" };
				const { files, ...rest } = listsIn(withCommand(program(), command));
				expect(rest).toEqual({ argv: words, env: command.env });
				expect(files).toEqual(candidates(command));
			}),
		);
	});

	test("leaves the program what it is, so that it can have another command", () => {
		const one = program();
		const before = one.bytes.slice();
		const first = withCommand(one, { argv: ["a"], env: ["PATH=/x"], cwd: "/" });
		const second = withCommand(one, { argv: ["bé", "c"], env: [], cwd: "/" });
		expect(one.bytes).toEqual(before);
		expect(listsIn(first)).toEqual({ files: ["/x/a"], argv: ["a"], env: ["PATH=/x"] });
		expect(listsIn(second)).toEqual({ files: ["/bin/bé", "/usr/bin/bé"], argv: ["bé", "c"], env: [] });
		expect(decode(first)).toEqual(decode(second));
	});
});
