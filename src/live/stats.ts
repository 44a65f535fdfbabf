/** What a running sandbox has used until now. */
import { fromBytes } from "../bytes.ts";
import { readFile, textOf } from "../descriptors.ts";
import { statField } from "../linux/proc.ts";
import { statFiles, statsOf, ticks } from "../stats/parse.ts";
import type { LiveStats } from "../stats/top.ts";
import type { StatFile } from "../stats/types.ts";
import { readGroupFile } from "./files.ts";
import { isFrozen } from "./freeze.ts";
import type { LiveGroups } from "./groups.ts";

/** Reads what the groups of a sandbox say now. */
export function liveStats(live: LiveGroups): LiveStats {
	const files: StatFile[] = [];
	for (const { controllers, fd } of live.groups) {
		for (const controller of controllers.split(",")) {
			for (const name of statFiles[controller] ?? []) {
				const text = readGroupFile(fd, name);
				if (text !== undefined) files.push({ name, text });
			}
		}
	}
	const { label, name, pid, supervisor } = live;
	return {
		target: label,
		name: name ?? null,
		pid,
		supervisor,
		command: textOf(`/proc/${pid}/comm`)?.trimEnd() ?? "",
		paused: isFrozen(live) ?? null,
		stats: statsOf(files, { wall: runningSince(supervisor), live: true }),
	};
}

/** Microseconds since a process was started; nothing where it is gone. */
function runningSince(pid: number): number | undefined {
	const began = statField(textOf(`/proc/${pid}/stat`) ?? "", 22);
	const now = /^(\d+\.\d+) /.exec(fromBytes(readFile("/proc/uptime")))?.[1];
	if (began === undefined || now === undefined) return undefined;
	return Math.max(0, Math.round((Number(now) - Number(began) / ticks) * 1e6));
}
