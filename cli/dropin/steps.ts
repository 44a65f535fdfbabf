/** Small makers of the steps that tools are made of: what they do is what they say when it fails. Pure. */
import { namespaces } from "../../src/plan/namespaces.ts";
import { call, flags, ref } from "../../src/plan/step.ts";
import type { Call, Command, Host, Plan, Role, Routine, Step } from "../../src/plan/types.ts";
import { setLimit } from "../../src/process/limits.ts";
import { type ToolFacts, variable } from "./facts.ts";

/** `struct sigaction` with SIG_DFL. */
const defaultAction = { bytes: new Array<number>(32).fill(0), shows: "{sa_handler=SIG_DFL}" } as const;

export const toDefault = (signal: string): Call => call("rt_sigaction", [flags(signal), defaultAction, null, 8]);

/** Steps in the order in which they are done. */
export class ToolSteps {
	readonly steps: Step[] = [];

	/** Calls that are one thing for the tool, which says `fails` before the error. */
	add(who: Role, fails: string, calls: readonly Call[], routine?: Routine): void {
		const step: Step = {
			phase: "start",
			module: "tool",
			who,
			does: fails,
			why: "as the tool does it",
			man: "",
			calls,
			fails,
		};
		this.steps.push(routine ? { ...step, routine } : step);
	}
}

/** What Bun has made of this process is undone, and it gets the tool's name. */
export function begin(steps: ToolSteps, { openFiles }: Host, name: string): void {
	steps.add("outer", "signal handler reset failed", [toDefault("SIGPIPE"), toDefault("SIGXFSZ"), toDefault("SIGCHLD")]);
	steps.add("outer", "prctl failed", [call("prctl", [flags("PR_SET_NAME"), name, 0, 0, 0])]);
	if (openFiles) steps.add("outer", "setrlimit failed", [setLimit("RLIMIT_NOFILE", openFiles.soft, openFiles.hard)]);
}

/** Opens a file for writing, and writes `text`; both have words of their own. */
export function write(steps: ToolSteps, who: Role, path: string, text: string, opens: string, writes: string): void {
	steps.add(who, opens, [openForWriting(path)]);
	steps.add(who, writes, [call("write", [ref("file"), text, text.length]), call("close", [ref("file")])]);
}

export const openForWriting = (path: string): Call =>
	call("openat", [flags("AT_FDCWD"), path, flags("O_WRONLY|O_CLOEXEC|O_NOCTTY")], { result: "file" });

/** The program, or a login shell where none is named. */
export function commandOf(rest: readonly string[], facts: ToolFacts): Command {
	const { env, cwd } = facts;
	if (rest.length > 0) return { argv: rest, env, cwd };
	const shell = variable(facts, "SHELL") || "/bin/sh";
	const name = shell.slice(shell.lastIndexOf("/") + 1);
	return { argv: [shell.includes("/") ? shell : `./${shell}`], argv0: `-${name}`, env, cwd };
}

/** Executes the program. */
export function execute(steps: ToolSteps, { argv }: Command): void {
	steps.add("command", `failed to execute ${argv[0]}`, [], "exec");
}

/** The steps as a plan, which nobody sorts. */
export function toolPlan({ steps }: ToolSteps, host: Host, command: Command, forks: boolean): Plan {
	return {
		launch: "image",
		arch: host.arch,
		creates: [],
		joins: [],
		cloneFlags: "",
		forks,
		init: false,
		session: "shared",
		helper: false,
		channel: undefined,
		command,
		steps,
	};
}

/** The files of namespaces below /proc/PID/ns, by kind, in the order in which tools go through them. */
export const fileOrder = ["user", "cgroup", "ipc", "uts", "net", "pid", "mount", "time"] as const;

/** The flag of a kind: `"CLONE_NEWNET"`. */
export const flagOf = (kind: (typeof fileOrder)[number]): string =>
	namespaces.find((one) => one.kind === kind)?.flag ?? "";
