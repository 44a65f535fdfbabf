/** A terminal of the sandbox's own, used by a person at a shell. */
import { expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Ns, rows } from "./harness.ts";
import { haveEnded } from "./outside.ts";
import { interrupts, keys, sizes, Terminal } from "./terminal.ts";
import { inTime, until } from "./waiting.ts";

const atTerminal = rows({ needs: ["script"] });
/** With all processes of ours, and with as few as there can be. */
const sandboxes = ["", "--uts"];

/** Runs `body` at a shell, and leaves it. */
function atShell(body: (terminal: Terminal, ns: Ns) => Promise<void>): (ns: Ns) => Promise<void> {
	return async (ns) => {
		const terminal = await Terminal.open(ns);
		await terminal.does("ulimit -c 0");
		await body(terminal, ns);
		expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
	};
}

/** Does something, of which the settings of the terminal must be the same afterwards, also before the shell sets them. */
async function keepsSettings(terminal: Terminal, line: string, meanwhile?: () => Promise<void>): Promise<string> {
	const start = terminal.position;
	terminal.type(`sh -c 'trap : INT QUIT; stty -g; ${line}; echo "code $?"; stty -g'\n`);
	await meanwhile?.();
	const said = await terminal.reads("prompt> ", start);
	const settings = said.match(/^[0-9a-f]+(:[0-9a-f]+){10,}$/gm) ?? [];
	expect([line, settings.length, settings[0]]).toEqual([line, 2, settings[1] ?? ""]);
	return said;
}

atTerminal(
	"the sandbox's terminal is another one, of the same size and settings, and all there is",
	atShell(async (terminal) => {
		await terminal.does("stty rows 31 cols 91");
		const outer = (await terminal.does("tty; stty -g")).split("\n");
		for (const options of sandboxes) {
			const [tty, size, settings, ...held] = (
				await terminal.does(`ns run ${options} --pty sh -c 'tty; stty size; stty -g; ls -l /proc/self/fd'`)
			).split("\n");
			expect(tty).toMatch(/^\/dev\/pts\/\d+$/);
			expect(tty).not.toBe(outer[0] ?? "");
			expect([size, settings]).toEqual(["31 91", outer[1]]);
			const links = held.flatMap((line) => / (\d+) -> (.*)$/.exec(line)?.slice(1).join(" ") ?? []);
			expect(links.slice(0, 3)).toEqual([0, 1, 2].map((fd) => `${fd} ${tty}`));
			// The fourth is what ls(1) lists.
			expect(links.length).toBe(4);
		}
	}),
);

atTerminal(
	"the size follows that of the caller's terminal",
	atShell(async (terminal, ns) => {
		const path = (await terminal.does("tty")).trim();
		for (const options of sandboxes) {
			terminal.type(`ns run ${options} --pty bash -c '${sizes}'\n`);
			await terminal.sees("ready");
			for (const [rows, cols] of [
				["40", "100"],
				["20", "70"],
			] as const) {
				await ns.command(["stty", "-F", path, "rows", rows, "cols", cols]);
				await terminal.sees(`${rows} ${cols}\n`);
			}
			terminal.type("\n");
			await terminal.sees("prompt> ");
			expect(await terminal.does("echo code $?")).toBe("code 7\n");
		}
	}),
);

atTerminal(
	"Ctrl-C and Ctrl-\\ reach the command once, and nobody outside",
	atShell(async (terminal) => {
		for (const options of sandboxes) {
			terminal.type(
				`sh -c 'trap "echo outside" INT QUIT; ns run ${options} --pty bash -c "$0"; echo code $?' '${interrupts}'\n`,
			);
			await terminal.sees("ready\n");
			for (const count of [1, 2, 3]) {
				terminal.type(keys.interrupt);
				expect(await terminal.reads(/got .*\n/)).toBe(`got ${count}\n`);
			}
			terminal.type(keys.quit);
			expect(await terminal.reads("prompt> ")).toBe("code 5\nprompt> ");
		}
	}),
);

atTerminal(
	"a command's end is that of ns, and the caller's settings are back",
	atShell(async (terminal) => {
		for (const options of sandboxes) {
			for (const [script, code] of [
				["exit 0", 0],
				["exit 255", 255],
				["stty raw -echo; exit 3", 3],
				["kill -TERM \\$\\$", 143],
				["kill -KILL \\$\\$", 137],
			] as const) {
				// PID 2 of a new namespace has no number in that of the caller.
				const said = await keepsSettings(terminal, `ns run ${options} --pty sh -c "${script}"`);
				expect([script, /code \d+/.exec(said)?.[0]]).toEqual([script, `code ${code}`]);
			}
			for (const [key, code] of [
				[keys.interrupt, 130],
				[keys.quit, 131],
			] as const) {
				const said = await keepsSettings(
					terminal,
					`ns run ${options} --pty sh -c "echo started; exec sleep 1000"`,
					async () => {
						await terminal.sees("started");
						terminal.type(key);
					},
				);
				expect(/code \d+/.exec(said)?.[0]).toBe(`code ${code}`);
			}
		}
	}),
);

atTerminal(
	"what fails is said in whole lines, and the caller's settings are back",
	atShell(async (terminal) => {
		for (const [line, code, says] of [
			["no-such-command", 127, "cannot run no-such-command: ENOENT"],
			["/etc", 126, "cannot run /etc: EACCES"],
			["--root /no/such -- true", 125, "/no/such"],
		] as const) {
			const said = await keepsSettings(terminal, `ns run --pty ${line}`);
			expect(said).toContain(`code ${code}\n`);
			expect(said).toMatch(new RegExp(`^ns: .*${says}`, "m"));
		}
	}),
);

atTerminal(
	"Ctrl-Z stops a command, jobs, fg and bg go on with it",
	atShell(async (terminal) => {
		for (const options of sandboxes) {
			terminal.type(`ns run ${options} --pty sh -c 'echo started; exec cat'\n`);
			await terminal.sees("started");
			for (const back of ["fg", "bg; fg", "fg"]) {
				await terminal.hasKeys("cat");
				terminal.type(keys.suspend);
				await terminal.sees(/Stopped.*\n/);
				await terminal.sees("prompt> ");
				await terminal.stands("cat");
				expect(await terminal.does("jobs")).toMatch(/Stopped +ns run/);
				terminal.type(`${back}\n`);
				await terminal.hasKeys("cat");
				terminal.type("hello\n");
				await terminal.sees("hello\n");
			}
			terminal.type(keys.endOfFile);
			await terminal.sees("prompt> ");
			expect(await terminal.does("echo code $?; jobs")).toBe("code 0\n");
		}
	}),
);

atTerminal(
	"a shell inside does its own job control",
	atShell(async (terminal) => {
		for (const options of sandboxes) {
			terminal.type(`ns run ${options} --pty bash --noprofile --norc -i\n`);
			await terminal.sees("prompt> ");
			await terminal.does("bind 'set enable-bracketed-paste off'; PS1='inside> prompt> '");
			terminal.type("cat\n");
			await terminal.hasKeys("cat");
			terminal.type(keys.suspend);
			await terminal.sees(/Stopped +cat/);
			await terminal.sees("inside> prompt> ");
			terminal.type("fg\n");
			await terminal.hasKeys("cat");
			terminal.type("hello\n");
			await terminal.sees("hello\n");
			terminal.type(keys.interrupt);
			await terminal.sees("inside> prompt> ");
			expect(await terminal.does("echo code $?")).toContain("code 130\n");
			terminal.type("exit 5\n");
			await terminal.sees(/exit\nprompt> /);
			expect(await terminal.does("echo code $?; jobs")).toBe("code 5\n");
		}
	}),
);

rows({ needs: ["script", "vim"] })("an editor inside edits, stops and continues", async (ns) => {
	const terminal = await Terminal.open(ns);
	const file = join(ns.folder, "text");
	terminal.type(`TERM=xterm ns run --pty vim -u NONE -N '${file}'\n`);
	await terminal.sees("~");
	terminal.type("ihello");
	await terminal.sees("hello");
	terminal.type(`\x1b${keys.suspend}`);
	await terminal.sees(/Stopped.*\n/);
	await terminal.sees("prompt> ");
	expect(existsSync(file)).toBe(false);
	terminal.type("fg\n");
	await terminal.sees("hello");
	terminal.type("a there\x1b:wq\n");
	await terminal.sees("prompt> ");
	expect(readFileSync(file, "utf8")).toBe("hello there\n");
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal(
	"signals and stops sent to ns are the command's",
	atShell(async (terminal) => {
		await terminal.does("ns run --pty sleep 1000 &");
		await terminal.runs("sleep");
		for (const whom of ["%1", "$!"]) {
			await terminal.does(`kill -TSTP ${whom}`);
			await terminal.untilDoes("jobs", /Stopped.*ns run/);
			await terminal.stands("sleep");
			await terminal.does("bg");
			await terminal.runs("sleep");
		}
		const { pid } = await terminal.runs("sleep");
		await terminal.does("kill %1; wait");
		expect(await terminal.does("jobs")).toBe("");
		await until("the end of it", () => haveEnded([pid]));
	}),
);

atTerminal(
	"in the background it leaves the terminal alone, and takes it when it comes to the front",
	atShell(async (terminal) => {
		const before = await terminal.does("stty -g");
		await terminal.does("ns run --pty cat &");
		await terminal.runs("cat");
		expect(await terminal.does("jobs")).toMatch(/Running +ns run --pty cat/);
		expect(await terminal.does("stty -g")).toBe(before);
		terminal.type("fg\n");
		await terminal.hasKeys("cat");
		terminal.type("hello\n");
		await terminal.sees("hello\n");
		terminal.type(keys.endOfFile);
		await terminal.sees("prompt> ");
		expect(await terminal.does("echo code $?; jobs")).toBe("code 0\n");
		await terminal.does("ns run --pty sleep 0.01 & wait; echo");
		expect(await terminal.does("stty -g")).toBe(before);
	}),
);

atTerminal(
	"terminals can be nested",
	atShell(async (terminal) => {
		await terminal.does("stty rows 22 cols 66");
		terminal.type("ns run --pty ns run --pty sh -c 'tty; stty size; echo started; exec cat'\n");
		await terminal.sees(/^22 66\nstarted\n/m);
		terminal.type("hello\n");
		await terminal.sees("hello\n");
		terminal.type(keys.suspend);
		await terminal.sees(/Stopped.*\n/);
		await terminal.sees("prompt> ");
		terminal.type("fg\n");
		await terminal.hasKeys("cat");
		terminal.type("again\n");
		await terminal.sees("again\n");
		terminal.type(keys.interrupt);
		await terminal.sees("prompt> ");
		expect(await terminal.does("echo code $?; jobs")).toBe("code 130\n");
	}),
);
