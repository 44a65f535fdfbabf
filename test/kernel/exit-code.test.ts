import { expect } from "bun:test";
import { constants } from "node:os";
import { everywhere } from "./harness.ts";

const optionSets = [[], ["--uts"], ["--pid", "--mount", "--no-init"]];

everywhere("the command's exit code is that of ns", async (ns) => {
	for (const options of optionSets) {
		for (const code of [0, 1, 3, 125, 126, 127, 128, 255]) {
			expect([options, (await ns.run(["run", ...options, "sh", "-c", `exit ${code}`])).code]).toEqual([options, code]);
		}
	}
});

everywhere("death by a signal is death by that signal, and 128 and its number to a shell", async (ns) => {
	const signals = [
		"SIGKILL",
		"SIGTERM",
		"SIGINT",
		"SIGHUP",
		"SIGUSR1",
		"SIGSEGV",
		"SIGPIPE",
		"SIGXFSZ",
		"SIGALRM",
	] as const;
	for (const signal of signals) {
		const number = constants.signals[signal];
		const die = ["sh", "-c", `ulimit -c 0; kill -${number} $$; sleep 10`];
		const directly = await ns.command(die);
		expect(directly.signal).toBe(signal);
		for (const options of [[], ["--uts"]]) {
			expect(await ns.run(["run", ...options, ...die])).toMatchObject({ code: null, signal, stdout: "", stderr: "" });
		}
		const { stdout } = await ns.shell('"$@" 2>/dev/null; echo $?', { args: ["run", ...die] });
		expect(stdout).toBe(`${128 + number}\n`);
	}
});
