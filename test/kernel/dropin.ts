/** Running the same command line through a tool and through this program in its place. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import type { Ended, Ns, RunOptions } from "./harness.ts";

/** A command line of a tool, and what may differ. */
export interface Line {
	readonly words: readonly string[];
	/** Only the tool's name at the beginning of its errors is compared: the versions have other words. */
	readonly reworded?: true;
	/** Something has to be there first: a command of the shell. */
	readonly before?: string;
}

/** `words` as the shell would take them apart; `'...'` keeps spaces. */
export function line(text: string, more: Omit<Line, "words"> = {}): Line {
	const words = [...text.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replace(/'([^']*)'/g, "$1"));
	return { words, ...more };
}

/** How this program is called in the place of a tool: by a link to it, or by the name of a command. */
export function inPlaceOf(ns: Ns, tool: string): string[] {
	if (ns.how === "source") return [...ns.program, tool];
	const link = join(ns.folder, tool);
	symlinkSync(checkout().dist, link);
	return [link];
}

/** What is compared of an end. */
export interface Shown {
	readonly words: string;
	readonly code: Ended["code"];
	readonly signal: Ended["signal"];
	readonly stdout: string;
	readonly stderr: string;
}

/** The end of a command line, with what cannot be the same taken out. */
export async function shown(ns: Ns, program: readonly string[], one: Line, options: RunOptions = {}): Promise<Shown> {
	const { words, reworded, before } = one;
	if (before !== undefined) await ns.command(["sh", "-c", before], options);
	const { code, signal, stdout, stderr } = await ns.command([...program, ...words], options);
	const [name = ""] = [program.at(-1)?.split("/").at(-1)];
	// getopt says the whole path that the tool was called by.
	const said = stderr.replace(new RegExp(`^\\S*/${name}: `, "gm"), `${name}: `).replace(/\/proc\/\d+\//g, "/proc/PID/");
	const errors = reworded ? said.replace(/^(\w+: ).*/s, "$1") : said;
	return { words: words.join(" "), code, signal, stdout: stdout.replace(/\b\w+:\[\d{4,}\]/g, "NS"), stderr: errors };
}
