/** Where the blocks and examples of the documents run: as a user, with `ns` in PATH. */
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout, must } from "../kernel/checkout.ts";
import type { Ended, Ns } from "../kernel/harness.ts";
import { project } from "./markdown.ts";

/** The examples at a place that the ordinary user can read. */
export function examplesFolder(): string {
	const folder = join(checkout().project, "examples");
	if (!existsSync(folder)) {
		cpSync(join(project, "examples"), folder, { recursive: true });
		must(["chmod", "-R", "u=rwX,go=rX", folder]);
	}
	return folder;
}

/** The environment of a person who has `ns` in PATH. */
export function environment(ns: Ns): Record<string, string> {
	const bin = ns.directory("bin");
	const words = ns.program.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
	writeFileSync(join(bin, "ns"), `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`, { mode: 0o755 });
	return { PATH: `${bin}:${ns.env().PATH}`, PS1: "# " };
}

/** Runs TypeScript that imports from "nskit". */
export function runTypeScript(ns: Ns, code: string): Promise<Ended> {
	const { bun, project: folder } = checkout();
	return ns.command([bun, "-e", code], { cwd: folder });
}
