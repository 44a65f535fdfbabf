/** The one virtual machine of all slow tests, and scripts that run in it. */
import { expect } from "bun:test";
import { checkout } from "../kernel/checkout.ts";
import { missing, type Need, needs } from "../needs.ts";
import { boot, type EndedInside, type InsideOptions, type Machine } from "../vm/machine.ts";

const need: readonly Need[] = ["linux", "x64", "root", "ordinary", "qemu-system", "kernel", "busybox"];
/** A test that needs the machine. */
export const slow = needs(...need);

let booted: Promise<Machine> | undefined;

/** Boots the machine, once for all files; it ends with this process. To be awaited before the first test of a file. */
export async function virtualMachine(): Promise<Machine | undefined> {
	if (missing(need).length > 0) return undefined;
	if (!booted) {
		booted = boot();
		console.log(`a virtual machine by ${(await booted).accelerator}`);
	}
	return booted;
}

/** The machine, which has to be there by now. */
export async function machine(): Promise<Machine> {
	const found = await virtualMachine();
	if (!found) throw new Error("there is no virtual machine");
	return found;
}

/** Runs a script in which `"$ns"` is the command, and `groups` lists those that it has made. */
export async function script(text: string, options: InsideOptions = {}): Promise<EndedInside> {
	const groups = "groups() { find /sys/fs/cgroup -type d -name 'nskit-*' ! -name '*-rest'; }";
	return (await machine()).shell(`${groups}\n${text}`, { ...options, env: { ns: checkout().dist, ...options.env } });
}

/** What a script says that goes well. */
export async function said(text: string, options: InsideOptions = {}): Promise<string> {
	const ended = await script(text, options);
	expect(ended).toMatchObject({ code: 0, stderr: "" });
	return ended.stdout;
}

/** Asks until the shell's `condition` is true, for half a minute. */
export const wait = (condition: string): string =>
	`n=0; until ${condition}; do n=$((n+1)); [ $n -lt 600 ] || { echo "in vain: ${condition.replaceAll('"', "")}" >&2; exit 1; }; sleep 0.05; done`;

/** A script that starts `ns run` with these options and a command that waits, looks at its group, and ends it. */
export const around = (options: string, look: string): string => `
"$ns" run ${options} -- sleep 100 & ns_pid=$!
${wait('[ -n "$(groups)" ] && [ -n "$(cat "$(groups)/cgroup.procs")" ]')}
cd "$(groups)"; ${look}
cd /; kill $ns_pid; { wait $ns_pid; } 2>/dev/null
${wait('[ -z "$(groups)" ]')}`;
