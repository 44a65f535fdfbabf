/** What manual pages say of the commands about running sandboxes. */
import type { Prose } from "./prose.ts";

const running =
	"TARGET is a name that ns run --name gave, the process id of ns or of a process inside, or a container of ns. It has to have control groups of its own: it gets them with a limit such as --pids, and with --stats.";

export const liveProse = {
	stats: {
		text: [
			"Prints what a running sandbox has used until now: time, memory, processes, input and output, how often limits were reached, and how long its processes waited. What the kernel does not tell is named, and is null in JSON: it is never 0.",
			running,
		],
		json: [
			"version (1), target, name, pid (the process that was asked for), supervisor, command, paused, stats: from, time (wall, user, system, in microseconds), memory (current, peak, limit, swapPeak in bytes; limitHits, highHits, outOfMemoryKills), processes (current, peak, limit, limitHits), cpu (periods, throttled, throttledTime), io (read, written), pressure (cpu, memory, io), outOfMemory, missing.",
		],
		examples: [
			["By its name:", "ns stats web"],
			["For programs:", "ns stats web --json"],
		],
		seeAlso: ["ns-top(1)", "ns-run(1)", "cgroups(7)"],
	},
	top: {
		text: [
			"Shows a line for each sandbox that runs and has control groups of its own, or for those named, and draws it again each second until q or control-C. Where standard input or output is no terminal, it looks once.",
			running,
			"The names that commands give themselves are written so that they cannot play with the terminal.",
		],
		json: ["version (1), sandboxes: a list of what ns stats prints, and cpu: percent of one processor, null at first."],
		examples: [
			["All:", "ns top"],
			["Once, for programs:", "ns top --json"],
		],
		seeAlso: ["ns-stats(1)", "top(1)", "cgroups(7)"],
	},
	set: {
		text: [
			"Changes limits of a running sandbox, by the options that ns run has for them. Everything is looked at before anything is written; where the kernel refuses a limit, those that were written are taken back.",
			"Less memory than a sandbox holds is refused; fewer processes than it has is no error: it can start none until there are fewer.",
			running,
		],
		examples: [
			["More memory:", "ns set web --memory 1G"],
			["Two limits, or none of them:", "ns set web --cpus 0.5 --pids 100"],
		],
		seeAlso: ["ns-run(1)", "ns-stats(1)", "cgroups(7)"],
	},
	pause: {
		text: [
			"Stops all processes of sandboxes at once, and returns when they stand still. They get no signal for it. Signals that ns gets for them wait until they go on, but for what ends them.",
			running,
		],
		examples: [["For a while:", "ns pause web"]],
		seeAlso: ["ns-resume(1)", "cgroups(7)"],
	},
	resume: {
		text: ["Lets sandboxes go on that ns pause has stopped. One that runs goes on running.", running],
		examples: [["On again:", "ns resume web"]],
		seeAlso: ["ns-pause(1)", "cgroups(7)"],
	},
} as const satisfies Readonly<Record<string, Prose>>;
