/** A command that is run again and again, in a new sandbox each time. */
import { expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pid, sandbox, server } from "../../src/index.ts";
import { everywhere, library, rows } from "./harness.ts";
import { descendants, haveEnded, textOf } from "./outside.ts";
import { keys, Terminal } from "./terminal.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

everywhere("a command is run so often, each time in new namespaces, and the last status is that of all", async (ns) => {
	const script = 'echo x >>runs; readlink /proc/self/ns/pid; ls /proc/$$/fd; exit "$(wc -l <runs)"';
	const args = ["run", "--again=3", "--delay", "1ms", "--pid", "--mount", "sh", "-c", script];
	const { code, stdout, stderr } = await ns.run(args);
	expect([code, stderr]).toEqual([3, ""]);
	expect(stdout).toMatch(/^(pid:\[\d+\]\n0\n1\n2\n){3}$/);
	expect(readFileSync(join(ns.folder, "runs"), "utf8")).toBe("x\nx\nx\n");
});

everywhere("the last one's death by a signal is the server's", async (ns) => {
	const args = ["run", "--again=2", "--delay", "1ms", "--uts", "sh", "-c", "echo x; ulimit -c 0; kill -QUIT $$"];
	expect(await ns.run(args)).toMatchObject({ code: null, signal: "SIGQUIT", stdout: "x\nx\n" });
});

everywhere("two starts are so far from each other", async (ns) => {
	const { stdout } = await ns.run(["run", "--again=2", "--delay", "1s", "--uts", "date", "+%s%N"]);
	const [first = 0, second = 0] = stdout.trim().split("\n").map(Number);
	// The first command may begin later behind its sandbox's start than the second.
	expect(second - first).toBeGreaterThan(0.5e9);
});

everywhere("what cannot be started ends everything at once; a command with the same code does not", async (ns) => {
	for (const [args, code, message] of [
		[["nosuch"], 127, "cannot run nosuch: ENOENT"],
		[["/etc/passwd"], 126, "EACCES"],
		[["--pid", "--mount", "--root", ns.folder, "true"], 125, "ns: cannot"],
	] as const) {
		for (const options of [[], ["--daemon"]]) {
			const ended = await ns.run(["run", "--again", ...options, ...args]);
			expect([args, ended.code, ended.stderr.match(/^ns: /gm)?.length]).toEqual([args, code, 1]);
			expect(ended.stderr).toContain(message);
		}
	}
	for (const code of [125, 126, 127]) {
		const args = ["run", "--again=2", "--delay", "1ms", "--pid", "sh", "-c", `echo x; exit ${code}`];
		expect(await ns.run(args)).toMatchObject({ code, stdout: "x\nx\n", stderr: "" });
	}
});

everywhere("a sandbox that cannot be made any more ends everything then", async (ns) => {
	await ns.command(["sh", "-c", "printf '#!/bin/sh\\necho x; rm once\\n' >once; chmod +x once"]);
	const ended = await ns.run(["run", "--again", "--delay", "1ms", "--pid", "./once"]);
	expect([ended.code, ended.stdout]).toEqual([127, "x\n"]);
	expect(ended.stderr).toContain("cannot run ./once: ENOENT");
});

everywhere("signals reach the present command; those that end are the last thing", async (ns) => {
	for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
		const script = `trap "echo usr" USR1; trap "echo end; kill \\$!; exit 7" ${signal.slice(3)}; sleep 1000 & echo in; while :; do wait $!; done`;
		const child = ns.startNs(["run", "--again", "--pid", "sh", "-c", script]);
		const said = new Transcript(child.stdout);
		await said.has("in\n");
		child.kill("SIGUSR1");
		await said.has("usr\n");
		child.kill(signal);
		expect(await inTime("the end", child.exited)).toBe(7);
		expect(said.text).toBe("in\nusr\nend\n");
	}
});

everywhere("between two commands a signal ends the server itself", async (ns) => {
	const child = ns.startNs(["run", "--again", "--delay", "1h", "--pid", "echo", "once"]);
	await new Transcript(child.stdout).has("once\n");
	await until("no command", () => descendants(child.pid).length === 0);
	child.kill("SIGTERM");
	await inTime("the end", child.exited);
	expect(child.signalCode).toBe("SIGTERM");
});

everywhere("killed, the server leaves nothing", async (ns) => {
	for (const options of [["--pid"], ["--uts"]]) {
		const child = ns.startNs(["run", "--again", ...options, "sh", "-c", "echo in; exec sleep 1000"]);
		await new Transcript(child.stdout).has("in\n");
		const inside = descendants(child.pid).map((one) => one.pid);
		expect(inside.length).toBeGreaterThan(1);
		child.kill("SIGKILL");
		await inTime("the end", child.exited);
		await until("nothing is left", () => haveEnded(inside));
	}
});

everywhere("killed at whatever moment, the server leaves nothing", async (ns) => {
	for (let i = 0; i < 15; i++) {
		const child = ns.startNs(["run", "--again", "--delay", "1ms", "--pid", "--mount", "sh", "-c", "sleep 0.01"]);
		await Bun.sleep(5 * i);
		const inside = descendants(child.pid).map((one) => one.pid);
		child.kill("SIGKILL");
		await inTime("the end", child.exited);
		await until("nothing is left", () => haveEnded(inside));
	}
});

everywhere("in the background it keeps its pid file until it is told to end", async (ns) => {
	const args = ["run", "--daemon", "--pid-file", "pid", "--again", "--delay", "1ms", "--pid"];
	const script = "echo x >>runs; test $(wc -l <runs) -lt 4 || exec sleep 1000";
	expect((await ns.shell('"$@" >>out 2>&1', { args: [...args, "sh", "-c", script] })).code).toBe(0);
	const file = join(ns.folder, "pid");
	const server = Number(readFileSync(file, "utf8"));
	await until("the fourth", () => descendants(server).some(({ name }) => name === "sleep"));
	expect(Number(readFileSync(file, "utf8"))).toBe(server);
	const all = [server, ...descendants(server).map((one) => one.pid)];
	process.kill(server, "SIGTERM");
	await until("nothing is left", () => haveEnded(all) && !existsSync(file));
	expect(textOf(join(ns.folder, "runs"))).toBe("x\nx\nx\nx\n");
});

rows({ needs: ["script"] })("at a terminal it stops and goes on with the shell, and Ctrl-C ends it", async (ns) => {
	const terminal = await Terminal.open(ns);
	await terminal.does("ulimit -c 0");
	for (const options of ["--pid --mount", "--uts"]) {
		terminal.type(`ns run --again ${options} sh -c 'echo started; sleep 1000; echo over'\n`);
		await terminal.hasKeys("sleep");
		terminal.type(keys.suspend);
		await terminal.sees("prompt> ");
		expect(await terminal.does("jobs")).toContain("Stopped");
		await terminal.stands("sleep");
		terminal.type("fg\n");
		await terminal.hasKeys("sleep");
		terminal.type(keys.interrupt);
		await terminal.sees("prompt> ");
		expect((await terminal.does("echo code $?")).trim()).toBe("code 130");
		expect((await terminal.does("jobs")).trim()).toBe("");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

library("`spawnSync` runs to the last, and `spawn` resolves with the first", async () => {
	const box = sandbox(pid(), server({ again: true, times: 3, delay: "1ms" }));
	const { exitCode, stdout } = box.spawnSync(["sh", "-c", "echo $$; exit 4"], { stdout: "pipe" });
	expect([exitCode, stdout?.toString()]).toEqual([4, "2\n2\n2\n"]);
	expect(() => box.spawnSync(["/nosuch"])).toThrow("ENOENT");
	const child = await box.spawn(["sh", "-c", "echo in"], { stdout: "pipe" });
	expect(await child.stdout.text()).toBe("in\nin\nin\n");
	expect(await child.exited).toBe(0);
	await expect(box.spawn(["/nosuch"])).rejects.toThrow("ENOENT");
});
