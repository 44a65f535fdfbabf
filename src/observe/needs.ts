/** What a run needed, gathered event by event: pure, and of bounded size whatever the command does. */
import { isLoopback } from "./address.ts";
import type { Access } from "./calls.ts";
import { isBelow, parentOf } from "./path.ts";
import { isPrivileged } from "./strict.ts";
import type { CallEvent, FileEvent, LimitEvent, NetworkEvent, ObservedEvent, SymbolicLink } from "./types.ts";

/** What a sandbox shows that has nothing added to it: the base of what is learned. */
export interface Base {
	/** Directories and files that can be read and executed. */
	readonly visible: readonly string[];
	/** Directories that are there, empty or the sandbox's own, and can be written to where a user may. */
	readonly own: readonly string[];
}

/** How much of a path is needed, the least first. */
export type Need = "directory" | "read" | "write";

/** Paths that are remembered, and addresses; a command that names more is no model for a profile. */
const [mostPaths, mostAddresses] = [100_000, 1_000];

/** Everything a run needed beyond the base. */
export class Needs {
	readonly paths = new Map<string, Need>();
	/** Paths that are something else than files and directories: devices, sockets and pipes. */
	readonly special = new Set<string>();
	/** Symbolic links on the way to a path that was used, and what they say. */
	readonly links = new Map<string, string>();
	readonly hosts = new Set<string>();
	/** Calls that the base refuses, and those that it would not let succeed even if they were allowed. */
	readonly calls = new Set<string>();
	readonly privileged = new Set<string>();
	/** A set-user-ID or set-group-ID bit was set. */
	setId = false;
	readonly peaks = new Map<LimitEvent["resource"], number>();
	/** Paths that were needed, but are not the caller's files of that name, or would take all of the tree. */
	readonly strange = new Set<string>();
	network = false;
	/** Directories that were listed, and that are empty or others in the base. */
	readonly listed = new Set<string>();
	/** Calls that could not be read, and whether paths or addresses were left out because there were too many. */
	unreadable = 0;
	tooMany = false;
	private readonly made = new Set<string>();
	private readonly bound = new Set<string>();

	constructor(private readonly base: Base) {}

	add(event: ObservedEvent): void {
		if (event.type === "file") this.addFile(event);
		else if (event.type === "network") this.addNetwork(event);
		else if (event.type === "limit") this.addPeak(event);
		else if (event.type === "unreadable") this.unreadable++;
		else if (event.strict) this.addCall(event);
	}

	private addCall(event: CallEvent): void {
		if (event.strict === "denySetId") this.setId = true;
		else this.remember(isPrivileged(event) ? this.privileged : this.calls, event.call, mostAddresses);
	}

	private addPeak({ resource, peak }: LimitEvent): void {
		this.peaks.set(resource, Math.max(peak, this.peaks.get(resource) ?? 0));
	}

	private addFile(event: FileEvent): void {
		if (event.kind === "unknown") return;
		// A profile is text.
		if (![event.path, event.real ?? "", ...linkTexts(event)].every((text) => text.isWellFormed())) this.unreadable++;
		else this.addReadable(asMeant(event));
	}

	private addReadable(event: FileEvent): void {
		const { path, kind, access, links = [] } = event;
		const changesEntry = access.includes("create") || access.includes("remove");
		const isMade = this.isMade(path);
		if (kind !== "missing" || access.includes("create")) {
			for (const link of links) if (!this.isMade(link.path)) this.addLink(link);
		}
		if (changesEntry && !(kind === "missing" && access.includes("remove"))) this.addChange(event);
		if (access.includes("create")) this.remember(this.made, path, mostPaths);
		else if (kind !== "missing" && !isMade && !access.includes("remove")) this.addUse(event);
	}

	private addLink({ path, to }: SymbolicLink): void {
		if (this.links.has(path) || this.base.visible.some((one) => isBelow(path, one)) || this.isBaseDevice(path)) return;
		if (this.links.size >= mostPaths) this.tooMany = true;
		else this.links.set(path, to);
	}

	/** An entry of a directory comes or goes: the directory has to be writable. */
	private addChange({ path, outside }: FileEvent): void {
		const directory = parentOf(path);
		if (this.isMade(path) || this.isMade(directory) || this.base.own.includes(directory)) return;
		// Nobody is given the whole tree to write to.
		if (outside === "other" || directory === "/") this.remember(this.strange, path, mostAddresses);
		else this.need(directory, "write");
	}

	private addUse({ path, kind, access, outside }: FileEvent): void {
		const writes = access.includes("write");
		const isOwn = path === "/" || this.base.own.includes(path);
		if (isOwn && access.includes("list") && outside === "same") this.remember(this.listed, path, mostAddresses);
		if (isOwn || this.isBaseDevice(path)) return;
		if (!writes && this.base.visible.some((one) => isBelow(path, one))) return;
		if (outside !== "same") {
			if (outside === "other") this.remember(this.strange, path, mostAddresses);
			return;
		}
		const need = writes ? "write" : this.isSeenOnly(kind, access) ? "directory" : "read";
		if (need === "directory" && kind !== "directory") return;
		if (kind === "other") this.remember(this.special, path, mostPaths);
		this.need(path, need);
	}

	/** A directory that is there and nothing more; or a link that is asked where it leads, which a bind would follow. */
	private isSeenOnly(kind: FileEvent["kind"], access: readonly Access[]): boolean {
		return kind !== "file" && access.every((one) => one === "look");
	}

	/** What a `/dev` of the sandbox's own has. */
	private isBaseDevice(path: string): boolean {
		return this.base.own.includes("/dev") && ownDevices.has(path.split("/")[2] ?? "") && isBelow(path, "/dev");
	}

	private need(path: string, need: Need): void {
		const known = this.paths.get(path);
		if (known !== undefined && order.indexOf(known) >= order.indexOf(need)) return;
		if (known === undefined && this.paths.size >= mostPaths) this.tooMany = true;
		else this.paths.set(path, need);
	}

	/** Made by the command itself, or below such a directory. */
	private isMade(path: string): boolean {
		for (let at = path; at !== "/"; at = parentOf(at)) if (this.made.has(at)) return true;
		return false;
	}

	private addNetwork({ does, family, address = "", port = 0 }: NetworkEvent): void {
		const name = family === "unix" ? address : `port ${port}`;
		if (does === "bind") this.remember(this.bound, name, mostAddresses);
		if (does !== "connect" && does !== "send") return;
		const isAbstract = family === "unix" && address.startsWith("@");
		if (!isAbstract && !(family.startsWith("inet") && port !== 0)) return;
		// What the command itself listens on is there in any network.
		if ((isAbstract || isLoopback(address)) && this.bound.has(name)) return;
		this.network = true;
		const host = isAbstract ? address : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
		this.remember(this.hosts, host, mostAddresses);
	}

	private remember(set: Set<string>, value: string, most: number): void {
		if (set.size < most) set.add(value);
		else if (!set.has(value)) this.tooMany = true;
	}
}

const linkTexts = ({ links = [] }: FileEvent): string[] => links.flatMap(({ path, to }) => [path, to]);

/**
 * The path behind all links, which is the one that is bound; and what is there, as the caller has it, where the sandbox
 * that the run had did not show it.
 */
function asMeant(event: FileEvent): FileEvent {
	const { real: path = event.path, kindOutside, refused, access } = event;
	if (refused?.by !== "not visible" || !kindOutside) return { ...event, path };
	const done = access.map((one) => (one === "read" && kindOutside === "directory" ? "list" : one));
	return { ...event, path, kind: kindOutside, outside: "same", access: done };
}

const order: readonly Need[] = ["directory", "read", "write"];

const ownDevices = new Set(
	"null zero full random urandom tty pts ptmx shm fd stdin stdout stderr console mqueue".split(" "),
);
