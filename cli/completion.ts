import { defineCommand } from "citty";
import { nearest, type ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { type Shell, shells } from "./completion/model.ts";
import { commandHelp, commands } from "./help.ts";
import { readNames, tooMany } from "./names.ts";
import { write } from "./output.ts";
import { UsageError } from "./usage.ts";

const scripts: Readonly<Record<Shell, () => Promise<() => string>>> = {
	bash: async () => (await import("./completion/bash.ts")).bashScript,
	zsh: async () => (await import("./completion/zsh.ts")).zshScript,
	fish: async () => (await import("./completion/fish.ts")).fishScript,
};

export default defineCommand({
	meta: { name: "completion", description: commands.completion.doc },
	args: cittyArgs("completion"),
	async run({ data }) {
		const { names: given, problems, has } = readNames("completion", (data as ReadArgv).words);
		const [word, ...others] = given;
		if (has("help")) return write(1, commandHelp("completion"));
		// What the scripts themselves ask for, while a person types: no error may be in the way.
		if (word === "names") return write(1, await names());
		const found = [...problems];
		const shell = shells.find((one) => one === word);
		if (!shell) {
			const own = shells.find((one) => process.env.SHELL?.endsWith(`/${one}`));
			const near = word === undefined ? own : nearest(word, shells);
			const message =
				word === undefined ? "completion needs a shell" : `there are no completions for ${JSON.stringify(word)}`;
			found.push({
				code: "SHELL_UNKNOWN",
				message,
				hint: near ? `such as ns completion ${near}` : commands.completion.usage,
			});
		}
		found.push(...tooMany("completion", "shell", others));
		if (found.length > 0 || !shell) throw new UsageError(found);
		write(1, (await scripts[shell]())());
	},
});

/** The names of namespaces and of running sandboxes, a line each. What cannot be looked at has none. */
async function names(): Promise<string> {
	const { listNamed } = await import("../src/keeper/open.ts");
	const { listRunning } = await import("../src/keeper/running.ts");
	const all = [...listNamed().states, ...listRunning()];
	return all.map(({ name }) => `${name}\n`).join("");
}
