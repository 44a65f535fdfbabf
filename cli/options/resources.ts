/** The options that limit what the command and all that it starts may use together, by a control group of their own. */
import type { Option } from "../options.ts";

const row = (name: string, value: string, doc: string, more: Partial<Option> = {}): Omit<Option, "commands"> => ({
	...{ name, value, doc, category: "resources" },
	...more,
});

/** Rows of the table of options. */
export const resourceRows: readonly Omit<Option, "commands">[] = [
	row("memory", "SIZE", "The most memory, such as 256M: who needs more is ended; swap counts apart"),
	row("memory-high", "SIZE", "Above this, processes are slowed down and their memory is taken back; cgroup v2"),
	row("memory-low", "SIZE", "So much stays theirs when the machine's memory is short; cgroup v2"),
	row("swap", "SIZE", "The most swap on top of --memory; 0 is none (docker's --memory-swap is the sum of both)"),
	row("cpus", "N", "The most processor time, in processors, such as 0.5"),
	row("cpu-weight", "N", "The share of processor time when it is short, 1 to 10000; others have 100"),
	row("cpuset", "LIST", "The processors to run on, such as 0-1,3; nobody inside can change that, as with --affinity"),
	row("memory-nodes", "LIST", "The memory nodes to use, such as 0"),
	row("pids", "N", "The most processes and threads"),
	row("io-read", "DEV:RATE", "How fast is read from a block device, a path or 8:0: 10M a second, or 500iops", {
		repeat: true,
	}),
	row("io-write", "DEV:RATE", "How fast is written to a block device, in the same way", { repeat: true }),
	row("io-weight", "N", "The share of block devices when they are busy, 1 to 10000; others have 100"),
	row("device-allow", "DEV", "Of devices, only standard ones, a path with :rwm or less, or none; cgroup v1", {
		repeat: true,
	}),
	row("cgroup-set", "KEY=VALUE", "Write to a file of the group, as the kernel calls it: memory.oom.group=1", {
		repeat: true,
	}),
	row("cgroup-parent", "PATH", "The control group to make it below, as /proc/PID/cgroup calls it; found when not said"),
	row("stats", "FORM", "Tell on standard error at the end what was used, as text or, with FORM, as json", {
		optional: true,
	}),
	{
		name: "limits-best-effort",
		category: "resources",
		doc: "Do without the limits that cannot be had here, and say so, instead of failing",
	},
];
