/** Sockets that wait for somebody, as /proc/PID/net tells, and System V IPC objects, as /proc/sysvipc tells. */
import { addressText } from "./netlink.ts";
import { integer } from "./proc.ts";
import type { InspectedIpc, ListeningSocket } from "./types.ts";

/** The files below /proc/PID/net that are read. */
export const socketFiles = ["tcp", "tcp6", "udp", "udp6", "unix"] as const;

/** The files below /proc/sysvipc. */
export const ipcFiles = ["shm", "sem", "msg"] as const;

/** TCP_LISTEN; for UDP TCP_CLOSE, which is a socket that is bound and not connected. */
const waiting = { tcp: "0A", udp: "07" } as const;
/** SO_ACCEPTCON: a Unix socket that listens. */
const acceptsConnections = 0x10000;

/** The sockets that listen, of one of these files. */
export function listeningOf(file: (typeof socketFiles)[number], text: string): ListeningSocket[] {
	const rows = text
		.split("\n")
		.slice(1)
		.filter((line) => line !== "");
	if (file === "unix") return rows.map(unixSocket).filter((one) => one !== undefined);
	const protocol = file.startsWith("tcp") ? "tcp" : "udp";
	const found: ListeningSocket[] = [];
	for (const row of rows) {
		const [, local = "", , state, , , , uid] = row.trim().split(/\s+/);
		if (state === waiting[protocol]) found.push({ protocol, address: internetAddress(local), uid: integer(uid) });
	}
	return found;
}

/** `"0100007F:0050"`: words of 32 bits as they lie in memory, and the port. */
function internetAddress(text: string): string {
	const [words = "", port = ""] = text.split(":");
	const bytes = new Uint8Array(words.length / 2);
	for (let at = 0; at < bytes.length; at++) bytes[at ^ 3] = Number.parseInt(words.slice(2 * at, 2 * at + 2), 16);
	const address = addressText(bytes);
	if (address === undefined || !/^[\dA-F]+$/.test(words) || !/^[\dA-F]{4}$/.test(port))
		throw new RangeError(`no address: ${JSON.stringify(text)}`);
	return `${bytes.length === 4 ? address : `[${address}]`}:${Number.parseInt(port, 16)}`;
}

/** `Num: RefCount Protocol Flags Type St Inode Path`: the path may hold anything but a newline. */
function unixSocket(row: string): ListeningSocket | undefined {
	const [, flags = "", path = ""] = /^\S+: \S+ \S+ ([\dA-F]{8}) \S+ \S+ +\d+(?: (.*))?$/s.exec(row) ?? [];
	const listens = (Number.parseInt(flags, 16) & acceptsConnections) !== 0;
	return listens ? { protocol: "unix", address: path } : undefined;
}

/** The objects, from the texts of the three files. `seen`: what the caller calls a user that stands there. */
export function ipcOf(
	texts: Readonly<Record<(typeof ipcFiles)[number], string>>,
	seen: (uid: number) => number | undefined = (uid) => uid,
): InspectedIpc {
	const rows = (text: string, idName: string) =>
		objects(text).map((row) => ({
			row,
			object: { id: integer(row.get(idName)), key: integer(row.get("key")), uid: seen(integer(row.get("uid"))) },
		}));
	return {
		sharedMemory: rows(texts.shm, "shmid").map(({ row, object }) => ({ ...object, size: integer(row.get("size")) })),
		semaphores: rows(texts.sem, "semid").map(({ row, object }) => ({ ...object, count: integer(row.get("nsems")) })),
		messageQueues: rows(texts.msg, "msqid").map(({ row, object }) => ({
			...object,
			messages: integer(row.get("qnum")),
		})),
	};
}

/** The rows by the names at the top of their columns. */
function objects(text: string): ReadonlyMap<string, string>[] {
	const lines = text.split("\n").filter((line) => line !== "");
	const [names = [], ...rows] = lines.map((line) => line.trim().split(/\s+/));
	return rows.map((values) => new Map(names.map((name, i) => [name, values[i] ?? ""])));
}
