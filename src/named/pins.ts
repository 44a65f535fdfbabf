/** Where the files of a name are, and which of its namespaces need a process. */
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";

/** Where the names of the machine's root are. */
export const rootPlace = "/run/nskit";

/** Where `ip netns` keeps its names. ip-netns(8). */
export const netnsPlace = "/run/netns";

/**
 * What a name's directory holds besides the files of its namespaces: the state file, what that is called until it is
 * whole, what says that `/run/netns` has a part, and what says who the holder is when the state does not.
 */
export const stateFile = "state.json";
export const newStateFile = "state.new";
export const netnsMark = "netns";
export const holderMark = "holder";

/**
 * The namespaces that are pinned by files: all but a PID namespace, which ends with its PID 1 whatever is mounted.
 * Where nothing can be mounted, none.
 */
export function pinnedKinds(kinds: ReadonlySet<NamespaceKind>, canMount: boolean): NamespaceKind[] {
	return canMount ? namespaceKinds.filter((kind) => kinds.has(kind) && kind !== "pid") : [];
}

/** Whether a process has to stay to keep those that are not pinned. */
export function needsHolder(kinds: ReadonlySet<NamespaceKind>, pinned: readonly NamespaceKind[]): boolean {
	return pinned.length < kinds.size;
}
