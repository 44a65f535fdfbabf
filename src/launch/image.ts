/** Images: the stub and a program as an executable, in a file that nobody can change. */
import { close, memfdCreate, openToRead, seal, writeAll } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { errnoNumber } from "../linux/errno.ts";
import type { Arch } from "../linux/syscalls.ts";
import type { Command, Plan } from "../plan/types.ts";
import type { Program } from "../stub/assembler.ts";
import { withCommand } from "../stub/command.ts";
import { compile } from "../stub/compile.ts";
import { elf, imageBase } from "../stub/elf.ts";
import { type MachineCode, machineCode } from "../stub/listing.ts";
import type { Report } from "../stub/routines/report.ts";

/** Only the listing that is used is loaded. */
const listings = {
	x64: () => require("../stub/x86_64.ts") as typeof import("../stub/x86_64.ts"),
	arm64: () => require("../stub/arm64.ts") as typeof import("../stub/arm64.ts"),
};
const assembled = new Map<Arch, MachineCode>();

/** The stub of an architecture. */
export function stub(arch: Arch): MachineCode {
	const code = assembled.get(arch) ?? machineCode(listings[arch]().listing);
	assembled.set(arch, code);
	return code;
}

/** A plan that is run again and again, with its program once that was made. */
export interface Template {
	readonly plan: Plan;
	program?: Program;
}

/** The executable that carries out `plan`. */
export function image(plan: Plan, report: Report): Uint8Array {
	return imageOf({ plan }, report, plan.command);
}

/** The executable of a template with another command. */
export function imageOf(template: Template, report: Report, command: Command): Uint8Array {
	const { plan } = template;
	template.program ??= compile(plan, { base: imageBase, report });
	return elf(withCommand(template.program, command), stub(plan.arch), plan.arch);
}

/** A descriptor, closed on exec, of an executable with these bytes that cannot be changed any more. */
export function imageFile(bytes: Uint8Array): number {
	let fd: number;
	try {
		fd = memfdCreate("ns");
	} catch (error) {
		// vm.memfd_noexec=2 forbids executable memory files with EACCES, and a seccomp filter may forbid all of them.
		if (error instanceof SystemError && ["EACCES", "EPERM", "ENOSYS"].includes(error.code)) return unlinkedFile(bytes);
		throw error;
	}
	try {
		writeAll(fd, bytes);
		seal(fd);
	} catch (error) {
		close(fd);
		throw error;
	}
	return fd;
}

/** An executable file on disk that has no name any more and is open for reading only. */
function unlinkedFile(bytes: Uint8Array): number {
	const folders = new Set([process.env.TMPDIR ?? "/tmp", "/dev/shm", "/tmp", "/var/tmp"]);
	const failures: string[] = [];
	for (const folder of folders) {
		try {
			return unlinkedFileIn(folder, bytes);
		} catch (error) {
			if (!(error instanceof Error && "syscall" in error)) throw error;
			failures.push(error.message);
		}
	}
	throw new SystemError("open", `a file that can be executed: ${failures.join("; ")}`, errnoNumber("EACCES"));
}

/** Throws the error of a call when nothing can be written there, or nothing executed. */
function unlinkedFileIn(folder: string, bytes: Uint8Array): number {
	const { accessSync, constants, mkdtempSync, rmSync, writeFileSync } = process.getBuiltinModule("node:fs");
	const made = mkdtempSync(`${folder}/ns-`);
	try {
		const path = `${made}/ns`;
		writeFileSync(path, bytes, { mode: 0o500, flag: "wx" });
		accessSync(path, constants.X_OK);
		return openToRead(path);
	} finally {
		rmSync(made, { recursive: true });
	}
}
