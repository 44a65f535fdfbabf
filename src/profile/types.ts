/** A profile: everything a sandbox is made of, as one object of the modules' own options. */
import type { MountOptions } from "../namespaces/mount.ts";
import type { NetOptions } from "../namespaces/net.ts";
import type { PidOptions } from "../namespaces/pid.ts";
import type { TimeOptions } from "../namespaces/time.ts";
import type { NamespaceOptions } from "../namespaces/use.ts";
import type { UserOptions } from "../namespaces/user.ts";
import type { UtsOptions } from "../namespaces/uts.ts";
import type { PassedDescriptor } from "../plan/types.ts";
import type { CapabilityOptions, LandlockOptions, SeccompOptions } from "../privileges/types.ts";
import type { AttributeOptions } from "../process/attributes.ts";
import type { IdentityOptions } from "../process/identity.ts";
import type { LifetimeOptions } from "../process/lifetime.ts";
import type { LimitOptions } from "../process/limits.ts";
import type { PriorityOptions } from "../process/priority.ts";
import type { RedirectOptions } from "../process/redirect.ts";
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
	/** Where it starts, as that is called inside. */
	readonly cwd?: string | undefined;
}

/** For each module its options; `true` is a module without any, and `false` takes away what `extends` brought. */
export interface Profile {
	readonly user?: boolean | UserOptions | undefined;
	readonly mount?: boolean | MountOptions | undefined;
	readonly pid?: boolean | PidOptions | undefined;
	readonly net?: boolean | NetOptions | undefined;
	readonly ipc?: boolean | NamespaceOptions | undefined;
	readonly uts?: boolean | UtsOptions | undefined;
	readonly cgroup?: boolean | NamespaceOptions | undefined;
	readonly time?: boolean | TimeOptions | undefined;
	readonly capabilities?: CapabilityOptions | undefined;
	readonly seccomp?: SeccompOptions | undefined;
	readonly landlock?: LandlockOptions | undefined;
	readonly limits?: LimitOptions | undefined;
	readonly identity?: IdentityOptions | undefined;
	readonly attributes?: AttributeOptions | undefined;
	readonly priority?: PriorityOptions | undefined;
	readonly sysctl?: SysctlOptions | undefined;
	readonly terminal?: TerminalOptions | undefined;
	readonly redirect?: RedirectOptions | undefined;
	readonly passDescriptors?: readonly PassedDescriptor[] | undefined;
	readonly lifetime?: LifetimeOptions | undefined;
	readonly server?: ServerOptions | undefined;
	readonly environment?: EnvironmentOptions | undefined;
	readonly command?: CommandDefaults | undefined;
}

/** A profile as it stands in a file: with what it builds on. */
export interface ProfileFile extends Profile {
	/** Profiles this one builds on: `strict`, or paths of files, relative to this one. Later ones count before earlier ones. */
	readonly extends?: string | readonly string[] | undefined;
}
