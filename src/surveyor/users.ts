/** The names of users. passwd(5); other sources of names would take libc's help, and are not asked. */
import { textOf } from "../descriptors.ts";

/** The names in /etc/passwd by their number, the first that has it; none where there is no such file. */
export function userNames(): Map<number, string> {
	const names = new Map<number, string>();
	for (const line of (textOf("/etc/passwd") ?? "").split("\n")) {
		const [name = "", , uid = ""] = line.split(":", 3);
		if (/^[0-9]{1,10}$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
	}
	return names;
}
