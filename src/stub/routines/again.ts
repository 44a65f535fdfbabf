import type { Server, Supervision } from "../../plan/supervision.ts";
import { Label } from "../assembler.ts";
import { emitRemovePidFile } from "./background.ts";
import type { Machine } from "./machine.ts";
import { closed, emitEnd, emitStop, emitTake, emitWait } from "./serving.ts";
import { jumpIfFromKernel, siginfoSize } from "./siginfo.ts";

const STOPPED = 0x7f;
/** Bytes of a failure's record: the exit code. */
const recordSize = 8;

interface Serving {
	readonly supervision: Supervision;
	readonly channel: number | undefined;
	readonly id: number;
	readonly failed: Label;
}

/**
 * The process in front starts one sandbox after the other; its children go on. Each has a pipe that closes when its
 * command is executed, or holds the exit code of the failure: so a sandbox that cannot be made is told from a command
 * that ends with the same code.
 */
export function emitAgain(machine: Machine, again: NonNullable<Server["again"]>, serving: Serving): void {
	const { asm, call, flags, slot, buffer } = machine;
	const { supervision, channel, id, failed } = serving;
	const { ready = 0 } = supervision.places;
	const delay = asm.table([0, 0, again.delay.seconds, again.delay.nanoseconds]);
	const info = buffer("serve.info", siginfoSize);
	const [signal, status, pid, value] = [
		slot("serve.signal"),
		slot("serve.status"),
		slot("serve.pid"),
		slot("serve.value"),
	];
	const [child, ending, runs] = [slot("serve.child"), slot("serve.ending"), slot("serve.runs")];
	const [pipe, toRead, toWrite] = [slot("serve.pipe"), slot("serve.read"), slot("serve.write")];
	const [start, loop, look, take] = [new Label(), new Label(), new Label(), new Label()];
	const [last, pass, stopped, ended] = [new Label(), new Label(), new Label(), new Label()];
	const [pause, over, due, finish] = [new Label(), new Label(), new Label(), new Label()];
	const [refused, behind] = [new Label(), new Label()];

	asm.place(start);
	call("timerfd_settime", [slot("serve.timer"), 0, delay, 0], { onError: refused, id });
	call("pipe2", [pipe.address, flags("O_CLOEXEC|O_NONBLOCK")], { onError: refused, id });
	asm.compute(toRead, "and", pipe, 0xffffffff);
	asm.compute(toWrite, "shr", pipe, 32);
	call("dup3", [toWrite, ready, flags("O_CLOEXEC")], { onError: refused, id });
	call("close", [toWrite]);
	call("clone", [flags("SIGCHLD"), 0, 0, 0, 0], { dst: child, onError: refused, id });
	asm.jumpIfEqual(child, 0, behind);
	call("close", [ready]);
	if (channel !== undefined) call("dup3", [slot("serve.null"), channel, flags("O_CLOEXEC")]);
	asm.compute(runs, "add", runs, 1);

	asm.place(loop);
	emitWait(machine, toRead, slot("serve.signals"));
	emitHear(machine, supervision);
	asm.place(look);
	asm.set(status, 0);
	call("wait4", [child, status.address, flags("WNOHANG|WUNTRACED|__WALL"), 0], { dst: pid, onError: take });
	asm.jumpIfEqual(pid, 0, take);
	asm.compute(value, "and", status, 0xff);
	asm.jumpIfEqual(value, STOPPED, stopped);
	asm.jump(ended);
	asm.place(take);
	emitTake(machine, { signal, info, none: loop, look, end: last });
	asm.jump(pass);
	asm.place(last);
	asm.set(ending, 1);
	asm.place(pass);
	// The terminal has sent it to the whole group, or to the command alone.
	jumpIfFromKernel(machine, info, loop);
	call("kill", [child, signal]);
	asm.jump(loop);

	asm.place(stopped);
	asm.set(signal, flags("SIGTSTP"));
	emitStop(machine, signal);
	call("kill", [child, flags("SIGCONT")]);
	asm.jump(loop);

	asm.place(ended);
	emitHear(machine, supervision);
	// Who was killed on the way may have left it open.
	call("close", [toRead]);
	asm.jumpIfBelow(0, slot("serve.failed"), finish);
	asm.jumpIfBelow(0, ending, finish);
	if (again.times !== undefined) asm.jumpIfEqual(runs, again.times, finish);
	asm.place(pause);
	emitWait(machine, slot("serve.timer"), slot("serve.signals"));
	emitTake(machine, { signal, info, none: due, look: pause, end: over });
	asm.jump(pause);
	asm.place(over);
	asm.set(status, signal);
	asm.jump(finish);
	asm.place(due);
	call("read", [slot("serve.timer"), slot("serve.due").address, 8], { onError: pause });
	asm.jump(start);

	asm.place(finish);
	emitEnd(machine, status, supervision);

	asm.place(refused);
	emitRemovePidFile(machine, supervision);
	if (supervision.background) call("dup3", [slot("serve.front"), ready, flags("O_CLOEXEC")]);
	asm.jump(failed);

	asm.place(behind);
	for (const fd of [toRead, slot("serve.signals"), slot("serve.timer")]) call("close", [fd]);
	if (supervision.background) call("close", [slot("serve.front")]);
	if (channel !== undefined) call("close", [slot("serve.null")]);
}

/** Hears whether the command was executed, or why not, and tells who waits in front. */
function emitHear({ asm, call, slot }: Machine, { background }: Supervision): void {
	const [toRead, count, record] = [slot("serve.read"), slot("serve.count"), slot("serve.record")];
	const [done, over] = [new Label(), new Label()];
	asm.jumpIfEqual(toRead, closed, done);
	call("read", [toRead, record.address, recordSize], { dst: count, onError: done });
	asm.jumpIfEqual(count, 0, over);
	asm.set(slot("serve.failed"), 1);
	if (background) call("write", [slot("serve.front"), record.address, recordSize]);
	asm.place(over);
	// Only the first sandbox is waited for in front; its place may be another's later.
	if (background) {
		const gone = new Label();
		asm.jumpIfEqual(slot("serve.front"), closed, gone);
		call("close", [slot("serve.front")]);
		asm.set(slot("serve.front"), closed);
		asm.place(gone);
	}
	call("close", [toRead]);
	asm.set(toRead, closed);
	asm.place(done);
}
