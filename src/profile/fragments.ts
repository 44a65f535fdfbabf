/**
 * A profile becomes fragments: the same modules with the same options, whether they come from a command line, a file or
 * an object. Modules that few runs need are loaded only where the profile has them.
 */
import { cgroup } from "../namespaces/cgroup.ts";
import { ipc } from "../namespaces/ipc.ts";
import { mount } from "../namespaces/mount.ts";
import { net } from "../namespaces/net.ts";
import { pid } from "../namespaces/pid.ts";
import { time } from "../namespaces/time.ts";
import type { NamespaceOptions } from "../namespaces/use.ts";
import { user } from "../namespaces/user.ts";
import { uts } from "../namespaces/uts.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Fragment } from "../plan/types.ts";
import { terminal } from "../process/terminal.ts";
import type { Profile } from "./types.ts";

/** What a module is given. */
type Part<Name extends keyof Profile> = Exclude<Profile[Name], boolean | undefined>;

/** The module of each kind of namespace. */
export const namespaceModules: { readonly [Kind in NamespaceKind]: (options: Part<Kind>) => Fragment } = {
	user,
	mount,
	pid,
	net,
	ipc,
	uts,
	cgroup,
	time,
};

/** What is no module, or always there. */
type Elsewhere = NamespaceKind | "terminal" | "environment" | "command";

/** The modules that most runs do without, in the order in which their problems are told. */
const otherModules: {
	readonly [Name in Exclude<keyof Profile, Elsewhere>]: () => (options: Part<Name>) => Fragment;
} = {
	sysctl: () => (require("../process/sysctl.ts") as typeof import("../process/sysctl.ts")).sysctl,
	limits: () => (require("../process/limits.ts") as typeof import("../process/limits.ts")).limits,
	resources: () => (require("../process/resources.ts") as typeof import("../process/resources.ts")).resources,
	priority: () => (require("../process/priority.ts") as typeof import("../process/priority.ts")).priority,
	attributes: () => (require("../process/attributes.ts") as typeof import("../process/attributes.ts")).attributes,
	identity: () => (require("../process/identity.ts") as typeof import("../process/identity.ts")).identity,
	capabilities: () =>
		(require("../privileges/capabilities.ts") as typeof import("../privileges/capabilities.ts")).capabilities,
	landlock: () => (require("../privileges/landlock.ts") as typeof import("../privileges/landlock.ts")).landlock,
	seccomp: () => (require("../privileges/seccomp.ts") as typeof import("../privileges/seccomp.ts")).seccomp,
	label: () => (require("../privileges/label.ts") as typeof import("../privileges/label.ts")).label,
	hardening: () => (require("../privileges/hardening.ts") as typeof import("../privileges/hardening.ts")).hardening,
	redirect: () => (require("../process/redirect.ts") as typeof import("../process/redirect.ts")).redirect,
	passDescriptors: () => (require("../process/pass.ts") as typeof import("../process/pass.ts")).passDescriptors,
	lifetime: () => (require("../process/lifetime.ts") as typeof import("../process/lifetime.ts")).lifetime,
	server: () => (require("../process/server.ts") as typeof import("../process/server.ts")).server,
};
const otherNames = Object.keys(otherModules) as readonly (keyof typeof otherModules)[];

/**
 * The modules of a profile. The namespaces that it names are made; where it names none, all eight are, but those that
 * are `false`.
 */
export function fragmentsOf(profile: Profile): Fragment[] {
	const fragments: Fragment[] = [];
	const all = !namespaceKinds.some((kind) => isNamed(profile[kind]));
	for (const kind of namespaceKinds) {
		const value = profile[kind];
		if (typeof value === "object") fragments.push(made(kind, value));
		else if (value === true || (all && value !== false)) fragments.push(made(kind, {}));
	}
	for (const name of otherNames) {
		const options = name === "seccomp" ? seccompOf(profile) : profile[name];
		if (options) fragments.push((otherModules[name]() as (options: object) => Fragment)(options));
	}
	fragments.push(terminal(profile.terminal || {}));
	return fragments;
}

/** A filter goes by the capabilities that stay. */
function seccompOf({ seccomp, capabilities }: Profile): Profile["seccomp"] {
	const stay = capabilities ? capabilities.add : undefined;
	return seccomp && stay && seccomp.capabilities === undefined ? { ...seccomp, capabilities: stay } : seccomp;
}

/** Whether a namespace of this kind is made or joined, and so selected. */
export function isNamed(value: boolean | NamespaceOptions | undefined): boolean {
	return value === true || (typeof value === "object" && value.create !== false);
}

/** Every module takes the options that stand under its own name. */
function made(kind: NamespaceKind, options: NamespaceOptions): Fragment {
	return (namespaceModules[kind] as (options: NamespaceOptions) => Fragment)(options);
}
