import { expect } from "bun:test";
import { everywhere, rows } from "./harness.ts";
import { keys, Terminal } from "./terminal.ts";
import { Transcript } from "./transcript.ts";
import { inTime } from "./waiting.ts";

const atTerminal = rows({ needs: ["script"] });
const sandboxes = ["", "--uts", "--pid --mount", "--pid --mount --no-init"];

atTerminal("a new session has no terminal", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of sandboxes) {
		const script = "cut -d\\  -f6,7 /proc/self/stat; cut -d\\  -f6 /proc/$$/stat; echo $$; : </dev/tty";
		const said = await terminal.does(`ns run ${options} --mount --new-session sh -c '${script}' 2>&1`);
		const [session = "", leader, self, error] = said.split("\n");
		const [number, tty] = session.split(" ");
		expect([options, number === "0" ? self : number, leader, tty]).toEqual([options, self, self, "0"]);
		expect(error).toMatch(/dev\/tty/);
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("Ctrl-C and Ctrl-\\ reach a session without a terminal, all of its first group, once", async (ns) => {
	const terminal = await Terminal.open(ns);
	await terminal.does("ulimit -c 0");
	for (const options of sandboxes) {
		// The shell waits for its child, and ends as that does: so the key has to reach both.
		terminal.type(`ns run ${options} --new-session bash -c 'trap "echo got" INT; sleep 1000; echo after; exit 7'\n`);
		await terminal.hasKeys("sleep");
		terminal.type(keys.interrupt);
		await terminal.sees("got\nafter\nprompt> ");
		expect([options, await terminal.does("echo code $?")]).toEqual([options, "code 7\n"]);
		if (options.includes("--no-init")) continue;
		for (const [key, code] of [
			[keys.interrupt, 130],
			[keys.quit, 131],
		] as const) {
			terminal.type(`ns run ${options} --new-session sleep 1000\n`);
			await terminal.hasKeys("sleep");
			terminal.type(key);
			await terminal.sees("prompt> ");
			expect([options, await terminal.does("echo code $?")]).toEqual([options, `code ${code}\n`]);
		}
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("Ctrl-Z stops a session without a terminal, and fg and bg go on with it", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of sandboxes) {
		terminal.type(`ns run ${options} --new-session sh -c 'sleep 1000; echo after; exit 7'\n`);
		for (const back of ["fg", "bg; fg"]) {
			await terminal.hasKeys("sleep");
			terminal.type(keys.suspend);
			await terminal.sees(/Stopped.*\n/);
			await terminal.sees("prompt> ");
			await terminal.stands("sleep");
			expect(await terminal.does("jobs")).toMatch(/Stopped +ns run/);
			terminal.type(`${back}\n`);
		}
		await terminal.hasKeys("sleep");
		terminal.type(keys.interrupt);
		await terminal.sees("prompt> ");
		expect(await terminal.does("jobs")).toBe("");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("a session without a terminal hears of the size of the caller's", async (ns) => {
	const terminal = await Terminal.open(ns);
	const path = (await terminal.does("tty")).trim();
	// stty(1) sets one number after the other.
	const isThere = '[ -n "$n" ] && stty size | grep 101';
	const loop = `trap n=1 WINCH; echo started; until ${isThere}; do read -t 0.05; done; exit 7`;
	terminal.type(`ns run --new-session bash -c '${loop}'\n`);
	await terminal.sees("started");
	await ns.command(["stty", "-F", path, "rows", "41", "cols", "101"]);
	await terminal.sees("41 101\nprompt> ");
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

everywhere("a stop that nobody would end is not taken up", async (ns) => {
	const script = "trap 'kill $!; echo end; exit 7' TERM; sleep 1000 & echo started; wait";
	// The leader of a session is alone in it: no shell could continue its group.
	const child = ns.start(["setsid", ...ns.program, "run", "--new-session", "sh", "-c", script]);
	const said = new Transcript(child.stdout);
	await said.has("started\n");
	child.kill("SIGTSTP");
	child.kill("SIGTERM");
	await said.has("end\n");
	expect(await inTime("the end", child.exited)).toBe(7);
});
