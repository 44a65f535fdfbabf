/** nskit: Linux namespaces for Bun. */
export type { Diagnosis, Finding, Group as FindingGroup, State as FindingState } from "./doctor/types.ts";
export { NamespaceError, PlanError, SystemError } from "./errors.ts";
export { doctor } from "./examiner/doctor.ts";
export { hostFacts } from "./host.ts";
export type {
	CapabilitySets,
	ClockOffset,
	InspectedCgroup,
	InspectedDifference,
	InspectedIds,
	InspectedIpc,
	InspectedLimit,
	InspectedNamespace,
	InspectedNetwork,
	InspectedProcess,
	InspectedRights,
	Inspection,
	IpcObject,
	ListeningSocket,
	MappedRange,
	Mount,
	NetworkInterface,
	Part,
	Propagation,
	Route,
} from "./inspect/types.ts";
export { type InspectOptions, inspect } from "./inspector/inspect.ts";
export { type EnterTarget, type Joined, join } from "./join.ts";
export { named } from "./keeper/claim.ts";
export { type CreatedNamed, createNamed } from "./keeper/create.ts";
export { NamedError } from "./keeper/errors.ts";
export { listNamed, type NamedList, type NamedTarget, openNamed } from "./keeper/open.ts";
export { type RemovedNamed, type RemoveNamedOptions, removeNamed } from "./keeper/remove.ts";
export type { SyncInput, SyncOutput } from "./launch/output.ts";
export type { WithStats } from "./live/counted.ts";
export { type RunningSandbox, running } from "./live/running.ts";
export type {
	BindMount,
	DevMount,
	DirectoryRule,
	FileRule,
	KernelMount,
	MaskRule,
	MountFlags,
	MountRule,
	OverlayMount,
	ReadOnlyRule,
	SymlinkRule,
	TmpfsMount,
} from "./mounts/rules.ts";
export type { KeptNamespace, NamedState, ProcessIdentity } from "./named/types.ts";
export { cgroup } from "./namespaces/cgroup.ts";
export { parseDuration } from "./namespaces/duration.ts";
export type { IdRange } from "./namespaces/idmap.ts";
export { ipc } from "./namespaces/ipc.ts";
export { type MountOptions, mount, type ProcOptions, type TmpfsRoot } from "./namespaces/mount.ts";
export { type NetOptions, net } from "./namespaces/net.ts";
export { type PidOptions, pid } from "./namespaces/pid.ts";
export { type Offset, type TimeOptions, time } from "./namespaces/time.ts";
export type { NamespaceOptions } from "./namespaces/use.ts";
export { type UserOptions, user } from "./namespaces/user.ts";
export { type UtsOptions, uts } from "./namespaces/uts.ts";
export type {
	CallEvent,
	FileEvent,
	LimitEvent,
	NetworkEvent,
	ObservedEvent,
	Refused,
	UnreadableEvent,
} from "./observe/types.ts";
export type { WithEvents } from "./observer/spawn.ts";
export { type CommitOptions, type Committed, commitLayer } from "./overlay/commit.ts";
export { diffLayer } from "./overlay/diff.ts";
export { LayerError } from "./overlay/errors.ts";
export { type PrepareOptions, prepareLayer } from "./overlay/layer.ts";
export { discardLayer } from "./overlay/remove.ts";
export { changesText } from "./overlay/text.ts";
export type { Change, Difference, FileType } from "./overlay/types.ts";
export type { NamespaceKind } from "./plan/namespaces.ts";
export { type PlanInput, plan } from "./plan/plan.ts";
export { planText } from "./plan/text.ts";
export type {
	Call,
	Command,
	Context,
	Fragment,
	Host,
	PassedDescriptor,
	Plan,
	Problem,
	Session,
	Step,
	Target,
} from "./plan/types.ts";
export { loadSeccomp } from "./preflight/seccomp.ts";
export { capabilities } from "./privileges/capabilities.ts";
export { type HardeningOptions, hardening, type Mitigation } from "./privileges/hardening.ts";
export { type LabelOptions, label } from "./privileges/label.ts";
export { landlock } from "./privileges/landlock.ts";
export { seccomp } from "./privileges/seccomp.ts";
export type {
	CapabilityOptions,
	LandlockOptions,
	LandlockScope,
	SeccompArgument,
	SeccompCondition,
	SeccompOptions,
	SeccompProfile,
	SeccompRule,
} from "./privileges/types.ts";
export { type AttributeOptions, attributes, type Personality } from "./process/attributes.ts";
export { type IdentityOptions, identity } from "./process/identity.ts";
export { type Duration, type LifetimeOptions, lifetime } from "./process/lifetime.ts";
export { type Limit, type LimitOptions, type LimitValue, limits, type Resource } from "./process/limits.ts";
export { passDescriptors } from "./process/pass.ts";
export { type IoPriority, type PriorityOptions, priority, type Scheduler } from "./process/priority.ts";
export { type RedirectOptions, redirect } from "./process/redirect.ts";
export { type IoLimit, type ResourceOptions, resources, type Size } from "./process/resources.ts";
export { type ListenOptions, type ServerOptions, server } from "./process/server.ts";
export { type SysctlOptions, sysctl } from "./process/sysctl.ts";
export { type TerminalOptions, terminal } from "./process/terminal.ts";
export type { CommandDefaults, EnvironmentOptions, Profile, ProfileFile } from "./profile/types.ts";
export { loadProfile } from "./profile-files/load.ts";
export { profileFragments, profileSandbox } from "./profile-sandbox.ts";
export type { SyncResult } from "./result.ts";
export {
	type BecomeOptions,
	type CommandOptions,
	type EnteringSandbox,
	type ObserveOptions,
	type Sandbox,
	type SpawnOptions,
	type SpawnSyncOptions,
	type StatsOptions,
	sandbox,
} from "./sandbox.ts";
export { type SelftestOptions, selftest } from "./selftest/selftest.ts";
export type {
	SandboxUnderTest,
	SelftestResult,
	SelftestRow,
	Subject,
	Variation,
	Verdict,
} from "./selftest/types.ts";
export type { LiveStats } from "./stats/top.ts";
export type { Pressure, PressureLine, Stats } from "./stats/types.ts";
export type {
	Holder,
	NamespaceInodes,
	ProcessFacts,
	Survey,
	SurveyedNamespace,
	SurveyedProcess,
} from "./survey/types.ts";
export { type SurveyOptions, surveyMachine } from "./surveyor/survey.ts";
export type { OpenTarget, TargetNamespace } from "./targets/types.ts";
export { type UntrustedOptions, untrusted } from "./untrusted.ts";
