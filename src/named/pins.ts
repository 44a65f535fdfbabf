/** Where the files of a name are, and which of its namespaces need a process. */
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";

/** Where the names of the machine's root are. */
export const rootPlace = "/run/nskit";

/** Where `ip netns` keeps its names. ip-netns(8). */
export const netnsPlace = "/run/netns";

/** The state file in a name's directory, what it is called until it is whole, and what says that `/run/netns` has a part. */
export const stateFile = "state.json";
export const newStateFile = "state.new";
export const netnsMark = "netns";

/** Every file that a name's directory may hold, besides those of its namespaces. */
export const ownFiles: readonly string[] = [stateFile, newStateFile, netnsMark];

/**
 * The namespaces that are pinned by files: all but a PID namespace, which ends with its PID 1 whatever is mounted.
 * Where nothing can be mounted, none.
 */
export function pinnedKinds(kinds: ReadonlySet<NamespaceKind>, canMount: boolean): NamespaceKind[] {
	return canMount ? namespaceKinds.filter((kind) => kinds.has(kind) && kind !== "pid") : [];
}

/** Whether a process has to stay to keep these. */
export function needsHolder(kinds: ReadonlySet<NamespaceKind>, canMount: boolean): boolean {
	return !canMount || kinds.has("pid");
}
