/** However a sandbox with a terminal of its own ends: nothing is left, and the caller's terminal is as it was. */
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ns, rows } from "./harness.ts";
import { descendants, haveEnded, type Process, processInfo } from "./outside.ts";
import { keys, Terminal } from "./terminal.ts";
import { inTime, until } from "./waiting.ts";

const atTerminal = rows({ needs: ["script"] });
const sandboxes = ["", "--uts"];

/** The processes of ours and of the sandbox, from the relay on, once this one of them is there. */
async function family(terminal: Terminal, name: string): Promise<Process[]> {
	const last = await terminal.runs(name);
	const chain = [last];
	for (let next = processInfo(last.parent); next && next.name !== "bash"; next = processInfo(next.parent))
		chain.push(next);
	const [first = last] = chain.toReversed();
	return [first, ...descendants(first.pid)];
}

function kill(one: Process | undefined, signal: "SIGKILL"): void {
	if (!one) throw new Error("there is no such process");
	process.kill(one.pid, signal);
}

const gone = (all: readonly Process[]) => until("the end of all", () => haveEnded(all.map(({ pid }) => pid)));

atTerminal("everything ends with the terminal", async (ns) => {
	for (const options of sandboxes) {
		// The second does not mind the signal: it has to see that there is nothing more to read.
		for (const [script, name] of [
			["sleep 1000", "sleep"],
			['trap "" HUP; cat', "cat"],
		] as const) {
			const terminal = await Terminal.open(ns);
			terminal.type(`ns run ${options} --pty sh -c '${script}; exit 7'\n`);
			const all = await family(terminal, name);
			expect(all.length).toBeGreaterThan(2);
			await terminal.vanish();
			await gone(all);
		}
	}
});

/** The sleep(1) among these. */
function sleeper(all: readonly Process[]): number {
	const found = all.find(({ name }) => name === "sleep");
	if (!found) throw new Error("there is no sleep");
	return found.pid;
}

atTerminal("everything ends with the relay", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of sandboxes) {
		terminal.type(`ns run ${options} --pty sh -c 'trap "" HUP TERM INT; sleep 1000; exit 7'\n`);
		const all = await family(terminal, "sleep");
		kill(all[0], "SIGKILL");
		await terminal.sees("prompt> ");
		// Without a PID namespace only the command ends for sure: what it has started ignores the end of its terminal.
		if (options !== "") process.kill(sleeper(all), "SIGKILL");
		await gone(all);
		await terminal.does("stty sane -echo");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("whichever of our processes is killed, all end, and the caller's settings are back", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of sandboxes) {
		const start = terminal.position;
		terminal.type(`sh -c 'stty -g; ns run ${options} --pty sleep 1000; echo code $?; stty -g'\n`);
		const all = await family(terminal, "sleep");
		const [shell, relay, supervisor] = all;
		expect([shell?.name, relay?.parent, supervisor?.parent]).toEqual(["sh", shell?.pid, relay?.pid]);
		kill(supervisor, "SIGKILL");
		const said = await terminal.reads("prompt> ", start);
		const [before, code, after] = said.split("\n").filter((line) => line !== "Killed");
		expect([code, before]).toEqual(["code 137", after ?? ""]);
		await gone(all.slice(1));
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

rows({ needs: ["script", "perl"] })(
	"a stop gives the caller's settings back, and going on takes them again",
	async (ns) => {
		const terminal = await Terminal.open(ns);
		const program = join(ns.folder, "stop.pl");
		writeFileSync(program, stopper);
		const said = await terminal.does(`perl '${program}' run --pty sh -c 'kill -TSTP 0; stty -a; exit 5'`);
		const lines = said.split("\n").filter((line) => /^(before|stopped|ended)/.test(line));
		const [before, stopped, ended] = lines.map((line) => line.split(" "));
		expect([before?.[0], stopped?.[0], ended?.[0]]).toEqual(["before", "stopped", "ended"]);
		expect(stopped?.[1]).toBe(before?.[1] ?? "");
		expect(ended?.[1]).toBe(before?.[1] ?? "");
		expect(ended?.[2]).toBe("5");
		expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
	},
);

/** A shell that does nothing to its terminal by itself: tells of the settings when its only job stops and ends. */
const stopper = `
use POSIX ":sys_wait_h";
$SIG{TSTP} = sub {};
$SIG{TTOU} = "IGNORE";
sub settings { my $all = qx(stty -g); chomp $all; return $all }
print "before ", settings(), "\\n";
my $child = fork;
if (!$child) { exec "ns", @ARGV; exit 99 }
1 while waitpid($child, WUNTRACED) < 0 && $!{EINTR};
open my $state, "<", "/proc/$child/stat";
print "stopped ", settings(), "\\n" if <$state> =~ /[)] T /;
kill "CONT", $child;
1 while waitpid($child, 0) < 0 && $!{EINTR};
my $code = $? >> 8;
print "ended ", settings(), " $code\\n";
`;

atTerminal("what a command leaves behind with its terminal open is not waited for", async (ns) => {
	const terminal = await Terminal.open(ns);
	terminal.type(`ns run --uts --pty sh -c 'trap "" HUP; sleep 1000 & echo started; exit 6'\n`);
	await terminal.sees("started\nprompt> ");
	expect(await terminal.does("echo code $?")).toBe("code 6\n");
	await killOrphan(ns, "sleep");
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

/** Ends what has become a child of this process, which takes in orphans. */
async function killOrphan(ns: Ns, name: string): Promise<void> {
	const isIt = (one: Process) => one.name === name && one.parent === process.pid && one.state !== "Z";
	const { pid } = await until(`${name} of ${ns.folder}`, () => descendants(process.pid).find(isIt));
	process.kill(pid, "SIGKILL");
	await until("its end", () => haveEnded([pid]));
}

atTerminal("a reader who does not read does not keep keys from the command", async (ns) => {
	const terminal = await Terminal.open(ns);
	const path = (await terminal.does("tty")).trim();
	for (const options of sandboxes) {
		terminal.type(
			`ns run ${options} --pty bash -c 'trap "echo end >&2; exit 3" INT; yes' | { sleep 1000; cat >/dev/null; }\n`,
		);
		await terminal.runs("sleep");
		const yes = await terminal.runs("yes");
		await terminal.givesKeys();
		terminal.type(keys.interrupt);
		await until("the end of yes", () => haveEnded([yes.pid]));
		// The terminal gets its keys back, so that the next one ends the reader too.
		const settings = async () => (await ns.command(["stty", "-F", path, "-a"])).stdout;
		await until("the terminal's keys", async () => /(^|\s)isig/.test(await settings()));
		terminal.type(keys.interrupt);
		await terminal.sees("prompt> ");
		expect(terminal.has("sleep")).toBe(false);
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("a terminal that shows nothing does not keep signals from the command", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of sandboxes) {
		terminal.type(`ns run ${options} --pty yes\n`);
		const all = await family(terminal, "yes");
		const [relay] = all;
		const yes = all.find(({ name }) => name === "yes");
		if (!relay || !yes) throw new Error("a process is missing");
		terminal.freeze(true);
		let waits = 0;
		await until("no way to write any more", () => {
			waits = processInfo(yes.pid)?.state === "S" && processInfo(relay.pid)?.state === "S" ? waits + 1 : 0;
			return waits > 20;
		});
		process.kill(relay.pid, "SIGTERM");
		await until("the end of yes", () => haveEnded([yes.pid]));
		terminal.freeze(false);
		await gone(all);
		await terminal.sees("prompt> ");
		expect(await terminal.does("echo code $?")).toBe("code 143\n");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});
