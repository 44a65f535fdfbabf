/** How the tests run machine code of either architecture. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stub } from "../../src/launch/image.ts";
import type { Arch } from "../../src/linux/syscalls.ts";
import type { Label, Operand, Slot } from "../../src/stub/assembler.ts";
import { elf, imageBase } from "../../src/stub/elf.ts";
import { type Machine, machine } from "../../src/stub/routines/machine.ts";
import type { Need } from "../needs.ts";

/** The architectures the stub is written for, with what it takes here to execute their images. */
export const machines: readonly { arch: Arch; executeNeeds: readonly Need[]; prefix: readonly string[] }[] = (
	["x64", "arm64"] as const
).map((arch) => {
	if (arch === process.arch) return { arch, executeNeeds: ["linux"], prefix: [] };
	const processor = arch === "x64" ? "x86_64" : "aarch64";
	return { arch, executeNeeds: ["linux", `qemu-${processor}`], prefix: [`qemu-${processor}-static`] };
});

/** What hand-made programs are written with: a machine, and system calls that plans never hold, by number. */
export interface Bench extends Machine {
	readonly arch: Arch;
	/** Ends the program with this code. */
	exit(code: Operand): void;
	raw(name: keyof typeof extraCalls, args: readonly Operand[], to?: { dst?: Slot; onError?: Label; id?: number }): void;
}

/** `[x86-64, arm64]` */
const extraCalls = {
	mmap: [9, 222],
	getppid: [110, 173],
	pwrite64: [18, 68],
	memfd_create: [319, 279],
	ftruncate: [77, 46],
} as const;

/** The executable with the program that `write` writes. */
export function imageOf(arch: Arch, write: (bench: Bench) => void): Uint8Array {
	const made = machine(arch);
	write({
		...made,
		arch,
		exit: (code) => made.call("exit_group", [code]),
		raw: (name, args, to) => made.asm.syscall(extraCalls[name][arch === "x64" ? 0 : 1], args, to),
	});
	return elf(made.asm.link(imageBase).bytes, stub(arch), arch);
}

/** Executes an image with these arguments. */
export function execute(
	prefix: readonly string[],
	image: Uint8Array,
	args: readonly string[] = [],
): { exitCode: number | null; signal: string | undefined; stdout: string; stderr: string } {
	const folder = mkdtempSync(join(tmpdir(), "nskit-run-"));
	try {
		const file = join(folder, "image");
		writeFileSync(file, image);
		chmodSync(file, 0o755);
		const { exitCode, signalCode, stdout, stderr } = Bun.spawnSync([...prefix, file, ...args], { stderr: "pipe" });
		const signal = signalCode === undefined ? undefined : String(signalCode);
		return { exitCode, signal, stdout: stdout.toString(), stderr: stderr.toString() };
	} finally {
		rmSync(folder, { recursive: true });
	}
}
