/** What is needed of `/proc/PID/status` and `/proc/PID/cmdline`. proc_pid_status(5), proc_pid_cmdline(5). */
import type { ProcessFacts } from "./types.ts";

/** The facts that the two files tell; `undefined` where the first is not whole, because the process has just ended. */
export function processFacts(status: string, cmdline: string): ProcessFacts | undefined {
	const parent = field(status, "PPid");
	const uid = field(status, "Uid");
	if (parent === undefined || uid === undefined) return undefined;
	const words = cmdline.replace(/\0+$/, "").replaceAll("\0", " ");
	return { parent: Number(parent), uid: Number(uid), command: words || `[${field(status, "Name") ?? ""}]` };
}

/** The first word of a line; all of it for the name, which may hold spaces. */
function field(status: string, name: string): string | undefined {
	const line = status.startsWith(`${name}:\t`) ? 0 : status.indexOf(`\n${name}:\t`) + 1;
	if (line === 0 && !status.startsWith(name)) return undefined;
	const start = line + name.length + 2;
	const end = status.indexOf("\n", start);
	if (end < 0) return undefined;
	const text = status.slice(start, end);
	return name === "Name" ? text : (text.split("\t")[0] ?? "");
}
