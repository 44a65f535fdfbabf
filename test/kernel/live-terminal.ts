/** Control-C at the terminal of a sandbox that is paused. */
import { expect } from "bun:test";
import type { Ns } from "./harness.ts";
import { descendants } from "./outside.ts";
import { Terminal } from "./terminal.ts";

/** Starts one, pauses it, and ends it by the key. */
export async function terminal(ns: Ns, limits: readonly string[]): Promise<void> {
	const at = await Terminal.open(ns);
	at.type(`ns run ${limits.join(" ")} -- sleep 60\n`);
	const { pid } = await at.runs("sleep");
	await at.givesKeys();
	const paused = await ns.run(["pause", `${pid}`]);
	expect(paused).toMatchObject({ code: 0, stderr: "" });
	at.type("\x03");
	await at.sees("prompt> ");
	expect(await at.does("echo $?")).toContain("130");
	expect(descendants(pid)).toEqual([]);
}

/** `ns top` at a terminal: draws, and gives the terminal back when a key says enough. */
export async function top(ns: Ns, target: string): Promise<void> {
	for (const key of ["q", "\x03"]) {
		const at = await Terminal.open(ns);
		at.type(`ns top --interval 0.1s ${target}\n`);
		await at.sees("\x1b[?1049h");
		for (let i = 0; i < 2; i++) await at.sees("COMMAND");
		at.type(key);
		await at.sees("\x1b[?1049l");
		await at.sees("prompt> ");
		expect(await at.does("stty -a | grep -o ' icanon'")).toContain("icanon");
		await at.leave();
	}
}
