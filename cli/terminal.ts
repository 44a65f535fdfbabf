/** Who reads what is written: whether at a terminal, how wide, with colours, and in which characters. */
import { isTerminal } from "../src/descriptors.ts";
import { systemCall } from "../src/ffi.ts";
import { constants } from "../src/linux/constants.ts";

/** Whether output has colours: they are for people at a terminal that can show them, who have not said no. */
export const hasColours = (): boolean =>
	process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";

/** Whether the locale's characters are those of Unicode; the first variable that is set counts. locale(7) */
export function hasUnicode(): boolean {
	const { LC_ALL, LC_CTYPE, LANG } = process.env;
	return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
}

/** Characters of a line of the terminal that a descriptor is; nothing where it is none, or does not know. TIOCGWINSZ. */
export function terminalWidth(fd: number): number | undefined {
	const size = new Uint16Array(4);
	if (!isTerminal(fd) || systemCall("ioctl", fd, constants.TIOCGWINSZ, size) !== 0) return undefined;
	return size[1] || undefined;
}
