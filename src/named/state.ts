/** The text of a state file. Reading is strict: what is not exactly what `stateText` writes is refused. */
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import { isName } from "./names.ts";
import { netnsPlace } from "./pins.ts";
import type { KeptNamespace, NamedState, ProcessIdentity } from "./types.ts";

/** Bytes of a state file at most. */
export const largestState = 16_384;

/** A state as it is written. */
export function stateText(state: NamedState): string {
	return `${JSON.stringify(state, null, "\t")}\n`;
}

/** The state that a text holds, or what is wrong with it. `directory` is where the name's files are. */
export function readState(text: string, directory: string): NamedState | string {
	if (text.length > largestState) return "it is too long";
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return "it is no JSON";
	}
	const wrong: string[] = [];
	const state = stateOf(value, directory, wrong);
	return wrong[0] ?? state;
}

type Fields = Readonly<Record<string, unknown>>;

const largestId = 4294967294;
const largestPid = 0x7fffffff;
/** Inodes of namespaces have 32 bits. */
const largestInode = 0xffffffff;

function stateOf(value: unknown, directory: string, wrong: string[]): NamedState {
	const all = fields(value, "the state", wrong, stateKeys);
	if (all.version !== 1) wrong.push("its version is not 1");
	const name = text(all.name, "name", wrong, isName);
	if (!directory.endsWith(`/${name}`)) wrong.push("it is the state of another name");
	const owner = fields(all.owner, "owner", wrong, ["uid", "gid"]);
	const seen = fields(all.seen, "seen", wrong, ["pid", "mount"]);
	const holder = all.holder === undefined ? undefined : identityOf(all.holder, wrong);
	const netns = all.netns === undefined ? undefined : text(all.netns, "netns", wrong, isNetnsOf(name));
	const namespaces = namespacesOf(all.namespaces, directory, wrong);
	const needing = Object.values(namespaces).some(({ file }) => file === undefined);
	if (needing && !holder) wrong.push("it names no process that keeps what is not pinned");
	return {
		version: 1,
		name,
		boot: text(all.boot, "boot", wrong, (one) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(one)),
		created: number(all.created, "created", wrong, 0, Number.MAX_SAFE_INTEGER),
		owner: {
			uid: number(owner.uid, "owner.uid", wrong, 0, largestId),
			gid: number(owner.gid, "owner.gid", wrong, 0, largestId),
		},
		seen: {
			pid: number(seen.pid, "seen.pid", wrong, 1, largestInode),
			mount: number(seen.mount, "seen.mount", wrong, 1, largestInode),
		},
		...(holder && { holder }),
		...(netns !== undefined && { netns }),
		namespaces,
	};
}

const stateKeys = ["version", "name", "boot", "created", "owner", "seen", "holder", "netns", "namespaces"];

const isNetnsOf = (name: string) => (path: string) => path === `${netnsPlace}/${name}`;

function identityOf(value: unknown, wrong: string[]): ProcessIdentity {
	const { pid, startTime, pidfd } = fields(value, "holder", wrong, ["pid", "startTime", "pidfd"]);
	return {
		// 1 is the machine's own.
		pid: number(pid, "holder.pid", wrong, 2, largestPid),
		startTime: number(startTime, "holder.startTime", wrong, 0, Number.MAX_SAFE_INTEGER),
		...(pidfd !== undefined && { pidfd: text(pidfd, "holder.pidfd", wrong, (one) => /^[1-9]\d{0,19}$/.test(one)) }),
	};
}

function namespacesOf(value: unknown, directory: string, wrong: string[]): NamedState["namespaces"] {
	const kept: Partial<Record<NamespaceKind, KeptNamespace>> = {};
	const all = fields(value, "namespaces", wrong, namespaceKinds);
	for (const kind of namespaceKinds) {
		if (all[kind] === undefined) continue;
		const one = fields(all[kind], kind, wrong, ["inode", "file", "joined"]);
		const isFile = (path: string) => kind !== "pid" && path === `${directory}/${kind}`;
		if (one.joined !== undefined && one.joined !== true) wrong.push(`${kind}.joined is not what it has to be`);
		kept[kind] = {
			inode: number(one.inode, `${kind}.inode`, wrong, 1, largestInode),
			...(one.file !== undefined && { file: text(one.file, `${kind}.file`, wrong, isFile) }),
			...(one.joined === true && { joined: true }),
		};
	}
	if (Object.keys(kept).length === 0) wrong.push("it names no namespace");
	return kept;
}

function fields(value: unknown, what: string, wrong: string[], known: readonly string[]): Fields {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		wrong.push(`${what} is no object`);
		return {};
	}
	for (const key of Object.keys(value)) if (!known.includes(key)) wrong.push(`${what} holds ${JSON.stringify(key)}`);
	return value as Fields;
}

function number(value: unknown, what: string, wrong: string[], least: number, most: number): number {
	if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
	wrong.push(`${what} is not what it has to be`);
	return 0;
}

function text(value: unknown, what: string, wrong: string[], fits: (text: string) => boolean): string {
	if (typeof value === "string" && fits(value)) return value;
	wrong.push(`${what} is not what it has to be`);
	return "";
}
