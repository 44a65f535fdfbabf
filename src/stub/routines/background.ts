import { errnoNumber } from "../../linux/errno.ts";
import type { Supervision } from "../../plan/supervision.ts";
import { Label, slots } from "../assembler.ts";
import { emitDecimal, mostDigits } from "./decimal.ts";
import type { Machine } from "./machine.ts";

/** Bytes of a failure's record: the exit code. */
const recordSize = 8;

/**
 * The child goes on. The parent waits in front until the pipe is closed, which says that the command has been executed, and
 * ends well; or until it reads an exit code, and ends with that when the child has ended too.
 */
export function emitBackground(machine: Machine, supervision: Supervision, id: number, failed: Label): void {
	const { asm, call, flags, slot } = machine;
	const { ready = 0 } = supervision.places;
	const [child, count, record] = [slot("front.child"), slot("front.count"), slot("front.record")];
	const [refused, bad, behind] = [new Label(), new Label(), new Label()];
	const removePidFile = () => emitRemovePidFile(machine, supervision);

	call("clone", [flags("SIGCHLD"), 0, 0, 0, 0], { dst: child, onError: refused, id });
	asm.jumpIfEqual(child, 0, behind);
	call("close", [ready]);
	call("read", [slot("ready.read"), record.address, recordSize], { dst: count });
	asm.jumpIfEqual(count, recordSize, bad);
	call("exit_group", [0]);
	asm.place(bad);
	call("wait4", [child, 0, flags("__WALL"), 0]);
	removePidFile();
	call("exit_group", [record]);
	asm.place(refused);
	removePidFile();
	asm.jump(failed);
	asm.place(behind);
	call("close", [slot("ready.read")]);
}

/** In a process that ends because of a failure: its exit code goes to who waits in front. */
export function emitFailedBehind({ call }: Machine, ready: number): void {
	call("write", [ready, slots.exitCode.address, recordSize]);
}

/** Removes the pid file, where there is one and that is allowed. */
export function emitRemovePidFile({ asm, call }: Machine, { pidFile, places: { pidFolder } }: Supervision): void {
	if (pidFile && pidFolder !== undefined) call("unlinkat", [pidFolder, asm.string(pidFile.name), 0]);
}

/** Writes this process's id and a newline to the pid file, and closes it. */
export function emitPidFile(machine: Machine, id: number, failed: Label): void {
	const { asm, call, slot, buffer } = machine;
	const text = buffer("pid.text", mostDigits + 8);
	const [at, count] = [slot("pid.at"), slot("pid.count")];
	const done = new Label();
	asm.set(at, text);
	emitDecimal(machine, slot("pid.self"), at);
	asm.store(at, 0, 0x0a);
	asm.compute(at, "add", at, 1);
	asm.compute(at, "sub", at, text);
	call("write", [slot("pid.file"), text, at], { dst: count, onError: failed, id });
	asm.jumpIfEqual(count, at, done);
	asm.set(slots.errno, errnoNumber("ENOSPC"));
	asm.set(slots.failedCall, id);
	asm.jump(failed);
	asm.place(done);
	call("close", [slot("pid.file")]);
}
