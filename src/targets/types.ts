/** What a word such as `web`, `4242` or `/run/netns/x` leads to. */
import type { NamespaceKind } from "../plan/namespaces.ts";

/** A namespace of a target. */
export interface TargetNamespace {
	/** The inode of its file, as in `net:[4026531840]`. */
	readonly inode: number;
	/** A descriptor of this process that is open on the namespace's file; without one it is reached by the pidfd. */
	readonly fd?: number | undefined;
}

/** A target that was found and checked, held by descriptors, so that it cannot become another. */
export interface OpenTarget {
	/** For people: `"web"`, `"process 4242"`, `"/run/netns/x"`. */
	readonly label: string;
	/** A process in it, if there is one. */
	readonly pid?: number | undefined;
	/** A descriptor of this process that is open on that process. pidfd_open(2). */
	readonly pidfd?: number | undefined;
	/** The supervisor of ours that the word led to, where the process is its command. */
	readonly supervisor?: number | undefined;
	/** What it leads to: all namespaces of a process or a name, one of a file. */
	readonly namespaces: Readonly<Partial<Record<NamespaceKind, TargetNamespace>>>;
	/** Closes all of its descriptors. */
	close(): void;
}
