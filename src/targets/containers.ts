/** Containers that other programs have started, found by the files in which those keep their state. */
import { readdirSync } from "node:fs";
import { fromBytes } from "../bytes.ts";
import { close, openToRead, readUpTo } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { PlanError } from "../plan/errors.ts";
import { statusOf } from "./kernel.ts";
import { openProcessTarget } from "./process.ts";
import { type ContainerProcess, idsNamed, placesOf } from "./states.ts";
import type { OpenTarget } from "./types.ts";
import type { ContainerMaker } from "./words.ts";

/** Bytes of a state file. */
const mostBytes = 4 * 1024 * 1024;
/** Writable for the group or for others. */
const others = 0o022;

/**
 * Opens the first process of a container. What its files say is checked against the process. `below` is the directory
 * that stands for the root of the machine.
 */
export function openContainer(maker: ContainerMaker, id: string, below = ""): OpenTarget {
	const label = `${maker}:${id}`;
	const looked: string[] = [];
	for (const one of [id, ...idsOf(maker, id, below)]) {
		for (const { path, read } of placesOf(maker, one, process.env.XDG_RUNTIME_DIR)) {
			for (const file of expanded(`${below}${path}`)) {
				const found = stateIn(file, read);
				if (typeof found === "object") return openProcessTarget(found.pid, { ...found, label });
				looked.push(found);
			}
		}
	}
	const hint = "it has to be running, and its state has to be readable and to be root's or the caller's";
	throw new PlanError([
		{
			code: "TARGET_MISSING",
			message: `there is no ${label}: ${looked.join("; ") || "no state of it is there"}`,
			hint,
		},
	]);
}

/** The process that a state file names, or why it names none. */
function stateIn(path: string, read: (text: string) => ContainerProcess | undefined): ContainerProcess | string {
	const text = trustedText(path);
	if (typeof text === "string") return text;
	return read(text.text) ?? `${path} names no running process`;
}

/** The text of a file that only root and the caller can have written, or why it is not read. */
function trustedText(path: string): { text: string } | string {
	let fd: number;
	try {
		fd = openToRead(path);
	} catch (error) {
		if (error instanceof SystemError) return `${path}: ${error.code}`;
		throw error;
	}
	try {
		const { uid, mode } = statusOf(fd);
		if ((uid !== 0 && uid !== process.geteuid?.()) || (mode & others) !== 0) return `${path} may be written by others`;
		const bytes = readUpTo(fd, mostBytes);
		return bytes ? { text: fromBytes(bytes) } : `${path} is larger than ${mostBytes} bytes`;
	} finally {
		close(fd);
	}
}

/** The files that a path with one `*` for a directory stands for. */
function expanded(path: string): string[] {
	const star = path.indexOf("/*/");
	if (star < 0) return [path];
	return foldersIn(path.slice(0, star)).map((name) => `${path.slice(0, star)}/${name}/${path.slice(star + 3)}`);
}

function foldersIn(path: string): string[] {
	try {
		return readdirSync(path).toSorted();
	} catch (error) {
		if (error instanceof Error && "syscall" in error) return [];
		throw error;
	}
}

/** The full ids behind a name, or behind the beginning of an id. */
function idsOf(maker: ContainerMaker, name: string, below: string): string[] {
	if (maker === "podman") {
		const home = process.env.HOME;
		const lists = ["/var/lib", ...(home ? [`${home}/.local/share`] : [])];
		return lists.flatMap((folder) =>
			namedIn("podman", `${below}${folder}/containers/storage/overlay-containers/containers.json`, name),
		);
	}
	if (maker !== "docker") return [];
	const folder = `${below}/var/lib/docker/containers`;
	const ids = foldersIn(folder);
	const named = ids.flatMap((id) => namedIn("docker", `${folder}/${id}/config.v2.json`, name));
	const begun = ids.filter((id) => id.startsWith(name));
	return named.length > 0 ? named : begun.length === 1 ? begun : [];
}

function namedIn(maker: "docker" | "podman", path: string, name: string): string[] {
	const text = trustedText(path);
	return typeof text === "string" ? [] : idsNamed(maker, text.text, name);
}
