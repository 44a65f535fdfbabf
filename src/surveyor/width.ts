/** The terminal that a list is shown on. */
import { isTerminal } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";

/** Characters of a line of the terminal that a descriptor is; nothing where it is none, or does not know. TIOCGWINSZ. */
export function terminalWidth(fd: number): number | undefined {
	const size = new Uint16Array(4);
	if (!isTerminal(fd) || systemCall("ioctl", fd, constants.TIOCGWINSZ, size) !== 0) return undefined;
	return size[1] || undefined;
}
