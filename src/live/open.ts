/** Running sandboxes with control groups of their own: the one that a word leads to, or all that can be seen. */
import { readdirSync } from "node:fs";
import { textOf } from "../descriptors.ts";
import { NamedError } from "../keeper/errors.ts";
import { listRunning } from "../keeper/running.ts";
import { PlanError } from "../plan/errors.ts";
import { sandboxesOf } from "../stats/ours.ts";
import { openTarget } from "../targets/open.ts";
import { isSupervisor } from "../targets/supervisor.ts";
import { type LiveGroups, openGroups } from "./groups.ts";

/** The control groups of the sandbox that a word leads to: a name, a process, a container. Throws a `PlanError`. */
export function openLive(word: string): LiveGroups {
	const target = openTarget(word);
	try {
		const live = openGroups(target);
		return { ...live, name: nameOf(live.supervisor) };
	} finally {
		target.close();
	}
}

/** The name that a sandbox was given; nothing where it has none, or where names cannot be looked for. */
function nameOf(supervisor: number): string | undefined {
	try {
		return listRunning().find(({ pid }) => pid === supervisor)?.name;
	} catch (error) {
		if (error instanceof NamedError) return undefined;
		throw error;
	}
}

/** One process of each sandbox that has groups of its own, which the caller can see. */
function livePids(): number[] {
	const mountinfo = textOf("/proc/self/mountinfo") ?? "";
	const found = new Map<string, number>();
	for (const word of readdirSync("/proc")) {
		if (!/^[1-9]\d*$/.test(word)) continue;
		const [inner] = sandboxesOf(textOf(`/proc/${word}/cgroup`) ?? "", mountinfo);
		if (inner && !found.has(inner.directory) && isSupervisor(inner.pid)) found.set(inner.directory, Number(word));
	}
	return [...found.values()].toSorted((a, b) => a - b);
}

/** All sandboxes that can be seen and may be looked at; those that end meanwhile are left out. */
export function openAllLive(): LiveGroups[] {
	const live: LiveGroups[] = [];
	for (const pid of livePids()) {
		try {
			live.push(openLive(`${pid}`));
		} catch (error) {
			if (!(error instanceof PlanError)) throw error;
		}
	}
	return live;
}
