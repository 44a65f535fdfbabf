/** What a list can show of a namespace or a process: one row per column, for texts, filters, sorting and JSON alike. */
import { type NamespaceKind, namespaceInfo } from "../plan/namespaces.ts";
import type { Holder, Survey, SurveyedNamespace, SurveyedProcess } from "./types.ts";

/** What a column says of a row: nothing where it is not known. */
export type Cell = number | string | readonly string[] | undefined;

export interface Column<Row> {
	/** As in headings and filters; in JSON in lower case. */
	readonly name: string;
	/** What its values are; `texts` are several. */
	readonly type: "number" | "text" | "texts";
	/** One sentence, with no full stop. */
	readonly doc: string;
	/** What has to be asked of the machine for it. */
	readonly needs?: "netnsids" | "facts";
	of(row: Row, about: About): Cell;
}

/** What columns need besides the row. */
export interface About {
	/** The name of a user, or the number where there is none. */
	readonly user: (uid: number) => string;
	/** How many namespaces a user or PID namespace owns or contains. */
	readonly below: (inode: number) => number;
}

/** What the columns need to know of a survey. */
export function aboutSurvey({ namespaces }: Survey, users: ReadonlyMap<number, string>): About {
	let counts: Map<number, number> | undefined;
	const count = () => {
		const found = new Map<number, number>();
		for (const { owner, parent } of namespaces)
			for (const above of new Set([owner, parent])) if (above) found.set(above, (found.get(above) ?? 0) + 1);
		return found;
	};
	return {
		user: (uid) => users.get(uid) ?? String(uid),
		below: (inode) => {
			counts ??= count();
			return counts.get(inode) ?? 0;
		},
	};
}

/** The columns of namespaces. Those that lsns(8) has too are called as there. */
export const namespaceColumns: readonly Column<SurveyedNamespace>[] = [
	{ name: "NS", type: "number", doc: "The inode of its file, which is its number", of: ({ inode }) => inode },
	{ name: "TYPE", type: "text", doc: "user, mount, pid, net, ipc, uts, cgroup or time", of: ({ kind }) => kind },
	{ name: "PATH", type: "text", doc: "A file that leads to it", of: pathOf },
	{ name: "NPROCS", type: "number", doc: "How many processes are in it", of: ({ pids }) => pids.length },
	{ name: "PID", type: "number", doc: "The lowest of its processes", of: ({ pids }) => pids[0] },
	{ name: "PPID", type: "number", needs: "facts", doc: "The parent of that one", of: ({ parentPid }) => parentPid },
	{ name: "COMMAND", type: "text", needs: "facts", doc: "The command line of that one", of: ({ command }) => command },
	{ name: "UID", type: "number", needs: "facts", doc: "The real user of that one", of: ({ uid }) => uid },
	{
		name: "USER",
		type: "text",
		needs: "facts",
		doc: "The same by name",
		of: ({ uid }, { user }) => (uid === undefined ? undefined : user(uid)),
	},
	{
		name: "NETNSID",
		type: "number",
		needs: "netnsids",
		doc: "The id by which your network namespace knows it",
		of: ({ netnsid }) => netnsid,
	},
	{ name: "NSFS", type: "texts", doc: "Where it is mounted", of: mountsOf },
	{ name: "PNS", type: "number", doc: "The namespace that it is nested in", of: ({ parent }) => parent },
	{ name: "ONS", type: "number", doc: "The user namespace that owns it", of: ({ owner }) => owner },
	{
		name: "OWNER",
		type: "text",
		doc: "Who made the user namespace",
		of: ({ ownerUid }, { user }) => (ownerUid === undefined ? undefined : user(ownerUid)),
	},
	{ name: "NAME", type: "texts", doc: "What ns create or ip netns add called it", of: ({ names }) => names },
	{
		name: "HELD",
		type: "texts",
		doc: "What keeps it besides the processes in it",
		of: ({ holders }) => holders.map(holderText),
	},
	{
		name: "USEDBY",
		type: "text",
		needs: "facts",
		doc: "The command, or where there is no process what keeps it",
		of: usedBy,
	},
];

/** The columns of the processes of one namespace. */
export const processColumns: readonly Column<SurveyedProcess>[] = [
	{ name: "PID", type: "number", doc: "The process", of: ({ pid }) => pid },
	{ name: "PPID", type: "number", doc: "Its parent", of: ({ parent }) => parent },
	{ name: "UID", type: "number", doc: "Its real user", of: ({ uid }) => uid },
	{ name: "USER", type: "text", doc: "The same by name", of: ({ uid }, { user }) => user(uid) },
	{ name: "COMMAND", type: "text", doc: "Its command line", of: ({ command }) => command },
];

function mountsOf({ holders }: SurveyedNamespace): string[] {
	const paths: string[] = [];
	for (const holder of holders) if (holder.by === "mount") paths.push(holder.path);
	return paths;
}

function pathOf({ kind, pids, holders }: SurveyedNamespace): string | undefined {
	if (pids[0] !== undefined) return `/proc/${pids[0]}/ns/${namespaceInfo(kind).file}`;
	for (const holder of holders) {
		const path = holderPath(holder, kind);
		if (path !== undefined) return path;
	}
	return undefined;
}

/** A socket has no file that leads to its namespace. */
function holderPath(holder: Holder, kind: NamespaceKind): string | undefined {
	if (holder.by === "mount") return holder.pid === undefined ? holder.path : `/proc/${holder.pid}/root${holder.path}`;
	if (holder.by === "descriptor") return `/proc/${holder.pid}/fd/${holder.fd}`;
	return holder.by === "children" ? `/proc/${holder.pid}/ns/${namespaceInfo(kind).file}_for_children` : undefined;
}

/** A holder in words. */
export function holderText(holder: Holder): string {
	if (holder.by === "children") return `children of ${holder.pid}`;
	if (holder.by !== "mount") return `${holder.by} ${holder.fd} of ${holder.pid}`;
	return `mount ${holder.path}${holder.pid === undefined ? "" : ` of ${holder.pid}`}`;
}

function usedBy({ inode, command, pids, holders }: SurveyedNamespace, { below }: About): string | undefined {
	if (command !== undefined || pids.length > 0) return command;
	const [first] = holders;
	const more = holders.length > 1 ? ` and ${holders.length - 1} more` : "";
	if (first) return `(${holderText(first)}${more})`;
	const count = below(inode);
	return count > 0 ? `(${count === 1 ? "one namespace" : `${count} namespaces`} below it)` : undefined;
}
