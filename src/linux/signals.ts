/** The signals by number, from 1 on. signal(7). */
const names = (
	"HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU " +
	"XFSZ VTALRM PROF WINCH IO PWR SYS"
).split(" ");

/** The first real-time signal as glibc counts them, which keeps two for itself, and the last. */
const [SIGRTMIN, SIGRTMAX] = [34, 64];

/** `"SIGTERM"` for 15, `"SIGRTMIN+1"` for 35; numbers without a name stay numbers. */
export function signalName(number: number): string {
	const name = names[number - 1];
	if (name !== undefined) return `SIG${name}`;
	if (number === SIGRTMIN) return "SIGRTMIN";
	return number > SIGRTMIN ? `SIGRTMIN+${number - SIGRTMIN}` : String(number);
}

/** The number of `"TERM"`, `"SIGTERM"`, `"15"`, `"RTMIN+1"` or `"RTMAX-1"`, in either case; `undefined` for what is none. */
export function signalNumber(text: string): number | undefined {
	if (/^[1-9]\d?$/.test(text)) return Number(text) <= SIGRTMAX ? Number(text) : undefined;
	const name = text.toUpperCase().replace(/^SIG/, "");
	const index = names.indexOf(name);
	if (index >= 0) return index + 1;
	const [, base, offset = "0"] = /^(RTMIN(?=$|\+)|RTMAX(?=$|-))(?:[+-](\d{1,2}))?$/.exec(name) ?? [];
	if (base === undefined || /[+-]$/.test(name)) return undefined;
	const number = base === "RTMIN" ? SIGRTMIN + Number(offset) : SIGRTMAX - Number(offset);
	return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
}
