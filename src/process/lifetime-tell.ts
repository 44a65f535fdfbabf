/** Who is told of a sandbox, and who says when its command may start. */
import { namespaces } from "../plan/namespaces.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Supervision } from "../plan/supervision.ts";
import type { Arg, Call, Context, Step } from "../plan/types.ts";
import { moveTo } from "./lifetime-background.ts";

/** Bytes of `struct statx`. statx(2) */
export const statxSize = 256;

/** The files in /proc/PID/ns of the namespaces that a command is in, by the process that is about to make its child. */
export const namespaceFiles: readonly { readonly name: string; readonly file: string }[] = namespaces.map(
	({ file }) => ({
		name: file,
		file: file === "pid" || file === "time" ? `${file}_for_children` : file,
	}),
);

/** The steps for info, status and block descriptors. */
export function tellSteps(
	supervision: Supervision,
	{ host, channel, creates, ownGroup }: Pick<Context, "host" | "channel" | "creates" | "ownGroup">,
): Step[] {
	const { info, status, block, places } = supervision;
	const steps: Step[] = [];
	const add = (fields: Omit<Step, "module" | "who" | "calls"> & Partial<Step>) =>
		steps.push(step({ module: "lifetime", ...fields }));
	/** Bun hands its own descriptors to no child: an image it starts opens them again by their names. */
	const openAgain = (fd: number, mode: string, result: string): Call[] =>
		channel === undefined
			? []
			: [
					call("openat", [flags("AT_FDCWD"), `/proc/${host.pid}/fd/${fd}`, flags(`${mode}|O_NONBLOCK|O_CLOEXEC`)], {
						result,
					}),
				];
	if (info !== undefined && channel !== undefined) {
		add({
			phase: "open",
			does: "open the descriptor for information",
			why: "it is the caller's, under whose name it can be found",
			man: "proc(5)",
			calls: openAgain(info, "O_WRONLY|O_APPEND", "info"),
		});
	}
	if (status !== undefined && places.status !== undefined) {
		const opened = openAgain(status, "O_WRONLY|O_APPEND", "status");
		add({
			phase: "open",
			does: "keep the descriptor for the status",
			why: "the supervisor holds it to the end, and the command does not",
			man: "dup(2)",
			calls:
				opened.length > 0
					? [...opened, ...moveTo("status", places.status)]
					: [call("dup3", [status, places.status, flags("O_CLOEXEC")])],
		});
	}
	if (block !== undefined && channel !== undefined) {
		add({
			phase: "open",
			does: "open the descriptor that the command waits for",
			why: "it is the caller's, under whose name it can be found",
			man: "proc(5)",
			calls: openAgain(block, "O_RDONLY", "block"),
		});
	}
	if (block !== undefined) {
		add({
			phase: "descriptors",
			does: "wait until the caller says go",
			why: "in between it can prepare things, such as a network",
			man: "read(2)",
			routine: "block",
		});
	}
	if (info === undefined && status === undefined) return steps;
	// The command's process makes it later, in its own group: nothing is told of one that it is not in.
	const told = namespaceFiles.filter(({ name }) => name !== "cgroup" || !creates.has("cgroup") || !ownGroup);
	const folder: Arg = flags("O_PATH|O_DIRECTORY|O_CLOEXEC");
	add({
		phase: "open",
		does: "open the list of our namespaces",
		why: "while /proc is where the caller has it",
		man: "namespaces(7)",
		calls: [call("openat", [flags("AT_FDCWD"), "/proc/self/ns", folder], { result: "namespaces" })],
	});
	add({
		phase: "supervise",
		does: "tell the caller of the processes and namespaces",
		why: "now both are there",
		man: "namespaces(7)",
		calls: told.map(({ name, file }) =>
			// A kernel may be built without some of them; there are always mount namespaces.
			call(
				"statx",
				[ref("namespaces"), file, 0, flags("STATX_INO"), { out: `namespace.${name}`, size: statxSize }],
				name === "mnt" ? {} : { mayFail: true },
			),
		),
		routine: "tell",
	});
	return steps;
}
