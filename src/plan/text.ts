/** A plan in words: calls as strace(1) would print them. */
import type { Syscall } from "../linux/syscalls.ts";
import type { Composed } from "./calls.ts";
import type { Arg, Call, Plan, Step } from "./types.ts";

/** `openat(AT_FDCWD, "/proc/self/uid_map", O_WRONLY|O_CLOEXEC) = $file` */
export function callText({ name, args, result }: Call): string {
	const mode = modeArguments[name];
	const shown = args.map((arg, i) => (i === mode && typeof arg === "number" ? octal(arg) : argText(arg)));
	return `${name}(${shown.join(", ")})${result === undefined ? "" : ` = $${result}`}`;
}

/** Fields of structures that mean something when they are 0; others are left out then. */
const sayZero: readonly string[] = ["rlim_cur", "rlim_max"];

/** Which argument is permissions, by the call. */
const modeArguments: Readonly<Partial<Record<Syscall, number>>> = {
	...{ openat: 3, mkdirat: 2, mknodat: 2, fchmodat: 2, fchmod: 1, umask: 0 },
};

const octal = (mode: number): string => `0${mode === 0 ? "" : mode.toString(8)}`;

function argText(arg: Arg): string {
	if (arg === null) return "NULL";
	if (typeof arg === "number") return arg === 0xffffffff ? "~0U" : String(arg);
	if (typeof arg === "string") return quoted(arg);
	if ("flags" in arg) return arg.flags;
	if ("shows" in arg) return arg.shows;
	if ("ref" in arg) return `$${arg.ref}`;
	if ("out" in arg) return `&$${arg.out}`;
	if ("text" in arg) return composedText(arg);
	if ("strings" in arg) return `[${arg.strings.map((one) => argText(one)).join(", ")}]`;
	if ("pair" in arg) return `[$${arg.pair[0]}, $${arg.pair[1]}]`;
	const fields = Object.entries(arg.struct).filter(([name, value]) => value !== 0 || sayZero.includes(name));
	return `{${fields.map(([name, value]) => `${name}=${argText(value)}`).join(", ")}}`;
}

/** `"nskit-$self/memory.max"` */
const composedText = ({ text }: Composed): string =>
	quoted(text.map((part) => (typeof part === "string" ? part : `$${part.ref}`)).join(""));

/** More of a string than this says nothing to a person. */
const longestShown = 256;

/** A C string as strace prints it; long ones are cut. */
export function quoted(text: string): string {
	const shown = text.length > longestShown ? text.slice(0, longestShown) : text;
	return `${printable(JSON.stringify(shown))}${shown === text ? "" : "..."}`;
}

/** Control characters, those that change the direction of writing, and bytes that are no text (src/bytes.ts). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;

/** The text with what could play with a terminal written as `\u0000`: names come from anywhere. */
export function printable(text: string): string {
	if (!unusual.test(text)) return text;
	return text.replace(unprintable, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** What JSON leaves as it is of that. */
const unprintableInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A value as JSON on lines of its own, whose strings cannot play with a terminal either: they are escaped, and read the same. */
export function jsonText(value: unknown): string {
	const text = JSON.stringify(value, null, "\t");
	return `${text.replace(unprintableInJson, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

/** Anything but ASCII from the space to the tilde: nearly every text is made of nothing else, and is not looked at again. */
const unusual = /[^ -~]/;

/** Calls with a string that is no path. */
const pathless: readonly string[] = ["write", "sethostname", "setdomainname", "prctl", "fsopen", "fsconfig"];

/** The file a call is about: for a mount, where it is mounted. */
export function callPath({ name, args }: Call): string | undefined {
	if (pathless.includes(name)) return undefined;
	const paths = name === "mount" ? args.slice(1, 2) : args;
	return paths.find((arg): arg is string => typeof arg === "string" && arg !== "");
}

/**
 * The whole plan for a person to read: each step with its reason, its calls and its manual page.
 *
 * @example
 * ```ts
 * import { planText, sandbox, uts } from "nskit";
 * console.log(planText(sandbox(uts({ hostname: "box" })).plan(["true"])));
 * ```
 */
export function planText(plan: Plan): string {
	const lines = plan.steps.flatMap((step, i) => [
		`${String(i + 1).padStart(2)}  ${whoText(step)}${printable(step.does)}`,
		`      # ${printable(step.why)}`,
		...step.calls.map((call) => `      ${callText(call)}`),
		...(step.routine ? [`      ${routineText(step, plan)}`] : []),
		`      ${step.man}`,
	]);
	const head = plan.cloneFlags === "" ? [] : [`    clone(${plan.cloneFlags}|CLONE_VM|CLONE_VFORK|SIGCHLD)`];
	const missing = (plan.reduced ?? []).map((one) => `    not to be had here: ${printable(one)}`);
	return [...missing, ...head, ...lines, ""].join("\n");
}

function whoText({ who }: Step): string {
	return who === "outer" ? "" : `[${who}] `;
}

function routineText({ routine }: Step, { command }: Plan): string {
	if (routine === "exec") {
		const { argv, argv0 = argv[0] ?? "", env, descriptor } = command;
		const words = [argv0, ...argv.slice(1)].map(quoted).join(", ");
		if (descriptor !== undefined)
			return `execveat(${descriptor}, "", [${words}], /* ${env.length} variables */, AT_EMPTY_PATH)`;
		return `execve($candidate, [${words}], /* ${env.length} variables */)`;
	}
	return routineTexts[routine as keyof typeof routineTexts];
}

const routineTexts = {
	resetSignals: "rt_sigaction($each, {sa_handler=SIG_DFL}, NULL, 8), but for those the caller ignores",
	relay:
		"ppoll([{fd=0}, {fd=1}, {fd=2}, {fd=$signals}]), then read() and write(), ioctl(2, TIOCSWINSZ) or wait4(), again and again",
	terminal: "getpgid(0), ioctl(0, TIOCGPGRP), ioctl(1, TIOCGPGRP), ioctl(2, TIOCGPGRP): all the same",
	lifeline: "ppoll([{fd=$life, events=POLLIN}], 1, {0}): readable when the supervisor has ended already",
	foreground: "setpgid(0, 0), ioctl(0, TIOCSPGRP, getpid())",
	background: "clone(SIGCHLD); the parent: read($ready), wait4($child) after a failure, and exit_group()",
	again:
		"timerfd_settime(), clone(SIGCHLD), then wait4(), kill() or kill(self, SIGTSTP), again and again; the child goes on",
	listen:
		"ppoll([{fd=$serve.socket}, {fd=$serve.signals}]), accept4(), clone(SIGCHLD), wait4(), again and again; the child: dup3($connection, 0), dup3($connection, 1)",
	pidFile: "write($pid.file, getpid() in digits), close($pid.file)",
	parent: "getppid(): still the same",
	tell: "writev($descriptor, pids and namespaces as a line of JSON)",
	timer: "timer_settime($timer, 0, {it_interval={1, 0}, it_value={the time}}, NULL)",
	block: "ppoll([{fd=$block, events=POLLIN}], 1, NULL, &$signals.mask), read($block, .., 1)",
	awaitMap: "ppoll([{fd=$map.block, events=POLLIN}], 1, NULL, &$signals.mask), read($map.block, .., 1): a byte",
	supervise: "rt_sigtimedwait(~[]), then wait4(), kill($command, $signal), or kill(self, SIGSTOP), again and again",
	reap: "rt_sigtimedwait(~[]), then wait4(-1, WNOHANG) or kill(2, $signal), again and again",
} as const;
