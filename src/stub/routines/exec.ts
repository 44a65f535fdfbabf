import { errnoNumber } from "../../linux/errno.ts";
import type { Command } from "../../plan/types.ts";
import { candidates } from "../../process/command.ts";
import { type Address, Label, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import { notExecutableExitCode, notFoundExitCode } from "./report.ts";

const [ENOENT, ENOTDIR, EACCES, ENOEXEC] = ["ENOENT", "ENOTDIR", "EACCES", "ENOEXEC"].map(errnoNumber) as [
	number,
	number,
	number,
	number,
];
const shell = "/bin/sh";

/**
 * Executes the first candidate that can be, as execvp(3) does: what is not there is passed over, what may not be executed
 * is remembered as the reason, and a file that is no program is given to the shell.
 */
export function emitExec(
	{ asm, call, slot }: Machine,
	command: Command,
	environment: Address,
	id: number,
	failed: Label,
): void {
	const files = asm.table([...candidates(command).map((file) => asm.string(file)), 0]);
	// The shell's argv begins one word before the command's, so that both share the arguments.
	const argv = asm.table([0, ...command.argv.map((arg) => asm.string(arg)), 0]);
	const [next, file, refused] = [slot("exec.next"), slot("exec.file"), slot("exec.refused")];
	const [loop, error, passOver, notAllowed, script, none] = Array.from({ length: 6 }, () => new Label()) as [
		Label,
		Label,
		Label,
		Label,
		Label,
		Label,
	];

	asm.set(next, files);
	asm.set(refused, ENOENT);
	asm.set(slots.exitCode, notFoundExitCode);
	asm.place(loop);
	asm.load(file, next, 0);
	asm.jumpIfEqual(file, 0, none);
	call("execve", [file, argv.plus(8), environment], { onError: error, id });
	asm.place(error);
	asm.jumpIfEqual(slots.errno, ENOENT, passOver);
	asm.jumpIfEqual(slots.errno, ENOTDIR, passOver);
	asm.jumpIfEqual(slots.errno, EACCES, notAllowed);
	asm.set(slots.exitCode, notExecutableExitCode);
	asm.jumpIfEqual(slots.errno, ENOEXEC, script);
	asm.jump(failed);

	asm.place(notAllowed);
	asm.set(refused, EACCES);
	asm.set(slots.exitCode, notExecutableExitCode);
	asm.place(passOver);
	asm.compute(next, "add", next, 8);
	asm.jump(loop);

	asm.place(script);
	asm.store(argv, 0, asm.string(shell));
	asm.store(argv, 8, file);
	call("execve", [asm.string(shell), argv, environment], { onError: failed, id });

	asm.place(none);
	asm.set(slots.errno, refused);
	asm.jump(failed);
}
