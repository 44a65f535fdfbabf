import { step } from "../plan/step.ts";
import type { Command, Fragment, Problem } from "../plan/types.ts";

/** Replaces the process by the command, looked up in PATH as execvp(3) does. execve(2). */
export function command(): Fragment {
	return {
		module: "command",
		problems: (context) => commandProblems(context.command),
		steps: ({ command: { argv, descriptor }, executeHints }) => [
			step({
				phase: "exec",
				module: "command",
				does: `run ${argv[0]}`,
				why:
					descriptor === undefined
						? "each candidate from PATH until one can be executed"
						: `the file that descriptor ${descriptor} is open on, whatever is there inside`,
				man: descriptor === undefined ? "execve(2)" : "execveat(2)",
				routine: "exec",
				...(executeHints && { hints: executeHints }),
			}),
		],
	};
}

/** What is wrong with a command, as far as that can be said without looking for it. */
export function commandProblems({ argv, argv0, env, cwd, descriptor }: Command): Problem[] {
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
	if (descriptor !== undefined && !(Number.isInteger(descriptor) && descriptor >= 3 && descriptor <= 0x7fffffff)) {
		const hint = "descriptors of files to execute are whole numbers from 3 on";
		problems.push({ code: "DESCRIPTOR_INVALID", message: `${descriptor} cannot be executed`, hint });
	}
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
