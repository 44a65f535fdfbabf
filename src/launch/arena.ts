/**
 * Memory for children that borrow ours: the stub, a stack, and the program. Kept between launches, never part of
 * JavaScript's heap. Only one child at a time uses it: whoever launches sleeps until the child is out of it.
 */
import { arch, type Mapping, makeExecutable, mapMemory, unmap } from "../ffi.ts";
import type { Command } from "../plan/types.ts";
import type { Program } from "../stub/assembler.ts";
import { type CommandBlock, commandBlock } from "../stub/command.ts";
import { setWord } from "../stub/instruction.ts";
import { stub } from "./image.ts";

const page = 4096;
const stackSize = 4 * page;
const firstSize = 8 * page;

export interface Arena {
	/** Where libc's clone enters the stub. */
	readonly entry: number;
	readonly stack: Mapping;
	/** The program, its scratch memory and its command. */
	readonly memory: Mapping;
	readonly program: Program;
}

let fixed: Pick<Arena, "entry" | "stack"> | undefined;
let memory: Mapping | undefined;
/** The program that lies in the memory now. */
let loaded: Program | undefined;

/** The stub in a page that is executable and not writable, and a stack for libc's clone. */
function fixedParts(): Pick<Arena, "entry" | "stack"> {
	if (fixed) return fixed;
	const { bytes, labels } = stub(arch);
	const code = mapMemory(page, "data");
	code.bytes.set(bytes);
	makeExecutable(code);
	fixed = { entry: code.address + (labels.get("run") ?? 0), stack: mapMemory(stackSize, "stack") };
	return fixed;
}

/**
 * Puts a program with its command into the arena. `known` is what `link` made last time; it is made again where the
 * memory has moved. What lies in the arena is valid until the next call.
 */
export function load(known: Program | undefined, link: (base: number) => Program, command: Command): Arena {
	memory ??= mapMemory(firstSize, "data");
	const program = known?.base === memory.address ? known : link(memory.address);
	const block = commandBlock(program, command);
	const size = program.bytes.length + block.bytes.length;
	if (size > memory.bytes.length) {
		unmap(memory);
		memory = undefined;
		loaded = undefined;
		memory = mapMemory(Math.ceil(size / page) * page, "data");
		return load(undefined, link, command);
	}
	fill(memory, program, block);
	return { ...fixedParts(), memory, program };
}

function fill({ bytes }: Mapping, program: Program, block: CommandBlock): void {
	if (loaded === program) bytes.fill(0, program.scratchAt, program.bytes.length);
	else bytes.set(program.bytes);
	loaded = program;
	bytes.set(block.bytes, program.bytes.length);
	const words = new Uint32Array(bytes.buffer, bytes.byteOffset, 16);
	for (const [index, value] of block.pointers) setWord(words, index, value);
}
