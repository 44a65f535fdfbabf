/** Memory for children that borrow ours: the stub, a stack, and the program. Kept between launches, never given to JavaScript's heap. */
import { type Mapping, makeExecutable, mapMemory, unmap } from "../ffi.ts";
import type { Program } from "../stub/assembler.ts";
import { stub } from "./image.ts";

const page = 4096;
const stackSize = 4 * page;
const firstSize = 8 * page;

export interface Arena {
	/** Where libc's clone enters the stub. */
	readonly entry: number;
	readonly stack: Mapping;
	/** Program and scratch memory. */
	readonly memory: Mapping;
}

let fixed: Omit<Arena, "memory"> | undefined;
let memory: Mapping | undefined;

/** The stub in a page that is executable and not writable, and a stack for libc's clone. */
function fixedParts(): Omit<Arena, "memory"> {
	if (fixed) return fixed;
	const { bytes, labels } = stub(process.arch === "arm64" ? "arm64" : "x64");
	const code = mapMemory(page, "data");
	code.bytes.set(bytes);
	makeExecutable(code);
	fixed = { entry: code.address + (labels.get("run") ?? 0), stack: mapMemory(stackSize, "stack") };
	return fixed;
}

/**
 * Puts a program into the arena. `link` makes it for an address; it is called again when the memory had to grow.
 * The arena is valid until the next call.
 */
export function load(link: (base: number) => Program): Arena {
	memory ??= mapMemory(firstSize, "data");
	let program = link(memory.address);
	const size = program.bytes.length + program.scratchSize;
	if (size > memory.bytes.length) {
		unmap(memory);
		memory = undefined;
		memory = mapMemory(Math.ceil(size / page) * page, "data");
		program = link(memory.address);
	}
	memory.bytes.set(program.bytes);
	memory.bytes.fill(0, program.bytes.length, size);
	return { ...fixedParts(), memory };
}
