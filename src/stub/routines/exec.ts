import { errnoNumber } from "../../linux/errno.ts";
import { Label, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import { notExecutableExitCode, notFoundExitCode } from "./report.ts";

const ENOENT = errnoNumber("ENOENT");
const ENOTDIR = errnoNumber("ENOTDIR");
const EACCES = errnoNumber("EACCES");
const ENOEXEC = errnoNumber("ENOEXEC");
const shell = "/bin/sh";

/**
 * Executes the first candidate that can be, as execvp(3) does: what is not there is passed over, what may not be executed
 * is remembered as the reason, and a file that is no program is given to the shell. A directory of PATH that may not be
 * searched is passed over as shells do; for a command with a path of its own it is the reason. With `exact` a path that
 * leads through a file that is no directory is not taken for one that is not there.
 */
export function emitExec(machine: Machine, id: number, failed: Label, descriptor?: number, exact = false): void {
	if (descriptor === undefined) emitSearch(machine, id, failed, exact);
	else emitOpenFile(machine, id, failed, descriptor);
}

/** The descriptor closes with the execution: a script, which its interpreter would have to open by it, cannot be executed. */
function emitOpenFile({ asm, call, flags, slot }: Machine, id: number, failed: Label, descriptor: number): void {
	const [argv, environment] = [slot("exec.argv"), slot("exec.env")];
	asm.load(argv, asm.header("argv"), 0);
	asm.compute(argv, "add", argv, 8);
	asm.load(environment, asm.header("env"), 0);
	asm.set(slots.exitCode, notExecutableExitCode);
	call("fcntl", [descriptor, flags("F_SETFD"), flags("FD_CLOEXEC")], { onError: failed, id });
	call("execveat", [descriptor, asm.string(""), argv, environment, flags("AT_EMPTY_PATH")], { onError: failed, id });
}

function emitSearch({ asm, call, flags, slot }: Machine, id: number, failed: Label, exact: boolean): void {
	const [files, next, second] = [slot("exec.files"), slot("exec.next"), slot("exec.second")];
	const [file, refused] = [slot("exec.file"), slot("exec.refused")];
	const [shellArgv, argv, environment] = [slot("exec.shell"), slot("exec.argv"), slot("exec.env")];
	const [loop, error, passOver] = [new Label(), new Label(), new Label()];
	const [notAllowed, refuse, script, none] = [new Label(), new Label(), new Label(), new Label()];

	asm.load(files, asm.header("files"), 0);
	asm.set(next, files);
	// The shell's argv begins one word before the command's, so that both share the arguments.
	asm.load(shellArgv, asm.header("argv"), 0);
	asm.compute(argv, "add", shellArgv, 8);
	asm.load(environment, asm.header("env"), 0);
	asm.set(refused, ENOENT);
	asm.set(slots.exitCode, notFoundExitCode);
	asm.place(loop);
	asm.load(file, next, 0);
	asm.jumpIfEqual(file, 0, none);
	call("execve", [file, argv, environment], { onError: error, id });
	asm.place(error);
	asm.jumpIfEqual(slots.errno, ENOENT, passOver);
	const single = new Label();
	asm.jumpIfEqual(slots.errno, ENOTDIR, exact ? single : passOver);
	asm.jumpIfEqual(slots.errno, EACCES, notAllowed);
	asm.set(slots.exitCode, notExecutableExitCode);
	asm.jumpIfEqual(slots.errno, ENOEXEC, script);
	asm.jump(failed);

	asm.place(single);
	if (exact) {
		asm.load(second, files, 8);
		asm.set(slots.exitCode, notExecutableExitCode);
		asm.jumpIfEqual(second, 0, failed);
		asm.set(slots.exitCode, notFoundExitCode);
		asm.jump(passOver);
	}

	asm.place(notAllowed);
	asm.load(second, files, 8);
	asm.jumpIfEqual(second, 0, refuse);
	call("faccessat", [flags("AT_FDCWD"), file, 0, 0], { onError: passOver });
	asm.place(refuse);
	asm.set(refused, EACCES);
	asm.set(slots.exitCode, notExecutableExitCode);
	asm.place(passOver);
	asm.compute(next, "add", next, 8);
	asm.jump(loop);

	asm.place(script);
	asm.store(shellArgv, 0, asm.string(shell));
	asm.store(shellArgv, 8, file);
	call("execve", [asm.string(shell), shellArgv, environment], { onError: failed, id });

	asm.place(none);
	asm.set(slots.errno, refused);
	asm.jump(failed);
}
