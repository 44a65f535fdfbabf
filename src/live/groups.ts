/**
 * The control groups of a running sandbox, held by descriptors. Nothing inside decides which those are: they bear the
 * process id of a supervisor of ours, belong to the caller or to root, and are reached through no link.
 */
import { close, textOf } from "../descriptors.ts";
import { hostFacts } from "../host.ts";
import * as files from "../overlay/files.ts";
import { PlanError } from "../plan/errors.ts";
import type { Problem } from "../plan/types.ts";
import { type GroupPlace, type SandboxGroups, sandboxesOf } from "../stats/ours.ts";
import { whileThere } from "../targets/process.ts";
import { isSupervisor } from "../targets/supervisor.ts";
import type { OpenTarget } from "../targets/types.ts";
import { isGroup } from "./files.ts";

/** A directory of a control group that is open. */
export interface OpenGroup {
	/** As `/proc/PID/cgroup` names them; none for version 2. */
	readonly controllers: string;
	readonly path: string;
	readonly fd: number;
}

/** A running sandbox by its control groups. */
export interface LiveGroups {
	/** What the caller calls it. */
	readonly label: string;
	/** What the groups are called. */
	readonly directory: string;
	/** The name that the sandbox was given. */
	readonly name: string | undefined;
	readonly supervisor: number;
	/** A process inside. */
	readonly pid: number;
	readonly groups: readonly OpenGroup[];
	close(): void;
}

/** Opens the groups of a target. Throws a `PlanError` where it is in none that is a sandbox's own. */
export function openGroups(target: OpenTarget): Omit<LiveGroups, "name"> {
	const { label, pid, supervisor: said } = target;
	if (pid === undefined) throw failed("TARGET_NO_PROCESS", `${label} is no process, so it is in no control group`);
	return whileThere(target, () => {
		const mountinfo = textOf("/proc/self/mountinfo") ?? "";
		for (const found of sandboxesOf(textOf(`/proc/${pid}/cgroup`) ?? "", mountinfo)) {
			// A command that may make groups could be in one that is called as if another were its supervisor.
			if (said === undefined ? !isSupervisor(found.pid) : found.pid !== said) continue;
			const groups = opened(found);
			const { directory, pid: supervisor } = found;
			const closeAll = () => {
				for (const { fd } of groups.splice(0)) close(fd);
			};
			return { label, directory, supervisor, pid, groups, close: closeAll };
		}
		throw failed("GROUP_NONE", `${label} is in no control group of its own`);
	});
}

function opened({ directory, places }: SandboxGroups): OpenGroup[] {
	const groups: OpenGroup[] = [];
	try {
		for (const place of places) groups.push(openPlace(place));
	} catch (error) {
		for (const { fd } of groups) close(fd);
		if (!files.isError(error)) throw error;
		throw failed("GROUP_CLOSED", `the control group ${directory} cannot be opened: ${error.message}`);
	}
	return groups;
}

function openPlace({ controllers, point, path }: GroupPlace): OpenGroup {
	const folder = files.openCanonical(point, "O_PATH|O_DIRECTORY");
	let fd: number;
	try {
		fd = files.openBeneath(folder, path, "O_RDONLY|O_DIRECTORY");
	} finally {
		close(folder);
	}
	const shown = `${point}/${path}`;
	const wrong = wrongGroup(fd);
	if (wrong === undefined) return { controllers, path: shown, fd };
	close(fd);
	throw failed("GROUP_REFUSED", `${shown} is not touched: ${wrong}`);
}

/** Why a directory is not used. */
function wrongGroup(fd: number): string | undefined {
	if (!isGroup(fd)) return "it is no control group";
	const { uid } = files.statusOf(fd);
	const { uid: own } = hostFacts();
	return own === 0 || uid === own ? undefined : `it belongs to the user id ${uid}`;
}

const hint = "run it with a limit such as --pids, or with --stats: then it gets control groups of its own";

function failed(code: string, message: string): PlanError {
	const problem: Problem = code.startsWith("GROUP_NONE") ? { code, message, hint } : { code, message };
	return new PlanError([problem]);
}
