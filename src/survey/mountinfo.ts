/** Namespaces that are mounted on files, as `/proc/PID/mountinfo` tells of them. proc_pid_mountinfo(5). */
import { withoutEscapes } from "../linux/proc.ts";
import { type NamespaceKind, namespaces } from "../plan/namespaces.ts";

/** What a link below `/proc/PID/ns` or the root of such a mount says: `net:[4026531840]`. */
export interface NamespaceLink {
	readonly kind: NamespaceKind;
	readonly inode: number;
}

/** A namespace that is mounted on a file. */
export interface NamespaceMount extends NamespaceLink {
	/** Where, as the reader of the file sees it. */
	readonly path: string;
}

/** The namespace that `text` names, in the kernel's form. */
export function namespaceLink(text: string): NamespaceLink | undefined {
	const open = text.indexOf(":[");
	if (open < 0 || !text.endsWith("]")) return undefined;
	const digits = text.slice(open + 2, -1);
	const kind = kindOfFile(text.slice(0, open));
	return kind && /^[1-9][0-9]{0,14}$/.test(digits) ? { kind, inode: Number(digits) } : undefined;
}

/** The kind whose file below `/proc/PID/ns` has this name. */
export function kindOfFile(file: string): NamespaceKind | undefined {
	for (const one of namespaces) if (one.file === file) return one.kind;
	return undefined;
}

/** Every namespace that is mounted, once for each path; of mounts on top of each other the last, which is what is seen. */
export function namespaceMounts(mountinfo: string): NamespaceMount[] {
	const byPath = new Map<string, NamespaceMount>();
	for (const line of mountinfo.split("\n")) {
		const fields = line.split(" ");
		const [, , , root = "", point = ""] = fields;
		const dash = fields.indexOf("-", 6);
		const link = dash >= 0 && fields[dash + 1] === "nsfs" ? namespaceLink(root) : undefined;
		const path = withoutEscapes(point);
		if (link) byPath.set(path, { ...link, path });
	}
	return [...byPath.values()];
}

/** The directories where a mount gives its namespace a name: `ip netns add NAME`, `ns create NAME`. */
const netnsFolder = /^(?:\/var)?\/run\/netns\/([^/]+)$/;
const nskitFolder = /^\/run\/nskit\/([^/]+)\/[^/]+$/;

/** The name that a namespace has got by being mounted at `path`. */
export function nameOfMount(path: string): string | undefined {
	return (netnsFolder.exec(path) ?? nskitFolder.exec(path))?.[1];
}
