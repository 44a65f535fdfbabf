/** Stopping all processes of a sandbox at once, and letting them go on, without a signal that they could notice. */
import { SystemError } from "../ffi.ts";
import { PlanError } from "../plan/errors.ts";
import { hasGroupFile, readGroupFile, writeGroupFile } from "./files.ts";
import type { LiveGroups } from "./groups.ts";

/** The file that stops a group, what is written there, and how it is seen that it was done. */
interface Freezer {
	readonly fd: number;
	readonly file: string;
	readonly words: readonly [thaw: string, freeze: string];
	isFrozen(): boolean;
}

/** Whether a sandbox is stopped; `undefined` where it cannot be. */
export function isFrozen(live: LiveGroups): boolean | undefined {
	return freezerOf(live)?.isFrozen();
}

/** What is different where only version 1 can stop it; nothing where version 2 does. */
export function pauseNotice(live: LiveGroups): string | undefined {
	if (freezerOf(live)?.file !== "freezer.state") return undefined;
	return `${live.label} is stopped by the freezer of cgroup v1: signals to its processes, SIGKILL among them, wait until it goes on`;
}

/** That of version 2 where there is one: what is stopped by it can be killed. */
function freezerOf({ groups }: LiveGroups): Freezer | undefined {
	for (const { controllers, fd } of groups) {
		if (controllers !== "" || !hasGroupFile(fd, "cgroup.freeze")) continue;
		const isFrozen = () => /^frozen 1$/m.test(readGroupFile(fd, "cgroup.events") ?? "");
		return { fd, file: "cgroup.freeze", words: ["0", "1"], isFrozen };
	}
	for (const { controllers, fd } of groups) {
		if (!controllers.split(",").includes("freezer")) continue;
		const isFrozen = () => readGroupFile(fd, "freezer.state")?.trim() === "FROZEN";
		return { fd, file: "freezer.state", words: ["THAWED", "FROZEN"], isFrozen };
	}
	return undefined;
}

/** Milliseconds that a sandbox has to stand still, and between two looks. */
const [patience, pause] = [5_000, 2];

/**
 * Stops a sandbox, or lets it go on, and waits until that is so. What does not stand still in time goes on. Throws a
 * `PlanError`.
 */
export async function setFrozen(live: LiveGroups, frozen: boolean, within: number = patience): Promise<void> {
	const freezer = freezerOf(live);
	if (!freezer) {
		const message = `${live.label} cannot be paused: it has no control group that can be stopped`;
		const hint = "cgroup v2 can stop its groups, and so can the controller freezer of cgroup v1";
		throw new PlanError([{ code: "PAUSE_UNAVAILABLE", message, hint }]);
	}
	write(live, freezer, frozen);
	for (const end = Date.now() + within; Date.now() < end; await Bun.sleep(pause))
		if (freezer.isFrozen() === frozen) return;
	if (frozen) write(live, freezer, false);
	const what = frozen ? "does not stand still, and goes on" : "does not go on";
	const hint = "a process may be in a call that cannot be interrupted: look at /proc/PID/stack";
	throw new PlanError([{ code: "PAUSE_TIMEOUT", message: `${live.label} ${what} (${within} ms)`, hint }]);
}

function write({ label }: LiveGroups, { fd, file, words: [thaw, freeze] }: Freezer, frozen: boolean): void {
	try {
		writeGroupFile(fd, file, frozen ? freeze : thaw);
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
		const message = `${label} cannot be ${frozen ? "paused" : "resumed"}: ${error.message}`;
		const hint = error.code === "ENODEV" ? "it has ended" : "its control group has to be writable for the caller";
		throw new PlanError([{ code: "PAUSE_FAILED", message, hint }]);
	}
}
