/** What a call means, from its arguments and what its process holds; pure but for what it is handed. */
import { fromBytes } from "../bytes.ts";
import { decodeAddress, familyName, isLoopback, longestAddress } from "./address.ts";
import type { Access, Meaning, PathArgument, Watched } from "./calls.ts";
import { asInt, type Notification } from "./notification.ts";
import type { FileEvent, ObservedEvent, Refused } from "./types.ts";

/** What is at a path, inside and outside. */
export interface Look {
	/** Absolute, as the process means it. */
	readonly path: string;
	readonly kind: FileEvent["kind"];
	readonly outside: FileEvent["outside"];
	readonly kindOutside?: FileEvent["kindOutside"];
	readonly real?: string;
	readonly links?: FileEvent["links"];
	/** It lies on a mount that cannot be written to; for what is missing, its directory does. */
	readonly readOnly: boolean;
	/** For what is missing: the directory it would be made in is there. */
	readonly hasParent?: boolean;
	/** For a file that is executed: what the kernel opens with it. */
	readonly interpreter?: string | undefined;
}

/** How the process that waits is looked at. Nothing of it is to be trusted. */
export interface Looker {
	/** Bytes of its memory; `undefined` where they cannot be read. */
	bytes(address: number, size: number): Uint8Array | undefined;
	/** A path in its memory, up to the NUL; `undefined` where it cannot be read or has no end. */
	text(address: number): Uint8Array | undefined;
	/** What is at a path; `directory` is a descriptor of the process, or AT_FDCWD. */
	look(path: string, directory: number, how: { noFollow: boolean; access: Access }): Look;
	/** It has a network of its own. */
	isolated(): boolean;
}

/** AT_FDCWD. open(2) */
const workingDirectory = -100;
const open = {
	accessMode: 0o3,
	write: 0o1,
	readWrite: 0o2,
	create: 0o100,
	truncate: 0o1000,
	path: 0o10000000,
} as const;

/** The events of one call. A call whose arguments cannot be read is one too. */
export function eventsOf(watched: Watched, notification: Notification, looker: Looker): ObservedEvent[] {
	const { pid, args } = notification;
	const { name, meaning } = watched;
	const head = { pid, call: name };
	switch (meaning.about) {
		case "file":
			return meaning.paths.flatMap((one) => pathEvents(head, one, args, looker, one.access));
		case "open":
			return openEvents(head, meaning, args, looker);
		case "socket":
			return [{ type: "network", ...head, does: "socket", family: familyName(asInt(args[0])) }];
		case "address":
			return addressEvents(head, meaning, args, looker);
		case "call":
			return [{ type: "call", ...head, args: args.map((one) => one >>> 0) }];
		case "end":
			return [];
	}
}

type Head = Pick<FileEvent, "pid" | "call">;

function pathEvents(
	head: Head,
	argument: PathArgument,
	args: readonly number[],
	looker: Looker,
	access: Access | readonly Access[],
): ObservedEvent[] {
	const bytes = looker.text(args[argument.path] ?? 0);
	if (!bytes) return [{ type: "unreadable", ...head }];
	// The kernel itself refuses it, or a descriptor is meant.
	if (bytes.length === 0) return [];
	const directory = argument.directory === undefined ? workingDirectory : asInt(args[argument.directory]);
	const asked = typeof access === "string" ? [access] : access;
	const how = {
		noFollow: argument.noFollow ?? false,
		access: asked.includes("execute") ? "execute" : (asked[0] ?? "look"),
	};
	const found = looker.look(fromBytes(bytes), directory, how as { noFollow: boolean; access: Access });
	const events = [fileEvent(head, found, asked)];
	// One more step is enough: an interpreter is no script as a rule.
	if (found.interpreter !== undefined) {
		const next = looker.look(found.interpreter, workingDirectory, { noFollow: false, access: "look" });
		events.push(fileEvent(head, next, ["execute"]));
	}
	return events;
}

function fileEvent(head: Head, found: Look, asked: readonly Access[]): FileEvent {
	const { path, kind, outside, kindOutside, real, links } = found;
	const making = kind !== "missing" ? onExisting(head.call) : found.hasParent === false ? "look" : "create";
	const access = asked.map((one) => (one === "create" ? making : one));
	const listed = kind === "directory" && access.includes("read");
	const done = Array.from(new Set(listed ? access.map((one) => (one === "read" ? "list" : one)) : access));
	const refused = refusalOf(found, done);
	return {
		...{ type: "file", ...head, path, access: done, kind, outside },
		...(kindOutside && { kindOutside }),
		...(real !== undefined && { real }),
		...(links && { links }),
		...(refused && { refused }),
	};
}

/** What a call that makes something does with what is there already: most of them fail. */
function onExisting(call: string): Access {
	if (call.startsWith("rename")) return "create";
	return call.startsWith("open") || call === "creat" ? "write" : "look";
}

const changes: readonly Access[] = ["write", "create", "remove"];

/** What can be said before the call is done. */
function refusalOf({ kind, outside, readOnly }: Look, access: readonly Access[]): Refused | undefined {
	const isThere = outside === "same" || outside === "other";
	if (kind === "missing" && isThere && !access.includes("create")) return { error: "ENOENT", by: "not visible" };
	if (readOnly && access.some((one) => changes.includes(one))) return { error: "EROFS", by: "read-only" };
	return undefined;
}

function openEvents(
	head: Head,
	meaning: Extract<Meaning, { about: "open" }>,
	args: readonly number[],
	looker: Looker,
): ObservedEvent[] {
	const { flags: where } = meaning;
	let flags = 0;
	if (typeof where === "number") flags = args[where] ?? 0;
	else {
		const how = looker.bytes(args[where.how] ?? 0, 8);
		if (!how) return [{ type: "unreadable", ...head }];
		flags = new DataView(how.buffer, how.byteOffset, 8).getUint32(0, true);
	}
	const { path, directory } = meaning;
	const argument: PathArgument = { path, ...(directory !== undefined && { directory }), access: "read" };
	return pathEvents(head, argument, args, looker, openAccess(flags));
}

/** What open(2) is asked for by these flags. */
export function openAccess(flags: number): Access[] {
	if (flags & open.path) return ["look"];
	const mode = flags & open.accessMode;
	const access: Access[] = [];
	if (mode !== open.write) access.push("read");
	if (mode !== 0 || flags & open.truncate) access.push("write");
	if (flags & open.create) {
		if (!access.includes("write")) access.push("write");
		access.push("create");
	}
	return access;
}

function addressEvents(
	head: Head,
	{ does, at }: Extract<Meaning, { about: "address" }>,
	args: readonly number[],
	looker: Looker,
): ObservedEvent[] {
	const size = Math.min(asInt(args[at + 1]) >>> 0, longestAddress);
	const bytes = looker.bytes(args[at] ?? 0, size);
	const decoded = bytes && decodeAddress(bytes);
	if (!decoded) return [{ type: "unreadable", ...head }];
	const { family, address = "" } = decoded;
	const event = { type: "network", ...head, does, ...decoded } as const;
	if (family !== "unix" || address.startsWith("@") || address === "") {
		const cut = does !== "bind" && family.startsWith("inet") && !isLoopback(address) && looker.isolated();
		return [cut ? { ...event, refused: { error: "ENETUNREACH", by: "no network" } } : event];
	}
	// The socket is a file as well.
	const access = does === "bind" ? "create" : "read";
	const found = fileEvent(head, looker.look(address, workingDirectory, { noFollow: false, access }), [access]);
	return [found.refused ? { ...event, refused: found.refused } : event, found];
}
