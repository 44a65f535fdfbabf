/** A call that a child makes, whose end is waited for. */
import { Label, type Slot } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import { notFoundExitCode } from "./report.ts";

/**
 * Lets a child make what `make` emits, an execve(2): `status` gets what wait4(2) tells of its end. The child has the standard
 * descriptors and no other, and no signal is held back in it.
 */
export function emitApart(machine: Machine, status: Slot, id: number, failed: Label, make: () => void): void {
	const { asm, call, flags, slot } = machine;
	const child = slot("apart.child");
	const [apart, done] = [new Label(), new Label()];
	call("clone", [flags("SIGCHLD"), 0, 0, 0, 0], { dst: child, onError: failed, id });
	asm.jumpIfEqual(child, 0, apart);
	asm.set(status, 0);
	call("wait4", [child, status.address, flags("__WALL"), 0], { onError: failed, id });
	asm.jump(done);
	asm.place(apart);
	call("close_range", [3, 0xffffffff, 0]);
	call("rt_sigprocmask", [flags("SIG_SETMASK"), asm.table([0]), 0, 8]);
	make();
	call("exit_group", [notFoundExitCode]);
	asm.place(done);
}
