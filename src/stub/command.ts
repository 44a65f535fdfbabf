/**
 * The part of a program that differs from run to run: the files to try, argv and the environment. It lies behind the
 * rest, so that a program can be encoded once and run with many commands.
 *
 *     files   an address for each candidate, and 0
 *     argv    a free word for the shell, an address for each argument, and 0
 *     env     an address for each variable, and 0
 *     strings
 */
import { toBytes } from "../bytes.ts";
import type { Command } from "../plan/types.ts";
import { candidates } from "../process/command.ts";
import type { Program } from "./assembler.ts";
import { header } from "./header.ts";
import { setWord } from "./instruction.ts";

/** A command, encoded for the address right behind its program. */
export interface CommandBlock {
	readonly bytes: Uint8Array;
	/** Words to put into the program's header: index and value. */
	readonly pointers: readonly (readonly [index: number, value: number])[];
}

/** Encodes `command` to lie behind `program`. */
export function commandBlock({ base, bytes: before }: Program, command: Command): CommandBlock {
	const files = candidates(command);
	const { argv0, env } = command;
	const argv = argv0 === undefined ? command.argv : [argv0, ...command.argv.slice(1)];
	const tableWords = files.length + argv.length + env.length + 4;
	const tableSize = 8 * tableWords;
	const at = base + before.length;
	const texts = [...files, ...argv, ...env];
	const joined = `${texts.join("\0")}\0`;
	const pool = toBytes(joined);
	const bytes = new Uint8Array(tableSize + pool.length);
	bytes.set(pool, tableSize);

	const words = new Uint32Array(bytes.buffer, 0, tableSize / 4);
	// One byte a character is the rule; where it is not, each string's end is looked for.
	const isAscii = pool.length === joined.length;
	let string = 0;
	let word = 0;
	for (let i = 0; i < texts.length; i++) {
		// A free word ends each table, and one more precedes argv.
		if (i === files.length) word += 4;
		if (i === files.length + argv.length) word += 2;
		setWord(words, word, at + tableSize + string);
		word += 2;
		string = isAscii ? string + (texts[i] ?? "").length + 1 : pool.indexOf(0, string) + 1;
	}
	const argvAt = at + 8 * (files.length + 1);
	const envAt = argvAt + 8 * (argv.length + 2);
	return {
		bytes,
		pointers: [
			[header.files, at],
			[header.argv, argvAt],
			[header.env, envAt],
		],
	};
}

/** A program with its command, whole. */
export function withCommand(program: Program, command: Command): Uint8Array {
	const block = commandBlock(program, command);
	const bytes = new Uint8Array(program.bytes.length + block.bytes.length);
	bytes.set(program.bytes);
	bytes.set(block.bytes, program.bytes.length);
	const words = new Uint32Array(bytes.buffer, 0, 16);
	for (const [index, value] of block.pointers) setWord(words, index, value);
	return bytes;
}
