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
