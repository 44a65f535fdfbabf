/** What modules return. */
import type { FileRule } from "../mounts/rules.ts";
import type { ResolvedMaps } from "../namespaces/idmap.ts";
import type { Published } from "../network/publish.ts";
import type { Link } from "../network/resolve.ts";
import type { LabelOptions } from "../privileges/label.ts";
import type { StatsReport } from "../stats/types.ts";
import type { Lifetime, Server } from "./supervision.ts";
import type {
	Context,
	Host,
	KeptLayer,
	NamespaceUse,
	OwnGroup,
	PassedDescriptor,
	Problem,
	Session,
	Step,
	WritablePlace,
} from "./types.ts";

/** What a module makes outside of the sandbox, and what is looked at for that before the sandbox is started. */
export interface Outside {
	/** Results of the helper's that are descriptors and that it needs to take it back. */
	keeps(host: Host): readonly string[];
	/** The name module: what has to be free. */
	readonly claims?: { readonly name: string; readonly place: string };
	/** The net module: ports of the caller's that rules lead inside, which must be free. */
	readonly published?: readonly Published[];
	/** The net module: versions of the internet protocol that the host forwards for the sandbox. */
	readonly forwards?: readonly (4 | 6)[];
	/** The net module: the internet is asked for, and ports of the caller's, through a program that has to be there. */
	readonly internet?: { readonly publish: readonly string[]; readonly with: "pasta" | "slirp4netns" };
	/** The resources module: directories in which sandboxes that were killed may have left control groups. */
	leftovers?(host: Host): readonly string[];
	/** The resources module: only the freezer of control groups v1 stops the sandbox, which keeps signals waiting. */
	freezes?(host: Host): boolean;
}

/** What a module returns: its namespace and a function from the context to its steps. Fragments make a plan together. */
export interface Fragment {
	readonly module: string;
	readonly namespace?: NamespaceUse;
	/** The pid module: put an init into a new PID namespace. */
	readonly init?: boolean;
	/** The mount module: what paths mean inside is not what they mean to the caller. */
	readonly changesFiles?: boolean;
	/** The terminal module: the session and terminal of the command. */
	readonly session?: Session;
	/** A process of ours has to stay beside the command, so that it cannot be the process that was started. */
	readonly supervised?: boolean;
	/** The lifetime module: how and with whom the sandbox ends, and who is told. */
	readonly lifetime?: Lifetime;
	/** The server module: what starts one sandbox after the other. */
	readonly server?: Server;
	/** The mount module: the layers that its overlays write to. */
	readonly layers?: readonly KeptLayer[];
	/** The mount module: where its rules let the command write. */
	writable?(): readonly WritablePlace[];
	/** Descriptors of the calling process that the steps need. */
	readonly held?: readonly number[];
	/** Descriptors of the calling process that the command gets. */
	readonly passes?: readonly PassedDescriptor[];
	/** Not for a process in Bun's memory, or not for one that clone(2) has put into the namespaces already. */
	readonly needsImage?: boolean;
	/** The label module: what the security modules of the kernel are to know the command and its files by. */
	readonly labels?: LabelOptions;
	/** Its steps work only where nothing gains privileges any more; the capabilities module then sees to that. */
	readonly noNewPrivileges?: boolean;
	/** The seccomp module: its filter refuses typing into terminals, so that the terminal module needs none for that. */
	readonly refusesTyping?: boolean;
	/** The identity module: the user that the command becomes, by its id inside. */
	readonly uid?: number;
	/** Its group, likewise. */
	readonly gid?: number;
	/** Why the command may not be executed because of this module, by the name of the error. */
	readonly executeHints?: Readonly<Record<string, string>>;
	/** The user module: the ids that its new namespace maps; `undefined` where somebody else writes them. */
	maps?(host: Host): ResolvedMaps | undefined;
	/** Something has to be done by a process in the caller's user namespace once the new one has its maps. */
	needsHelper?(host: Host): boolean;
	/** The net module: the interfaces of a new namespace, which must not collide with what is there. */
	readonly links?: readonly Link[];
	/** Something outside of the sandbox is made: the helper stays, and takes it back when the sandbox has ended. */
	readonly outside?: Outside;
	/** The uts module: what the sandbox is called. */
	readonly hostname?: string | undefined;
	/** The net module: files that are made inside, by the mount module. `hostname`: what the sandbox is called, where it is given a name. */
	files?(hostname: string | undefined, host: Host): readonly FileRule[];
	/** The resources module: the same, with everything counted and told at the end. */
	counted?(report: StatsReport): Fragment;
	/** The resources module: the command has a control group of its own, entered in the phase `birth`. */
	ownGroup?(context: Pick<Context, "host" | "maps" | "joins">): OwnGroup | undefined;
	/** The same module making its namespace, for callers who need one to own the others. */
	created?(): Fragment;
	/** What is wrong with the module's options, or with them in this context. */
	problems?(context: Context): readonly Problem[];
	/** What was asked for and is not to be had here, and is done without because that was asked for too: a sentence each. */
	reduced?(context: Context): readonly string[];
	steps(context: Context): readonly Step[];
}
