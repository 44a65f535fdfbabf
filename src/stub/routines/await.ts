/** What tools do whose place we take, and a list of calls cannot: waiting for the command, and handing capabilities on. */
import { errnoNumber } from "../../linux/errno.ts";
import type { Routine } from "../../plan/types.ts";
import { Label, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import { siginfoSize } from "./siginfo.ts";

const STOPPED = 0x7f;

/**
 * Waits for the command and ends as it has ended: with its code, or by the signal that ended it.
 *
 * - `await`, as unshare(1): a stop of the command is none of ours.
 * - `awaitForwarding`, as unshare(1) with --forward-signals: SIGTERM and SIGINT, which are held back, go on to the command.
 * - `awaitStopping`, as nsenter(1): stops with the command, and lets it go on afterwards.
 */
export function emitAwait(machine: Machine, routine: Routine | undefined, id: number, failed: Label): void {
	const { asm, call, flags, slot } = machine;
	const [status, signal, code, pid] = [
		slot("await.status"),
		slot("await.signal"),
		slot("await.code"),
		slot("await.pid"),
	];
	const [loop, error, stopped, exited] = [new Label(), new Label(), new Label(), new Label()];
	asm.place(loop);
	if (routine === "awaitForwarding") emitForward(machine, status, loop, error, id);
	else {
		const options = flags(routine === "awaitStopping" ? "WUNTRACED|__WALL" : "__WALL");
		call("wait4", [slot("command"), status.address, options, 0], { onError: error, id });
	}
	if (routine === "awaitStopping") {
		asm.compute(signal, "and", status, 0xff);
		asm.jumpIfEqual(signal, STOPPED, stopped);
	}
	asm.compute(signal, "and", status, 0x7f);
	asm.jumpIfEqual(signal, 0, exited);
	emitEndBy(machine, signal);
	asm.place(exited);
	asm.compute(code, "shr", status, 8);
	asm.compute(code, "and", code, 0xff);
	call("exit_group", [code]);

	asm.place(error);
	asm.jumpIfEqual(slots.errno, errnoNumber("EINTR"), loop);
	asm.jump(failed);
	if (routine !== "awaitStopping") return;
	asm.place(stopped);
	call("getpid", [], { dst: pid });
	call("kill", [pid, flags("SIGSTOP")]);
	call("kill", [slot("command"), flags("SIGCONT")]);
	asm.jump(loop);
}

/** Takes signals one by one until the command has ended. */
function emitForward(machine: Machine, status: Slot, loop: Label, error: Label, id: number): void {
	const { asm, call, flags, slot, buffer } = machine;
	const [taken, ended] = [slot("await.taken"), slot("await.ended")];
	const [reap, done] = [new Label(), new Label()];
	const awaited = ["SIGINT", "SIGTERM", "SIGCHLD"].reduce((set, name) => set + 2 ** (flags(name) - 1), 0);
	call("rt_sigtimedwait", [asm.table([awaited]), buffer("await.info", siginfoSize), 0, 8], {
		dst: taken,
		onError: error,
		id,
	});
	asm.jumpIfEqual(taken, flags("SIGCHLD"), reap);
	call("kill", [slot("command"), taken]);
	asm.jump(loop);
	asm.place(reap);
	call("wait4", [slot("command"), status.address, flags("WNOHANG|__WALL"), 0], { dst: ended, onError: error, id });
	asm.jumpIfBelow(0, ended, done);
	asm.jump(loop);
	asm.place(done);
}

/** Ends this process by a signal, whatever was said of it before; by 1 where that does not end it. */
function emitEndBy(machine: Machine, signal: Slot): void {
	const { asm, call, flags, slot } = machine;
	const [mask, pid] = [slot("await.mask"), slot("await.pid")];
	call("rt_sigaction", [signal, asm.bytes(new Uint8Array(32)), 0, 8]);
	asm.compute(mask, "sub", signal, 1);
	asm.compute(mask, "shl", 1, mask);
	call("rt_sigprocmask", [flags("SIG_UNBLOCK"), mask.address, 0, 8]);
	call("getpid", [], { dst: pid });
	call("kill", [pid, signal]);
	call("exit_group", [1]);
}

/** Makes the capabilities of this process ambient, so that a program that is executed has them. capabilities(7). */
export function emitAmbient(machine: Machine, id: number, failed: Label): void {
	const { asm, call, flags, slot, buffer } = machine;
	const header = asm.table([flags("_LINUX_CAPABILITY_VERSION_3")]);
	const sets = buffer("ambient.sets", 24);
	// Two structures of 32 bits each for effective, permitted and inheritable, as three words of 64 bits.
	const [first, second, third] = [slot("ambient.first"), slot("ambient.second"), slot("ambient.third")];
	const [effective, value, number] = [slot("ambient.effective"), slot("ambient.value"), slot("ambient.number")];
	call("capget", [header, sets], { onError: failed, id });
	asm.load(first, sets, 0);
	asm.load(second, sets, 8);
	asm.load(third, sets, 16);
	asm.compute(second, "shr", second, 32);
	asm.compute(second, "shl", second, 32);
	asm.compute(effective, "and", first, 0xffffffff);
	asm.compute(effective, "or", effective, second);
	asm.compute(value, "shr", first, 32);
	asm.compute(second, "or", second, value);
	asm.compute(third, "and", third, 0xffffffff);
	asm.compute(value, "shl", third, 32);
	asm.compute(third, "or", third, value);
	asm.store(sets, 8, second);
	asm.store(sets, 16, third);
	call("capset", [header, sets], { onError: failed, id });

	const [loop, next] = [new Label(), new Label()];
	asm.set(number, 0);
	asm.place(loop);
	asm.compute(value, "shr", effective, number);
	asm.compute(value, "and", value, 1);
	asm.jumpIfEqual(value, 0, next);
	call("prctl", [flags("PR_CAP_AMBIENT"), flags("PR_CAP_AMBIENT_RAISE"), number, 0, 0], { onError: failed, id });
	asm.place(next);
	asm.compute(number, "add", number, 1);
	asm.jumpIfBelow(number, 64, loop);
}
