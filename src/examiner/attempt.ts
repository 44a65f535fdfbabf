/** Trying something in a process of its own, for no longer than it is given, with nothing left behind. */
import { close, pipe, readSome } from "../descriptors.ts";
import type { Attempt, Ground, Outcome } from "../doctor/types.ts";
import { NamespaceError } from "../errors.ts";
import { SystemError, systemCall } from "../ffi.ts";
import { startedImage } from "../launch/clone.ts";
import { failureOf, recordSize } from "../launch/failure.ts";
import { image } from "../launch/image.ts";
import { channel, channelReport } from "../launch/spawn.ts";
import { constants } from "../linux/constants.ts";
import { PlanError } from "../plan/errors.ts";
import { compose } from "../plan/plan.ts";
import type { Command, Fragment, Plan } from "../plan/types.ts";
import { fragmentsOf } from "../profile/fragments.ts";
import { takeApart } from "../result.ts";
import { confined } from "../selftest/sandbox.ts";

/** A command that does nothing. Where there is none, everything before it was done all the same. */
const command: Command = { argv: ["true"], env: ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C"], cwd: "/" };

/** Carries an attempt out, for so many milliseconds at most. `undefined` when there is nothing to try. */
export function attempted({ profile, inside }: Attempt, ground: Ground, limit: number): Outcome | undefined {
	const more = inside?.(ground);
	if (inside && !more) return undefined;
	const fragments: Fragment[] = more ? [more] : [];
	if (profile === "strict") fragments.push(...confined({}));
	else if (profile) fragments.push(...fragmentsOf(profile));
	try {
		return outcome(compose(fragments, { host: ground.host, command, channel }), limit);
	} catch (error) {
		if (error instanceof NamespaceError) return refusal(error);
		if (error instanceof SystemError) return { came: "refused", code: error.code, message: error.message };
		if (!(error instanceof PlanError)) throw error;
		const [first] = error.problems;
		return {
			came: "refused",
			code: first?.code ?? "PLAN",
			message: first?.message ?? error.message,
			hint: first?.hint,
		};
	}
}

/** The first line says what, and those behind it what the hint says. */
function refusal({ message, code, hint, syscall, call, phase }: NamespaceError): Outcome {
	return { came: "refused", code, message: message.split("\n")[0] ?? code, hint, syscall, call, phase };
}

function outcome(plan: Plan, limit: number): Outcome {
	const { pid, reports } = launched(plan);
	try {
		const status = endOf(pid, limit);
		if (status === undefined) return { came: "late" };
		// Everything that could write to it has ended by now, or has been told to.
		const record = readSome(reports, recordSize);
		if (record.length === recordSize) {
			const error = failureOf(plan, record);
			return error.phase === "exec" ? { came: "done" } : refusal(error);
		}
		const { signalCode } = takeApart(status);
		return signalCode === undefined ? { came: "done" } : { came: "killed", signal: signalCode };
	} finally {
		close(reports);
	}
}

/** Starts it with nothing to read, and nobody who reads. */
function launched(plan: Plan): { readonly pid: number; readonly reports: number } {
	const input = pipe();
	const output = pipe();
	try {
		return startedImage(image(plan, channelReport), [input.read, output.write, output.write]);
	} finally {
		for (const fd of [input.read, input.write, output.read, output.write]) close(fd);
	}
}

/** Milliseconds between two looks at first, and later. */
const [shortest, longest] = [0.1, 4];

/** The status of a child that has ended in time; otherwise it is ended, and with the supervisor all of its sandbox. */
function endOf(pid: number, limit: number): number | undefined {
	const end = performance.now() + limit;
	const status = new Int32Array(1);
	for (let pause = shortest; ; pause = Math.min(2 * pause, longest)) {
		const ended = systemCall("wait4", pid, status, constants.WNOHANG | constants.__WALL, 0);
		if (ended !== 0) return ended === pid ? status[0] : undefined;
		if (performance.now() > end) break;
		sleep(pause);
	}
	systemCall("kill", pid, constants.SIGKILL);
	systemCall("wait4", pid, status, constants.__WALL, 0);
	return undefined;
}

/** ppoll(2) of nothing. */
function sleep(milliseconds: number): void {
	const time = new BigInt64Array([0n, BigInt(Math.round(milliseconds * 1_000_000))]);
	systemCall("ppoll", 0, 0, time, 0, 0);
}
