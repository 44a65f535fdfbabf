/** Who is in namespaces, and what else holds them. Processes that vanish while they are looked at are none. */
import { fromBytes } from "../bytes.ts";
import { close, readLink } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import { statField } from "../linux/proc.ts";
import type { NamedState } from "../named/types.ts";
import * as files from "../overlay/files.ts";
import { isReadable } from "../pidfd.ts";
import { type NamespaceKind, namespaceInfo, namespaceKinds } from "../plan/namespaces.ts";
import type { Holder } from "../survey/types.ts";
import { surveyMachine } from "../surveyor/survey.ts";
import { openProcess, signalProcess, textOf } from "./look.ts";

/** A namespace as links below /proc call it, such as `net:[4026532179]`, and where such links are. */
export interface Wanted {
	readonly kind: NamespaceKind;
	readonly file: string;
	readonly link: string;
}

/** What was made for a name. Who is in a namespace that was there before is none of the name's. */
export function madeFor({ namespaces }: Pick<NamedState, "namespaces">): Wanted[] {
	const wanted: Wanted[] = [];
	for (const kind of namespaceKinds) {
		const kept = namespaces[kind];
		const { file } = namespaceInfo(kind);
		if (kept && !kept.joined) wanted.push({ kind, file, link: `${file}:[${kept.inode}]` });
	}
	return wanted;
}

/** A process in a namespace. */
export interface Inside {
	readonly pid: number;
	/** Which of the namespaces it is in. */
	readonly kinds: readonly NamespaceKind[];
	/** It is in the PID namespace, or waits for children that are, as what has entered it does. */
	readonly endsWithHolder: boolean;
}

/** The processes in any of these namespaces, but for one. */
export function processesIn(wanted: readonly Wanted[], but?: number): Inside[] {
	const found: Inside[] = [];
	for (const pid of numbersIn("/proc")) {
		const kinds = pid === but ? [] : kindsOf(pid, wanted);
		if (kinds.length > 0)
			found.push({ pid, kinds, endsWithHolder: kinds.includes("pid") || startsInside(pid, wanted) });
	}
	return found;
}

/**
 * Whether nobody is in a PID namespace below the one of this process. Who may not be asked is in none if it has but one
 * number, which everybody may read.
 */
export function isWithoutProcess(inode: number): boolean {
	const link = `pid:[${inode}]`;
	return numbersIn("/proc").every((pid) => {
		const own = linkOf(`/proc/${pid}/ns/pid`);
		const children = linkOf(`/proc/${pid}/ns/pid_for_children`);
		if (own !== undefined) return own !== link && children !== link;
		const status = textOf(`/proc/${pid}/status`) ?? "";
		return /^State:\s+[ZX]/m.test(status) || !/^NSpid:\s+\d+\s+\d/m.test(status);
	});
}

/** Whether the children of a process are in the PID namespace, though it is not. */
function startsInside(pid: number, wanted: readonly Wanted[]): boolean {
	const { link } = wanted.find(({ kind }) => kind === "pid") ?? {};
	return link !== undefined && linkOf(`/proc/${pid}/ns/pid_for_children`) === link;
}

/** How a process is called by people: its command line, or its name in brackets. */
export function commandOf(pid: number): string {
	const words = textOf(`/proc/${pid}/cmdline`)?.replace(/\0+$/, "").replaceAll("\0", " ");
	return words || `[${textOf(`/proc/${pid}/comm`)?.trim() ?? "ended"}]`;
}

/** What keeps namespaces without being in them, a sentence each: descriptors, sockets, and mounts wherever they can be seen. */
export function otherHolders(wanted: readonly Wanted[]): string[] {
	if (wanted.length === 0) return [];
	const kinds = wanted.map(({ kind }) => kind);
	const { namespaces } = surveyMachine({ kinds, processes: "none", owners: false, netnsids: false });
	const found: string[] = [];
	for (const { kind, inode, holders } of namespaces) {
		const link = `${namespaceInfo(kind).file}:[${inode}]`;
		if (!wanted.some((one) => one.link === link)) continue;
		for (const holder of holders)
			if (holder.by === "mount" || holder.pid !== process.pid) found.push(`${link} is kept ${keptText(holder)}`);
	}
	return found;
}

function keptText(holder: Holder): string {
	if (holder.by === "mount")
		return `by a mount at ${holder.path}${holder.pid === undefined ? "" : `, seen by process ${holder.pid}`}`;
	const who = `process ${holder.pid} (${commandOf(holder.pid)})`;
	return holder.by === "children" ? `for the children of ${who}` : `by ${holder.by} ${holder.fd} of ${who}`;
}

/** Milliseconds that killed processes have to be gone, and between two looks. */
const [patience, pause] = [10_000, 10];

/**
 * Ends processes: SIGTERM, so many milliseconds to follow it, then SIGKILL for them and for those who have come since.
 * Returns who does not go.
 */
export async function endProcesses(
	wanted: readonly Wanted[],
	but: number | undefined,
	grace: number,
): Promise<Inside[]> {
	const { SIGTERM, SIGKILL } = constants;
	let inside = processesIn(wanted, but);
	for (const { pid } of inside) signalInside(pid, wanted, SIGTERM);
	for (const end = Date.now() + grace; inside.length > 0 && Date.now() < end; await Bun.sleep(pause))
		inside = processesIn(wanted, but);
	for (const end = Date.now() + patience; inside.length > 0 && Date.now() < end; await Bun.sleep(pause)) {
		inside = processesIn(wanted, but);
		for (const { pid } of inside) signalInside(pid, wanted, SIGKILL);
	}
	return inside;
}

/** Signals the process of this number, if it is in the namespaces once it is held. */
function signalInside(pid: number, wanted: readonly Wanted[], signal: number): void {
	const pidfd = openProcess(pid);
	if (pidfd === undefined) return;
	try {
		if (kindsOf(pid, wanted).length > 0 && !isReadable(pidfd)) signalProcess(pidfd, signal);
	} finally {
		close(pidfd);
	}
}

/** Which of the namespaces a process is in. One that has ended and waits for its parent is in none. */
function kindsOf(pid: number, wanted: readonly Wanted[]): NamespaceKind[] {
	const kinds: NamespaceKind[] = [];
	for (const { kind, file, link } of wanted) if (linkOf(`/proc/${pid}/ns/${file}`) === link) kinds.push(kind);
	if (kinds.length === 0) return kinds;
	return "ZX".includes(statField(textOf(`/proc/${pid}/stat`) ?? "", 3) ?? "") ? [] : kinds;
}

/** Numbers among the names in a directory below /proc. */
function numbersIn(path: string): number[] {
	const fd = files.unless(vanished, () => files.openPath(path, "O_RDONLY|O_DIRECTORY"));
	if (fd === undefined) return [];
	try {
		const names = files.unless(vanished, () => files.namesIn(fd)) ?? [];
		return names.filter((name) => /^\d+$/.test(name)).map(Number);
	} finally {
		close(fd);
	}
}

const vanished = ["ENOENT", "ESRCH", "EACCES", "EPERM"];

/** Where a link below /proc leads. */
const linkOf = (path: string): string | undefined => files.unless(vanished, () => fromBytes(readLink(path)));
