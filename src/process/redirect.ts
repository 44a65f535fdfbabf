import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Fragment, Problem, Step } from "../plan/types.ts";

export interface RedirectOptions {
	/** The file that standard input is read from. */
	readonly stdin?: string | undefined;
	/** The file that standard output goes to: made where it is missing, emptied where it is there. */
	readonly stdout?: string | undefined;
	/** The file that standard error goes to, in the same way. */
	readonly stderr?: string | undefined;
	/** Write behind what the files hold already, instead of emptying them. @default false */
	readonly append?: boolean | undefined;
	/** Standard error goes where standard output does. @default false */
	readonly stderrToStdout?: boolean | undefined;
}

const streams = [
	{ name: "stdin", what: "standard input", to: 0 },
	{ name: "stdout", what: "standard output", to: 1 },
	{ name: "stderr", what: "standard error", to: 2 },
] as const;

/** The first number behind the standard descriptors. */
const free = 3;
/** What a new file may at most be: rw-rw-rw-, less the caller's umask. */
const newFileMode = 0o666;

/**
 * Standard input, output and error of the command are files: opened before anything else is done, in the caller's file
 * system, with the caller's rights and umask. Later failures of ours are told where standard error goes then. open(2).
 *
 * @example
 * ```ts
 * import { redirect, sandbox } from "nskit";
 * const box = sandbox(redirect({ stdin: "/dev/null", stdout: "/tmp/build.log", append: true, stderrToStdout: true }));
 * console.log(box.plan(["make"]).steps[0]?.does); // open /dev/null as standard input
 * ```
 */
export function redirect(options: RedirectOptions): Fragment {
	return {
		module: "redirect",
		needsImage: true,
		problems: () => redirectProblems(options),
		steps: () => redirectSteps(options),
	};
}

function redirectSteps(options: RedirectOptions): Step[] {
	const steps: Step[] = [];
	const add = (does: string, why: string, man: string, calls: Call[]): void => {
		steps.push(step({ phase: "stdio", module: "redirect", does, why, man, calls }));
	};
	for (const { name, what, to } of streams) {
		const path = options[name];
		if (path === undefined) continue;
		const why = "asked for; while its path and the rights to open it are the caller's";
		add(`open ${path} as ${what}`, why, "open(2)", [
			call("openat", [flags("AT_FDCWD"), path, flags(howToOpen(to, options.append)), to === 0 ? 0 : newFileMode], {
				result: `redirect.${name}`,
			}),
			// Where a standard descriptor was closed, the file may have come to lie there, and dup3 wants two numbers.
			call("fcntl", [ref(`redirect.${name}`), flags("F_DUPFD_CLOEXEC"), free], { result: `redirect.${name}` }),
			call("dup3", [ref(`redirect.${name}`), to, 0]),
		]);
	}
	if (options.stderrToStdout) {
		add("send standard error where standard output goes", "asked for", "dup(2)", [call("dup3", [1, 2, 0])]);
	}
	return steps;
}

/** O_NOCTTY: a terminal among them must not become the controlling one. */
function howToOpen(to: 0 | 1 | 2, append = false): string {
	if (to === 0) return "O_RDONLY|O_NOCTTY|O_CLOEXEC";
	return `O_WRONLY|O_CREAT|${append ? "O_APPEND" : "O_TRUNC"}|O_NOCTTY|O_CLOEXEC`;
}

function redirectProblems(options: RedirectOptions): Problem[] {
	const problems: Problem[] = [];
	const { stdout, stderr, append = false, stderrToStdout = false } = options;
	for (const { name, what } of streams) {
		const path = options[name];
		const wrong = path === "" ? "is empty" : path?.includes("\0") ? "holds a NUL byte" : undefined;
		if (wrong === undefined) continue;
		problems.push({ code: "REDIRECT_INVALID", message: `the file for ${what} ${wrong}`, hint: "name a file" });
	}
	if (stderrToStdout && stderr !== undefined) {
		const message = "standard error goes either to a file or where standard output does";
		problems.push({ code: "REDIRECT_TWICE", message, hint: "choose one" });
	}
	if (stdout !== undefined && stdout === stderr && !append) {
		const message = `standard output and error would overwrite each other in ${stdout}`;
		problems.push({ code: "REDIRECT_TWICE", message, hint: "use --stderr-to-stdout, or --append" });
	}
	if (append && stdout === undefined && stderr === undefined) {
		const message = "there is no file to append to";
		problems.push({ code: "APPEND_WITHOUT_FILE", message, hint: "name one for standard output or error" });
	}
	return problems;
}
