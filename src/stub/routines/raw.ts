/** The caller's terminal while the relay is in its foreground: raw, so that the sandbox's own gives keys their meaning. */
import { Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** Bytes of the kernel's `struct termios`, rounded up. */
const termiosSize = 40;

/** What cfmakeraw(3) clears, and sets. Flags of input and output stand in one 64-bit word, of control and local in the next. */
const [IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL, IXON] = [0x1, 0x2, 0x8, 0x20, 0x40, 0x80, 0x100, 0x400];
const [OPOST, CSIZE, CS8, PARENB] = [0x1, 0x30, 0x30, 0x100];
const [ISIG, ICANON, ECHO, ECHONL, IEXTEN] = [0x1, 0x2, 0x8, 0x40, 0x8000];
const upper = 2 ** 32;
const cleared = [
	IGNBRK + BRKINT + PARMRK + ISTRIP + INLCR + IGNCR + ICRNL + IXON + OPOST * upper,
	CSIZE + PARENB + (ISIG + ICANON + ECHO + ECHONL + IEXTEN) * upper,
] as const;
const set = [0, CS8] as const;
/** VTIME and VMIN are the upper two bytes of the third word: no time, and one byte at least. */
const [belowTimes, oneByte] = [2 ** 48 - 1, 2 ** 56];

/**
 * Keeps the settings of the terminal on descriptor 0 and makes it raw, where this process's group is in its foreground;
 * in the background, or where it is no terminal, it is left alone. SIGTTOU is held back.
 */
export function emitRaw({ asm, call, flags, slot, buffer }: Machine): void {
	const [tty, raw, word] = [slot("relay.tty"), slot("relay.raw"), slot("relay.word")];
	const [group, foreground] = [slot("relay.group"), slot("relay.foreground")];
	const [kept, made] = [buffer("relay.kept", termiosSize), buffer("relay.made", termiosSize)];
	const [ours, done] = [new Label(), new Label()];
	asm.jumpIfEqual(raw, 1, done);
	call("ioctl", [0, flags("TIOCGPGRP"), foreground.address], { onError: done });
	asm.set(tty, 1);
	call("getpgid", [0], { dst: group });
	asm.compute(foreground, "and", foreground, 0xffffffff);
	asm.jumpIfEqual(foreground, group, ours);
	asm.set(slot("relay.typed.open"), 0);
	asm.jump(done);
	asm.place(ours);
	asm.set(slot("relay.typed.open"), 1);
	call("ioctl", [0, flags("TCGETS"), kept], { onError: done });
	for (const at of [0, 8, 16, 24, 32]) {
		asm.load(word, kept, at);
		const i = at / 8;
		if (i < 2) {
			// Without an operation for "and not": what is set among the cleared bits is taken away.
			const extra = slot("relay.extra");
			asm.compute(extra, "and", word, cleared[i] ?? 0);
			asm.compute(word, "sub", word, extra);
			asm.compute(word, "or", word, set[i] ?? 0);
		}
		if (i === 2) {
			asm.compute(word, "and", word, belowTimes);
			asm.compute(word, "or", word, oneByte);
		}
		asm.store(made, at, word);
	}
	call("ioctl", [0, flags("TCSETS"), made], { onError: done });
	asm.set(raw, 1);
	asm.place(done);
}

/** Gives the terminal its settings back. */
export function emitRestore({ asm, call, flags, slot, buffer }: Machine): void {
	const done = new Label();
	asm.jumpIfEqual(slot("relay.raw"), 0, done);
	call("ioctl", [0, flags("TCSETS"), buffer("relay.kept", termiosSize)]);
	asm.set(slot("relay.raw"), 0);
	asm.place(done);
}
