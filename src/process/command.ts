import { step } from "../plan/step.ts";
import type { Command, Fragment, Problem } from "../plan/types.ts";

/** Replaces the process by the command, looked up in PATH as execvp(3) does. execve(2). */
export function command(): Fragment {
	return {
		module: "command",
		problems: (context) => commandProblems(context.command),
		steps: ({ command: { argv } }) => [
			step({
				phase: "exec",
				module: "command",
				does: `run ${argv[0]}`,
				why: "each candidate from PATH until one can be executed",
				man: "execve(2)",
				routine: "exec",
			}),
		],
	};
}

/** What is wrong with a command, as far as that can be said without looking for it. */
export function commandProblems({ argv, argv0, env, cwd }: Command): Problem[] {
	const problems: Problem[] = [];
	if (argv.length === 0 || argv[0] === "") problems.push({ code: "NO_COMMAND", message: "there is no command to run" });
	const withNul = (texts: readonly string[]) => texts.join("").includes("\0");
	const add = (what: string): void => {
		problems.push({ code: "NUL_IN_COMMAND", message: `${what} of the command holds a NUL byte` });
	};
	if (withNul(argv)) add("an argument");
	if (argv0?.includes("\0")) add("argument 0");
	if (withNul(env)) add("an environment variable");
	if (cwd.includes("\0")) add("the working directory");
	return problems;
}

/** What execvp(3) searches when PATH is not set. */
const defaultPath = "/bin:/usr/bin";

/** The files to try, in order: the name itself when it holds a slash, else one per directory of the command's PATH. */
export function candidates({ argv: [name = ""], env }: Command): string[] {
	if (name.includes("/")) return [name];
	const path = env.find((variable) => variable.startsWith("PATH="))?.slice(5) ?? defaultPath;
	return path.split(":").map((directory) => (directory === "" ? name : `${directory}/${name}`));
}
