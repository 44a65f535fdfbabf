import type { NamespaceKind } from "../src/plan/namespaces.ts";

/** The short letters that unshare(1) and nsenter(1) have for namespaces. */
export const namespaceLetters: Readonly<Record<NamespaceKind, string>> = {
	user: "U",
	mount: "m",
	pid: "p",
	net: "n",
	ipc: "i",
	uts: "u",
	cgroup: "C",
	time: "T",
};

/** The kind of namespace that a letter means; `undefined` for another letter. */
export function kindOfLetter(letter: string): NamespaceKind | undefined {
	for (const [kind, one] of Object.entries(namespaceLetters)) if (one === letter) return kind as NamespaceKind;
	return undefined;
}
