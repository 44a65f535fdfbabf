/**
 * The synchronous launch: libc's clone(2) with CLONE_VM|CLONE_VFORK, straight into the stub. The child borrows our
 * memory until it executes something; JavaScript sleeps meanwhile. Plans that leave a process of ours behind are not run
 * in borrowed memory: the child executes their image.
 */

import { close, pipe, readSome } from "../descriptors.ts";
import { NamespaceError } from "../errors.ts";
import { clone, type Ended, SystemError, waitFor } from "../ffi.ts";
import { hostFacts, signalState } from "../host.ts";
import { constants, flagValue } from "../linux/constants.ts";
import { compose } from "../plan/plan.ts";
import type { Command, Plan } from "../plan/types.ts";
import { signals } from "../process/signals.ts";
import { keptForImage, startImage } from "../process/start-image.ts";
import { stdio } from "../process/stdio.ts";
import { type Slot, slots } from "../stub/assembler.ts";
import { compile } from "../stub/compile.ts";
import { failedExitCode } from "../stub/routines/report.ts";
import { load } from "./arena.ts";
import { failureOf, recordSize } from "./failure.ts";
import { imageFile, type Template } from "./image.ts";
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

/** Runs a template made for the launch `clone` and waits for its end. Throws a `NamespaceError` when a step fails. */
export function runCloned(template: Template, command: Command, described: () => Plan): Finished {
	const { pid, failure } = start(template, command);
	const ended = waitFor(pid);
	if (failure) throw failureOf(described(), failure);
	return { pid, ...ended };
}

/**
 * Runs an image with these standard descriptors, and those that it inherits behind its channel, and waits for its end.
 * Throws a `NamespaceError` when a step fails.
 */
export function runImage(
	bytes: Uint8Array,
	from: readonly (number | undefined)[],
	described: () => Plan,
	inherited: readonly number[] = [],
): Finished {
	const { pid, reports } = startedImage(bytes, from, inherited);
	const record = readSome(reports, recordSize);
	close(reports);
	const ended = waitFor(pid);
	if (record.length === recordSize) throw failureOf(described(), record);
	return { pid, ...ended };
}

/**
 * Starts an image with these standard descriptors: its pid, and the descriptor that tells when a step fails, and ends when
 * the command is executed. The caller closes it, and waits for the process. Throws a `NamespaceError` when it cannot start.
 */
export function startedImage(
	bytes: Uint8Array,
	from: readonly (number | undefined)[],
	inherited: readonly number[] = [],
): { readonly pid: number; readonly reports: number } {
	const file = imageFile(bytes);
	const ends = pipe();
	try {
		const plan = starterPlan(file, ends.write, from, inherited);
		const { pid, failure } = start({ plan }, plan.command);
		if (failure) {
			waitFor(pid);
			throw failureOf(plan, failure);
		}
		return { pid, reports: ends.read };
	} catch (error) {
		close(ends.read);
		throw error;
	} finally {
		close(ends.write);
		close(file);
	}
}

/** The few steps from a clone to the image: standard descriptors, the channel in its place, signals, execve. */
function starterPlan(
	file: number,
	reports: number,
	from: readonly (number | undefined)[],
	inherited: readonly number[],
): Plan {
	return compose(
		[startImage(file, reports, channel, inherited), stdio(from), signals({ mask: callerSignals().mask })],
		{
			host: hostFacts(),
			command: { argv: ["ns"], env: [], cwd: "/" },
			launch: "clone",
			channel,
			keep: keptForImage(channel, inherited.length),
		},
	);
}

function start(template: Template, command: Command): { pid: number; failure?: Uint8Array } {
	const { plan } = template;
	const { ignored } = callerSignals();
	const link = (base: number) => compile(plan, { base, report: { to: "memory" }, ignored });
	const { entry, stack, memory, program } = load(template.program, link, command);
	template.program = program;
	const namespaces = plan.cloneFlags === "" ? 0 : flagValue(plan.cloneFlags, plan.arch);
	const { CLONE_VM, CLONE_VFORK, SIGCHLD } = constants;
	const pid = cloned(plan, () => clone(entry, stack, namespaces | CLONE_VM | CLONE_VFORK | SIGCHLD, memory.address));
	// The child is out of our memory again: it has executed something, or left its report here.
	const at = (slot: Slot) => program.scratchAt + 8 * slot.index;
	if (memory.bytes[at(slots.failed)] === 0) return { pid };
	return { pid, failure: memory.bytes.slice(at(slots.failedCall), at(slots.failedCall) + recordSize) };
}

/** The namespaces are made by clone(2) itself: its failure is that of a step like any other. */
function cloned(plan: Plan, call: () => number): number {
	try {
		return call();
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
		const made = plan.cloneFlags === "" ? "SIGCHLD" : `${plan.cloneFlags}|SIGCHLD`;
		const step = { does: "start a process in the new namespaces", phase: "create", syscall: "clone" } as const;
		throw new NamespaceError({ ...step, call: `clone(${made})` }, error.errno, 0, failedExitCode);
	}
}
