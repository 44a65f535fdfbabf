/**
 * The synchronous launch: libc's clone(2) with CLONE_VM|CLONE_VFORK, straight into the stub. The child borrows our
 * memory until it executes something; JavaScript sleeps meanwhile. Plans that leave a process of ours behind are not run
 * in borrowed memory: the child executes their image.
 */
import { clone, close, type Ended, pipe, readSome, waitFor } from "../ffi.ts";
import { signalState } from "../host.ts";
import { constants, flagValue } from "../linux/constants.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Context, Plan } from "../plan/types.ts";
import { signals } from "../process/signals.ts";
import { stdio } from "../process/stdio.ts";
import type { Program } from "../stub/assembler.ts";
import { slots } from "../stub/assembler.ts";
import { compile } from "../stub/compile.ts";
import { load } from "./arena.ts";
import { failureOf, recordSize } from "./failure.ts";
import { image, imageFile } from "./image.ts";
import { channel } from "./spawn.ts";

/** A child that has ended. */
export interface Finished extends Ended {
	readonly pid: number;
}

let state: ReturnType<typeof signalState> | undefined;

/** The signal mask and the ignored signals of this process, asked once. */
export function callerSignals(): ReturnType<typeof signalState> {
	state ??= signalState();
	return state;
}

/** Runs a plan made for the launch `clone` and waits for its end. Throws a `NamespaceError` when a step fails. */
export function runCloned(plan: Plan): Finished {
	const { ignored } = callerSignals();
	const { pid, failure } = start(plan, (base) => compile(plan, { base, report: { to: "memory" }, ignored }));
	const ended = waitFor(pid);
	if (failure) throw failureOf(plan, failure);
	return { pid, ...ended };
}

/** Runs a plan made for the launch `image` and waits for its end. Throws a `NamespaceError` when a step fails. */
export function runImage(plan: Plan, descriptorsFor: readonly (number | undefined)[]): Finished {
	const file = imageFile(image(plan, { to: "channel", fd: channel }));
	const ends = pipe();
	let pid = 0;
	try {
		const starter = starterPlan(plan, file, ends.write, descriptorsFor);
		const { ignored } = callerSignals();
		const started = start(starter, (base) => compile(starter, { base, report: { to: "memory" }, ignored }));
		pid = started.pid;
		if (started.failure) {
			waitFor(pid);
			throw failureOf(starter, started.failure);
		}
	} catch (error) {
		close(ends.read);
		throw error;
	} finally {
		close(ends.write);
		close(file);
	}
	const record = readSome(ends.read, recordSize);
	close(ends.read);
	const ended = waitFor(pid);
	if (record.length === recordSize) throw failureOf(plan, record);
	return { pid, ...ended };
}

function start(plan: Plan, link: (base: number) => Program): { pid: number; failure?: Uint8Array } {
	let size = 0;
	const { entry, stack, memory } = load((base) => {
		const program = link(base);
		size = program.bytes.length;
		return program;
	});
	const namespaces = plan.cloneFlags === "" ? 0 : flagValue(plan.cloneFlags, plan.arch);
	const { CLONE_VM, CLONE_VFORK, SIGCHLD } = constants;
	const pid = clone(entry, stack, namespaces | CLONE_VM | CLONE_VFORK | SIGCHLD, memory.address);
	// The child is out of our memory again: it has executed something, or left its report here.
	const scratch = memory.bytes.subarray(size);
	const slot = (index: number) => scratch[8 * index] ?? 0;
	if (slot(slots.failed.index) === 0) return { pid };
	const at = 8 * slots.failedCall.index;
	return { pid, failure: scratch.slice(at, at + recordSize) };
}

/** The few steps from a clone to the image: standard descriptors, the channel in its place, signals, execve. */
function starterPlan(plan: Plan, file: number, write: number, from: readonly (number | undefined)[]): Plan {
	const fragments = [stdio(from), signals({ mask: callerSignals().mask })];
	const context: Context = {
		host: {
			platform: "linux",
			arch: plan.arch,
			kernel: 0,
			kernelRelease: "",
			pid: 0,
			uid: 0,
			gid: 0,
			privileged: false,
		},
		command: plan.command,
		launch: "clone",
		creates: new Set(),
		joins: new Set(),
		forks: false,
		init: false,
		changesFiles: false,
		channel,
		held: [],
	};
	const aside = channel + 1;
	const move = step({
		phase: "stdio",
		module: "command",
		does: "keep the image and the report channel",
		why: "both may lie where something else has to go",
		man: "dup(2)",
		calls: [
			call("fcntl", [file, flags("F_DUPFD_CLOEXEC"), aside], { result: "image" }),
			call("fcntl", [write, flags("F_DUPFD_CLOEXEC"), aside], { result: "channel" }),
		],
	});
	const place = step({
		phase: "descriptors",
		module: "command",
		does: "put the report channel in its place",
		why: "the image knows it by its number",
		man: "dup(2)",
		calls: [call("dup3", [ref("channel"), channel, 0])],
	});
	const execute = step({
		phase: "descriptors",
		module: "command",
		does: "execute the image",
		why: "a process of ours that stays must not live in Bun's memory",
		man: "execveat(2)",
		calls: [call("execveat", [ref("image"), "", { strings: ["ns"] }, { strings: [] }, flags("AT_EMPTY_PATH")])],
	});
	const parts = fragments.flatMap((fragment) => fragment.steps(context));
	const steps = [
		move,
		...parts.filter(({ phase }) => phase === "stdio"),
		place,
		...parts.filter(({ phase }) => phase !== "stdio"),
		execute,
	];
	return {
		...plan,
		launch: "clone",
		creates: [],
		joins: [],
		cloneFlags: "",
		forks: false,
		init: false,
		helper: false,
		steps,
	};
}
