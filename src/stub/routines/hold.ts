import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** The descriptor that a holder talks to its maker by. */
export const holderSocket = 5;

/** What the holder says when it is there; what it is asked to say that again by, and what it is told to stay by. */
export const [readyWord, askWord, stayWord] = ["r", "a", "s"];

/** Bytes of a task's name, without the NUL. prctl(2), PR_SET_NAME. */
const longestName = 15;

/**
 * The holder of namespaces that have a name. It gives back everything that it was started with, says that it is there, and
 * ends unless it is told to stay: so a maker that is killed leaves no process behind. From then on it holds nothing but its
 * namespaces and hears nothing but SIGKILL; as PID 1 it reaps what others leave behind.
 */
export function emitHold({ asm, call, flags, slot, buffer }: Machine, name: string): void {
	const [signal, count, word, pid] = [
		slot("hold.signal"),
		slot("hold.count"),
		buffer("hold.word", 8),
		slot("hold.pid"),
	];
	const said = slot("hold.said");
	const [say, end, stay, loop, reap] = [new Label(), new Label(), new Label(), new Label(), new Label()];
	const everything = asm.table([-1]);
	const children = asm.table([2 ** (flags("SIGCHLD") - 1)]);
	call("rt_sigprocmask", [flags("SIG_SETMASK"), everything, 0, 8]);
	call("rt_sigaction", [flags("SIGCHLD"), asm.table([0, 0, 0, 0]), 0, 8]);
	call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0], { onError: end });
	call("prctl", [flags("PR_SET_NAME"), asm.string(name.slice(0, longestName)), 0, 0, 0]);
	call("chdir", [asm.string("/")]);
	call("close_range", [0, holderSocket - 1, 0], { onError: end });
	call("close_range", [holderSocket + 1, 0xffffffff, 0], { onError: end });
	// From here on it does not end with who started it, but with the other end of the socket.
	call("prctl", [flags("PR_SET_PDEATHSIG"), 0, 0, 0, 0], { onError: end });
	asm.place(say);
	call("sendto", [holderSocket, asm.string(readyWord), 1, flags("MSG_NOSIGNAL"), 0, 0], { onError: end });
	call("read", [holderSocket, word, 1], { dst: count, onError: end });
	asm.load(said, word, 0);
	asm.jumpIfEqual(count, 0, end);
	asm.jumpIfEqual(said, stayWord.charCodeAt(0), stay);
	asm.jumpIfEqual(said, askWord.charCodeAt(0), say);
	asm.place(end);
	call("exit_group", [0]);
	asm.place(stay);
	call("close", [holderSocket]);
	asm.place(loop);
	call("rt_sigtimedwait", [children, 0, 0, 8], { dst: signal, onError: loop });
	asm.place(reap);
	call("wait4", [-1, 0, flags("WNOHANG|__WALL"), 0], { dst: pid, onError: loop });
	asm.jumpIfEqual(pid, 0, loop);
	asm.jump(reap);
}
