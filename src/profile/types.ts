/** A profile: everything a sandbox is made of, as one object of the modules' own options. */
import type { MountOptions } from "../namespaces/mount.ts";
import type { NetOptions } from "../namespaces/net.ts";
import type { PidOptions } from "../namespaces/pid.ts";
import type { TimeOptions } from "../namespaces/time.ts";
import type { NamespaceOptions } from "../namespaces/use.ts";
import type { UserOptions } from "../namespaces/user.ts";
import type { UtsOptions } from "../namespaces/uts.ts";
import type { PassedDescriptor } from "../plan/types.ts";
import type { HardeningOptions } from "../privileges/hardening.ts";
import type { LabelOptions } from "../privileges/label.ts";
import type { CapabilityOptions, LandlockOptions, SeccompOptions } from "../privileges/types.ts";
import type { AttributeOptions } from "../process/attributes.ts";
import type { IdentityOptions } from "../process/identity.ts";
import type { LifetimeOptions } from "../process/lifetime.ts";
import type { LimitOptions } from "../process/limits.ts";
import type { PriorityOptions } from "../process/priority.ts";
import type { RedirectOptions } from "../process/redirect.ts";
import type { ResourceOptions } from "../process/resources.ts";
import type { ServerOptions } from "../process/server.ts";
import type { SysctlOptions } from "../process/sysctl.ts";
import type { TerminalOptions } from "../process/terminal.ts";

/** What the command finds in its environment. */
export interface EnvironmentOptions {
	/** Inherit nothing of the caller's but what `keep` names. @default false */
	readonly clear?: boolean | undefined;
	/** Inherit only these. */
	readonly keep?: readonly string[] | undefined;
	/** Set these. */
	readonly set?: Readonly<Record<string, string>> | undefined;
	/** Take these away. */
	readonly unset?: readonly string[] | undefined;
}

/** The command itself, where a profile names one. */
export interface CommandDefaults {
	readonly argv?: readonly string[] | undefined;
	readonly argv0?: string | undefined;
	/** A descriptor of the caller's that is open on the file to execute; no script. */
	readonly descriptor?: number | undefined;
	/** Where it starts, as that is called inside. */
	readonly cwd?: string | undefined;
}

/**
 * For each module its options; `true` is a module without any, and `false` takes away what `extends` brought. The
 * namespaces that are named are made; where none is, all eight are, but those that are `false`.
 */
export interface Profile {
	readonly user?: boolean | UserOptions | undefined;
	readonly mount?: boolean | MountOptions | undefined;
	readonly pid?: boolean | PidOptions | undefined;
	readonly net?: boolean | NetOptions | undefined;
	readonly ipc?: boolean | NamespaceOptions | undefined;
	readonly uts?: boolean | UtsOptions | undefined;
	readonly cgroup?: boolean | NamespaceOptions | undefined;
	readonly time?: boolean | TimeOptions | undefined;
	readonly capabilities?: false | CapabilityOptions | undefined;
	readonly seccomp?: false | SeccompOptions | undefined;
	readonly landlock?: false | LandlockOptions | undefined;
	readonly label?: false | LabelOptions | undefined;
	readonly hardening?: false | HardeningOptions | undefined;
	readonly limits?: false | LimitOptions | undefined;
	readonly resources?: false | ResourceOptions | undefined;
	readonly identity?: false | IdentityOptions | undefined;
	readonly attributes?: false | AttributeOptions | undefined;
	readonly priority?: false | PriorityOptions | undefined;
	readonly sysctl?: false | SysctlOptions | undefined;
	readonly terminal?: false | TerminalOptions | undefined;
	readonly redirect?: false | RedirectOptions | undefined;
	readonly passDescriptors?: false | readonly PassedDescriptor[] | undefined;
	readonly lifetime?: false | LifetimeOptions | undefined;
	readonly server?: false | ServerOptions | undefined;
	readonly environment?: false | EnvironmentOptions | undefined;
	readonly command?: false | CommandDefaults | undefined;
}

/** A profile as it stands in a file: with what it builds on. */
export interface ProfileFile extends Profile {
	/** Profiles this one builds on: `strict`, or paths of files, relative to this one. Later ones count before earlier ones. */
	readonly extends?: string | readonly string[] | undefined;
}
