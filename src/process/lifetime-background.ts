/** Going to the background, with a pid file. */
import { call, flags, ref, step } from "../plan/step.ts";
import type { Supervision } from "../plan/supervision.ts";
import type { Call, Step } from "../plan/types.ts";

/** Moves a descriptor to a place of its own. dup(2). */
export const moveTo = (result: string, place: number): Call[] => [
	call("dup3", [ref(result), place, flags("O_CLOEXEC")]),
	call("close", [ref(result)]),
];

const background = (fields: Pick<Step, "does" | "why" | "man"> & Partial<Step>): Step =>
	step({ phase: "background", module: "lifetime", ...fields });

/** The caller's process stays in front until the command has been executed; its child goes on. daemon(7). */
export function backgroundSteps({ places, pidFile }: Supervision): Step[] {
	const { ready, pidFolder } = places;
	if (ready === undefined) return [];
	const steps = [
		background({
			does: "make a pipe that tells when the command has been executed",
			why: "it closes then, and who waits in front can end",
			man: "pipe(2)",
			calls: [
				call("pipe2", [{ pair: ["ready.read", "ready.write"] }, flags("O_CLOEXEC")]),
				...moveTo("ready.write", ready),
			],
		}),
	];
	if (pidFile && pidFolder !== undefined) steps.push(makePidFile(pidFile, pidFolder));
	steps.push(
		background({
			does: "go on in the background, and leave a process in front until the command has been executed",
			why: "a failure before that is the caller's to see",
			man: "daemon(7)",
			routine: "background",
		}),
		background({
			does: "lead a session of its own, with nothing to read",
			why: "neither the caller's terminal nor its end concern what is in the background",
			man: "setsid(2)",
			calls: [
				call("setsid", []),
				call("close", [0], { mayFail: true }),
				// The lowest number that is free: 0.
				call("openat", [flags("AT_FDCWD"), "/dev/null", flags("O_RDONLY")]),
			],
		}),
	);
	if (pidFile) steps.push(writePidFile);
	return steps;
}

/** A file that was there is removed and never written to: so no link in its place leads anywhere. */
function makePidFile({ folder, name }: { folder: string; name: string }, place: number): Step {
	const made = flags("O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC");
	return background({
		does: `make the pid file ${name} anew in ${folder}`,
		why: "by descriptor, with the caller's rights, and never through a link",
		man: "open(2)",
		calls: [
			call("openat", [flags("AT_FDCWD"), folder, flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "pid.folder" }),
			...moveTo("pid.folder", place),
			call("unlinkat", [place, name, 0], { mayFail: ["ENOENT"], result: "pid.before" }),
			call("openat", [place, name, made, flags("S_IRUSR|S_IWUSR|S_IRGRP|S_IROTH")], { result: "pid.file" }),
		],
	});
}

const writePidFile = background({
	does: "write the supervisor's process id to the pid file",
	why: "who wants to end the sandbox sends a signal to it",
	man: "write(2)",
	calls: [call("getpid", [], { result: "pid.self" })],
	routine: "pidFile",
});
