/** What the tests of mount rules share. */
import { expect } from "bun:test";
import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ended, Ns, RunOptions } from "./harness.ts";

/** A root made of nothing, with the programs of the machine. */
export const smallRoot: readonly string[] = [
	...["--root", "tmpfs", "--ro-bind", "/usr"],
	...["--symlink", "usr/bin:/bin", "--symlink", "usr/lib:/lib", "--symlink", "usr/lib64:/lib64"],
];

/** With all namespaces, and for root also without a user namespace, where it keeps every capability. */
export const optionSets = (ns: Ns): string[][] => [[], ...(ns.who === "root" ? [["--mount", "--pid"]] : [])];

/** A line of `/proc/PID/mountinfo`. */
export interface MountLine {
	readonly root: string;
	readonly point: string;
	readonly flags: readonly string[];
	readonly type: string;
	readonly options: readonly string[];
}

/** What a mountinfo says; names with spaces are left as the kernel writes them. */
export function mountLines(text: string): MountLine[] {
	return text
		.trim()
		.split("\n")
		.map((line) => {
			const [before = "", after = ""] = line.split(" - ");
			const [, , , root = "", point = "", flags = ""] = before.split(" ");
			const [type = "", , options = ""] = after.split(" ");
			return { root, point, flags: flags.split(","), type, options: options.split(",") };
		});
}

/** The mount that is seen at a path: the last one there. */
export const mountAt = (text: string, point: string): MountLine | undefined =>
	mountLines(text).findLast((one) => one.point === point);

/** Writes a file that belongs to the user. */
export function put(ns: Ns, name: string, text: string, mode = 0o644): string {
	const path = join(ns.folder, name);
	writeFileSync(path, text, { mode });
	chownSync(path, ns.account.uid, ns.account.gid);
	return path;
}

/** What a script wrote inside, which must have gone well. */
export const inside = (ns: Ns, options: readonly string[], script: string, more: RunOptions = {}): Promise<string> =>
	ns.output(["run", ...options, "--", "sh", "-c", script], more);

/** Lines of what a script wrote inside, standard error among it. Commands in it may fail. */
export async function said(ns: Ns, options: readonly string[], script: string, more?: RunOptions): Promise<string[]> {
	const { code, stdout, stderr } = await ns.run(
		["run", ...options, "--", "sh", "-c", `exec 2>&1\n${script}\ntrue`],
		more,
	);
	expect({ options, code, stderr }).toEqual({ options, code: 0, stderr: "" });
	return stdout.trimEnd().split("\n");
}

/** Runs that have to be refused: one message that holds these words, and nothing run. */
export async function refused(
	ns: Ns,
	options: readonly string[],
	words: readonly string[],
	more: RunOptions = {},
): Promise<Ended> {
	const ended = await ns.run(["run", ...options, "--", "echo", "it has run"], more);
	expect({ options: options.slice(-4), code: ended.code, stdout: ended.stdout }).toEqual({
		...{ options: options.slice(-4), code: 125, stdout: "" },
	});
	for (const word of words) expect(ended.stderr).toContain(word);
	expect(ended.stderr.split("\n").filter((line) => line.startsWith("ns: "))).toHaveLength(1);
	return ended;
}

/** The beginning of a command line that has mounts of its own, changed by a script of root's. */
export const mounted = (script: string): readonly string[] => [
	...["unshare", "--mount", "sh", "-ec", `${script}\nexec "$@"`, "sh"],
];
