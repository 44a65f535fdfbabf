/** A terminal that is drawn on again and again, and gets back what it showed. */
import { write } from "./output.ts";

/** xterm's other screen, without a cursor; and the way back. */
const [enter, leave] = ["\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"];
/** To the upper left, and everything behind what is written is empty. */
const [home, clearLine, clearBelow] = ["\x1b[H", "\x1b[K", "\x1b[J"];

/** Keys that mean enough: q, Q, and control-C and -D, which are keys like others while this is on. */
const enough: readonly number[] = [0x71, 0x51, 3, 4];

/** The screen of standard input and output, which are a terminal. */
export class Screen {
	private isOpen = true;
	private readonly ended = Promise.withResolvers<boolean>();

	constructor() {
		process.stdin.setRawMode(true);
		process.stdin.on("data", this.take);
		process.stdin.on("end", this.end);
		for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) process.on(signal, this.end);
		write(1, enter);
	}

	private readonly end = (): void => this.ended.resolve(true);
	private readonly take = (keys: Buffer): void => {
		if (keys.some((key) => enough.includes(key))) this.end();
	};

	/** Shows these lines in place of what is there; what does not fit below each other is left out. */
	draw(text: string): void {
		const lines = text
			.trimEnd()
			.split("\n")
			.slice(0, (process.stdout.rows || 24) - 1);
		write(1, `${home}${lines.map((line) => `${line}${clearLine}\r\n`).join("")}${clearBelow}q ends this`);
	}

	/** Whether somebody says enough within so many milliseconds. */
	isOver(within: number): Promise<boolean> {
		const { promise, resolve } = Promise.withResolvers<boolean>();
		const timer = setTimeout(() => resolve(false), within);
		return Promise.race([this.ended.promise, promise]).finally(() => clearTimeout(timer));
	}

	/** Gives the terminal back. */
	close(): void {
		if (!this.isOpen) return;
		this.isOpen = false;
		write(1, leave);
		process.stdin.off("data", this.take);
		process.stdin.off("end", this.end);
		for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) process.off(signal, this.end);
		process.stdin.setRawMode(false);
		process.stdin.pause();
		process.stdin.unref();
	}
}
