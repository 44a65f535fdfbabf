import { errnoNumber } from "../../linux/errno.ts";
import type { Supervision } from "../../plan/supervision.ts";
import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import { closed, emitEnd, emitTake, emitWait } from "./serving.ts";
import { siginfoSize } from "./siginfo.ts";

/** Results from here on, taken as unsigned, are negative error numbers. */
const firstError = -4095;
/** Nanoseconds to wait where the kernel has no memory or processes left, in place of asking again and again. */
const pauseTime = 100_000_000;

/**
 * The process in front starts a sandbox for each connection, at most `most` at a time; others wait in the backlog. Its
 * children go on.
 */
export function emitListen(machine: Machine, most: number, supervision: Supervision): void {
	const { asm, call, flags, slot, buffer } = machine;
	const info = buffer("serve.info", siginfoSize);
	const time = buffer("serve.time", 16);
	const [signal, pid, child] = [slot("serve.signal"), slot("serve.pid"), slot("serve.child")];
	const [active, from, connection] = [slot("serve.active"), slot("serve.from"), slot("serve.connection")];
	const [top, room, wait, reap, take] = [new Label(), new Label(), new Label(), new Label(), new Label()];
	const [accept, accepted, open, drop, pause] = [new Label(), new Label(), new Label(), new Label(), new Label()];
	const [end, behind] = [new Label(), new Label()];

	asm.place(top);
	asm.jumpIfBelow(active, most, room);
	asm.set(from, closed);
	asm.jump(wait);
	asm.place(room);
	asm.set(from, slot("serve.socket"));
	asm.place(wait);
	emitWait(machine, from, slot("serve.signals"));
	asm.place(reap);
	call("wait4", [-1, 0, flags("WNOHANG|__WALL"), 0], { dst: pid, onError: take });
	asm.jumpIfEqual(pid, 0, take);
	asm.compute(active, "sub", active, 1);
	asm.jump(reap);
	asm.place(take);
	emitTake(machine, { signal, info, none: accept, look: reap, end });
	asm.jump(reap);

	asm.place(accept);
	asm.jumpIfBelow(active, most, open);
	asm.jump(top);
	asm.place(open);
	call("accept4", [slot("serve.socket"), 0, 0, flags("SOCK_CLOEXEC")], { dst: connection });
	asm.jumpIfBelow(connection, firstError, accepted);
	asm.jumpIfEqual(connection, -errnoNumber("EAGAIN"), top);
	asm.jump(pause);
	asm.place(accepted);
	call("clone", [flags("SIGCHLD"), 0, 0, 0, 0], { dst: child, onError: drop });
	asm.jumpIfEqual(child, 0, behind);
	asm.compute(active, "add", active, 1);
	call("close", [connection]);
	asm.jump(top);
	asm.place(drop);
	call("close", [connection]);
	asm.place(pause);
	asm.store(time, 0, 0);
	asm.store(time, 8, pauseTime);
	call("ppoll", [0, 0, time, 0, 8]);
	asm.jump(top);

	// Whoever is being served ends with us, by the signal that the kernel sends then.
	asm.place(end);
	emitEnd(machine, signal, supervision);

	asm.place(behind);
	for (const fd of [slot("serve.socket"), slot("serve.signals")]) call("close", [fd]);
	for (const fd of [0, 1]) call("dup3", [connection, fd, 0]);
	call("close", [connection]);
}
