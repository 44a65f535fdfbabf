/** Where container programs keep what they started, and what their files say. Pure. */
import type { ContainerMaker } from "./words.ts";

/** What a state file says of the container's first process. */
export interface ContainerProcess {
	readonly pid: number;
	/** Clock ticks since boot, where the file tells it. */
	readonly startTime?: number | undefined;
	/** The inode of its pidfd, where the file tells it. */
	readonly pidfd?: string | undefined;
}

/** A file that may be the state of a container, and how it is read; `*` in the path is any directory. */
export interface StatePlace {
	readonly path: string;
	readonly read: (text: string) => ContainerProcess | undefined;
}

/** Where a container of this id would be, most likely first. `runtime` is the caller's XDG_RUNTIME_DIR. */
export function placesOf(maker: ContainerMaker, id: string, runtime: string | undefined): StatePlace[] {
	const folders = (below: string): string[] => [`/run/${below}`, ...(runtime ? [`${runtime}/${below}`] : [])];
	const places = (paths: readonly string[], read: StatePlace["read"]): StatePlace[] =>
		paths.map((path) => ({ path, read }));
	if (maker === "runc") return places(named(folders("runc"), id, "state.json"), readRunc);
	if (maker === "crun") return places(named(folders("crun"), id, "status"), readCrun);
	if (maker === "docker") return places([`/run/docker/runtime-runc/moby/${id}/state.json`], readRunc);
	if (maker === "machine") return places([`/run/systemd/machines/${id}`], readMachine);
	if (maker === "podman") {
		const storage = "containers/storage/overlay-containers";
		const rootless = runtime ? [`${runtime}/containers/overlay-containers/${id}/userdata/pidfile`] : [];
		return places([`/run/${storage}/${id}/userdata/pidfile`, ...rootless], readPid);
	}
	if (maker === "containerd") {
		const inside = id.includes("/") ? id : `*/${id}`;
		return [
			...places([`/run/containerd/runc/${inside}/state.json`], readRunc),
			...places([`/run/containerd/io.containerd.runtime.v2.task/${inside}/init.pid`], readPid),
		];
	}
	const groups = [`lxc.payload.${id}`, `lxc/${id}`, `lxc.payload/${id}`];
	const paths = groups.flatMap((group) => [`/sys/fs/cgroup/${group}`, `/sys/fs/cgroup/*/${group}`]);
	return places(named(paths, "", "cgroup.procs"), readFirstPid);
}

const named = (folders: readonly string[], id: string, file: string): string[] =>
	folders.map((folder) => (id === "" ? `${folder}/${file}` : `${folder}/${id}/${file}`));

/** libcontainer's state. */
function readRunc(text: string): ContainerProcess | undefined {
	const { init_process_pid: pid, init_process_start: startTime } = objectOf(text);
	return processOf(pid, startTime);
}

/** libcrun's status. */
function readCrun(text: string): ContainerProcess | undefined {
	const { pid, "process-start-time": startTime } = objectOf(text);
	return processOf(pid, startTime);
}

/** systemd-machined's assignments. */
function readMachine(text: string): ContainerProcess | undefined {
	const assigned = (name: string) => new RegExp(`^${name}=(\\d{1,20})$`, "m").exec(text)?.[1];
	const found = readPid(assigned("LEADER") ?? "");
	return found && { ...found, pidfd: assigned("LEADER_PIDFDID") };
}

const readPid = (text: string): ContainerProcess | undefined =>
	/^\d{1,7}$/.test(text.trim()) ? processOf(Number(text.trim()), undefined) : undefined;

/** The processes of a control group, that of the container's init first. */
const readFirstPid = (text: string): ContainerProcess | undefined => readPid(text.split("\n", 1)[0] ?? "");

function processOf(pid: unknown, startTime: unknown): ContainerProcess | undefined {
	if (!(typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0)) return undefined;
	const isTime = typeof startTime === "number" && Number.isSafeInteger(startTime) && startTime > 0;
	return { pid, startTime: isTime ? startTime : undefined };
}

/** The object that a text in JSON is; an empty one where it is none. */
function objectOf(text: string): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
	} catch (error) {
		if (error instanceof SyntaxError) return {};
		throw error;
	}
}

/** The ids of containers that docker or podman know by this name, from their own lists. */
export function idsNamed(maker: "docker" | "podman", text: string, name: string): string[] {
	if (maker === "docker") {
		const { ID: id, Name: known } = objectOf(text);
		return typeof id === "string" && known === `/${name}` ? [id] : [];
	}
	const list: unknown = objectOf(text);
	const ids: string[] = [];
	for (const one of Array.isArray(list) ? (list as unknown[]) : []) {
		const { id, names } = (typeof one === "object" && one !== null ? one : {}) as { id?: unknown; names?: unknown };
		if (typeof id === "string" && Array.isArray(names) && names.includes(name)) ids.push(id);
	}
	return ids;
}
