/** The steps that tell what was used: read from the control groups when everything has ended, before they are removed. */
import type { ChosenGroup } from "../cgroups/choose.ts";
import { prefix } from "../cgroups/names.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Arg, Call, Context, Step } from "../plan/types.ts";
import { bundleHead, timeSize } from "../stats/bundle.ts";
import { processFile, statFiles } from "../stats/parse.ts";
import type { StatsReport } from "../stats/types.ts";

/** What of the helper's is needed for that. */
export function keptForStats(report: StatsReport): string[] {
	return ["proc", "descriptor" in report ? "stats.to" : "stats.stderr"];
}

/** Bytes that are read of a file: a line for each block device is the most that stands in one. */
const mostBytes = 16_384;

/** The steps that read and tell it. */
export function statsSteps(groups: readonly ChosenGroup[], context: Context, report: StatsReport): Step[] {
	const calls = [...when, ...copied(processFile, [ref("proc"), "stat"])];
	groups.forEach((group, i) => {
		const names = group.version === 2 ? [""] : group.controllers;
		for (const controller of names)
			for (const file of statFiles[controller] ?? [])
				calls.push(...copied(file, [ref(`group.${i}.parent`), { text: [prefix, { ref: "self" }, `/${file}`] }]));
	});
	return [
		open(report, context),
		step({
			phase: "clean",
			module: "resources",
			does: "tell what was used",
			why: "it goes with the control groups",
			man: "cgroups(7)",
			calls: "program" in report ? [...memory, ...calls, ...told(report.program)] : calls,
		}),
	];
}

function open(report: StatsReport, { host }: Context): Step {
	const opened =
		"descriptor" in report
			? call("openat", [flags("AT_FDCWD"), `/proc/${host.pid}/fd/${report.descriptor}`, flags("O_WRONLY|O_CLOEXEC")], {
					result: "stats.to",
				})
			: call("fcntl", [2, flags("F_DUPFD_CLOEXEC"), 3], { result: "stats.stderr", mayFail: true });
	return step({
		phase: "open",
		module: "resources",
		does: "hold what the numbers are written to at the end",
		why: "by then the caller's descriptors are let go",
		man: "open(2)",
		calls: [opened],
	});
}

const mayFail = true;

/** Reads a file into the stream. One that is not there leaves its head alone. */
function copied(name: string, [directory, path]: readonly [Arg, Arg]): Call[] {
	const head = bundleHead(name);
	return [
		call("write", [ref("stats.to"), head, head.length], { mayFail }),
		call("openat", [directory, path, flags("O_RDONLY|O_CLOEXEC")], { result: "stats.file", mayFail }),
		call("read", [ref("stats.file"), { out: "stats.text", size: mostBytes }, mostBytes], {
			...{ result: "stats.count", onlyIf: "stats.file", mayFail },
		}),
		call("write", [ref("stats.to"), { out: "stats.text", size: mostBytes }, ref("stats.count")], {
			...{ onlyIf: "stats.count", mayFail },
		}),
		call("close", [ref("stats.file")], { onlyIf: "stats.file", mayFail }),
	];
}

/** When that was. */
const when: readonly Call[] = [
	call("clock_gettime", [flags("CLOCK_MONOTONIC"), { out: "stats.time", size: timeSize }], { mayFail }),
	call("write", [ref("stats.to"), { out: "stats.time", size: timeSize }, timeSize], { mayFail }),
];

const memory: readonly Call[] = [
	call("memfd_create", ["stats", flags("MFD_CLOEXEC")], { result: "stats.memory", mayFail }),
	// Standard descriptors are free by now, and are to be those of the program.
	call("fcntl", [ref("stats.memory"), flags("F_DUPFD_CLOEXEC"), 3], { result: "stats.to", mayFail }),
	call("close", [ref("stats.memory")], { mayFail }),
];

function told(program: readonly string[]): Call[] {
	const [path = ""] = program;
	return [
		call("lseek", [ref("stats.to"), 0, flags("SEEK_SET")], { mayFail }),
		call("dup3", [ref("stats.to"), 0, 0], { mayFail }),
		...[1, 2].map((fd) => call("dup3", [ref("stats.stderr"), fd, 0], { onlyIf: "stats.stderr", mayFail })),
		call("execve", [path, { strings: program }, { strings: [] }], { inChild: true, result: "stats.told", mayFail }),
	];
}
