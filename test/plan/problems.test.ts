import { describe, expect, test } from "bun:test";
import { sourcesIn } from "../../scripts/sources.ts";
import { constants } from "../../src/linux/constants.ts";
import type { MountRule } from "../../src/mounts/rules.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { time } from "../../src/namespaces/time.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { PlanError } from "../../src/plan/errors.ts";
import { type PlanInput, plan } from "../../src/plan/plan.ts";
import type { Command, Fragment, Host } from "../../src/plan/types.ts";
import { capabilities } from "../../src/privileges/capabilities.ts";
import { hardening } from "../../src/privileges/hardening.ts";
import { label } from "../../src/privileges/label.ts";
import { landlock } from "../../src/privileges/landlock.ts";
import { seccomp } from "../../src/privileges/seccomp.ts";
import { attributes } from "../../src/process/attributes.ts";
import { identity } from "../../src/process/identity.ts";
import { lifetime } from "../../src/process/lifetime.ts";
import { limits } from "../../src/process/limits.ts";
import { passDescriptors } from "../../src/process/pass.ts";
import { priority } from "../../src/process/priority.ts";
import { redirect } from "../../src/process/redirect.ts";
import { type ServerOptions, server } from "../../src/process/server.ts";
import { sysctl } from "../../src/process/sysctl.ts";
import { terminal } from "../../src/process/terminal.ts";
import { fakeSight } from "../ids/fixtures.ts";
import { codes, command, forRoot, forUser, hostCapabilities, problems, rootHost } from "./fixtures.ts";

const one = (inside: number, outside: number, size: number) => [{ inside, outside, size }];
const rules = (...mounts: MountRule[]) => mount({ mounts });
const bind = (source: string, target: string) => mount({ mounts: [{ type: "bind", source, target }] });
const kept = rules({ type: "overlay", lower: ["/a"], target: "/o", writes: { keep: "/k" } });
const listening = (more: Partial<ServerOptions> = {}) => server({ listen: { port: 4000 }, ...more });
const onAddress = (address: string) => server({ listen: { port: 4000, address } });
const withCommand = (more: Partial<Command>): PlanInput => ({ ...forRoot, command: { ...command, ...more } });
const withLaunch = (launch: "clone"): PlanInput => ({ ...forRoot, launch });
const withHost = (more: Partial<Host>): PlanInput => ({ ...forRoot, host: { ...rootHost, ...more } });

const ann = { idOf: { user: { ann: 1000 } }, accounts: { 1000: { name: "ann", gid: 100 } } };
const span = (first: number, count: number) => [{ first, count }];
const asAnn: PlanInput = { ...forUser, host: { ...forUser.host, ids: fakeSight({ ...ann, subuids: span(500, 9) }) } };
const asAnnWith = (useless: string): PlanInput => {
	const program = { path: "/x/newuidmap", useless };
	return { ...forUser, host: { ...forUser.host, ids: fakeSight({ ...ann, subuids: span(500, 9), program }) } };
};
const inSmall = withHost({ ids: fakeSight({ known: span(0, 72) }) });

/** A seccomp profile that compares more than a filter can hold. */
const tooLong = {
	defaultAction: "SCMP_ACT_ALLOW",
	syscalls: ["read", "write", "close", "lseek", "pread64", "pwrite64", "readv", "writev"].flatMap((name) =>
		Array.from({ length: 900 }, (_, value) => ({
			...{ names: [name], action: "SCMP_ACT_ERRNO", args: [{ index: 0, op: "SCMP_CMP_EQ", value }] },
		})),
	),
};

/** A module whose steps work only where nothing gains privileges. */
const needy: Fragment = { module: "needy", noNewPrivileges: true, steps: () => [] };
const { landlock: _, ...unasked } = rootHost;

/** Code, modules, what the first message says, and the caller where it matters. */
const table: readonly (readonly [string, readonly Fragment[], string, PlanInput?])[] = [
	["HOSTNAME_WITHOUT_UTS", [uts({ create: false, hostname: "a" })], "hostname would change the caller's own uts"],
	["HOSTNAME_WITHOUT_UTS", [uts({ create: false, hostname: "a", domainname: "b" })], "hostname and domainname would"],
	["HOSTNAME_TOO_LONG", [uts({ hostname: "x".repeat(65) })], "the hostname has 65 bytes"],
	["HOSTNAME_TOO_LONG", [uts({ domainname: "é".repeat(33) })], "the domainname has 66 bytes"],
	["HOSTNAME_EMPTY", [uts({ hostname: "" })], "the hostname is empty"],
	["HOSTNAME_WITH_NUL", [uts({ hostname: "a\0b" })], "the hostname holds a NUL byte"],
	["INIT_WITHOUT_PID", [pid({ create: false, init: true })], "init would change the caller's own pid namespace"],
	["PID_MAX_INVALID", [pid({ max: 300 })], "the highest process id cannot be 300"],
	["PID_MAX_INVALID", [pid({ max: Number.NaN })], "the highest process id cannot be NaN"],
	["PID_MAX_WITHOUT_PID", [pid({ create: false, max: 400 })], "the highest process id is that of a PID namespace"],
	["KERNEL_TOO_OLD", [pid({ max: 400 })], "a highest process id for each", withHost({ kernel: 613 })],
	["OPTION_TWICE", [seccomp({ profile: "default", file: "/p" })], "the seccomp file /p and a profile contradict"],
	["SECCOMP_UNREAD", [seccomp({ file: "/p" })], "the seccomp filter in file /p was not read"],
	["SECCOMP_PROFILE_INVALID", [seccomp({ profile: "strict" as "none" })], '"strict" is no seccomp profile'],
	["SECCOMP_PROGRAM_INVALID", [seccomp({ programs: [new Uint8Array(7)] })], "seccomp program 1:"],
	["SECCOMP_TOO_LONG", [seccomp({ profile: tooLong })], "cannot refuse the system calls of the seccomp profile"],
	["LABEL_INVALID", [label({ apparmor: "a b\n" })], '"a b\\n" names no AppArmor profile'],
	["LABELS_OF_BOTH", [label({ apparmor: "a", selinux: "a:b:c:d" })], "AppArmor and SELinux are not active at the same"],
	["LABEL_WITHOUT_MOUNT", [label({ files: "a:b:c:d" })], "a label of files is asked for, and no mount namespace"],
	["MITIGATION_UNKNOWN", [hardening({ mitigate: ["all" as "l1d-flush"] })], "there is no mitigation all"],
	["COUNTER_ARCHITECTURE", [hardening({ timestampCounter: false })], "", withHost({ arch: "arm64" })],
	["LOOPBACK_WITHOUT_NET", [net({ create: false, loopback: true })], "loopback would change the caller's own net"],
	["PROC_WITHOUT_PID", [mount({ proc: true })], "a fresh /proc shows the PID namespace, and none is made or joined"],
	["MOUNTS_WITHOUT_MOUNT", [mount({ create: false, root: "/r" })], "root would change the caller's own mount"],
	["MOUNTS_IN_JOINED_MOUNT", [mount({ join: 7, mounts: [] })], "mounts would change the joined mount namespace"],
	[
		"MOUNTS_NOT_PRIVATE",
		[mount({ mounts: [{ type: "tmpfs", target: "/t" }], propagation: "unchanged" })],
		"with unchanged propagation the mounts would appear outside too",
	],
	["ROOT_NOT_PRIVATE", [mount({ root: "/r", propagation: "shared" })], "a new root cannot be made with shared"],
	["ROOT_NOT_PRIVATE", [mount({ root: "/r", propagation: "unchanged" })], "a new root cannot be made with unchanged"],
	["TARGET_NOT_ABSOLUTE", [bind("/a", "b")], "the bind target b does not begin with /"],
	["TARGET_NOT_ABSOLUTE", [mount({ mounts: [{ type: "tmpfs", target: "t" }] })], "the tmpfs target t does not"],
	["PATH_EMPTY", [bind("", "/b")], "the bind source is empty"],
	["PATH_EMPTY", [mount({ root: "" })], "the root is empty"],
	["PATH_WITH_NUL", [bind("/a\0", "/b")], "the bind source holds a NUL byte"],
	["PATH_WITH_NUL", [bind("/a", "/b\0")], "the bind target holds a NUL byte"],
	["PATH_TOO_LONG", [bind(`/${"x".repeat(4095)}`, "/b")], "the bind source has 4096 bytes"],
	["TARGET_WITH_DOTS", [bind("/a", "/b/../c")], "the bind target /b/../c goes up with .."],
	["TARGET_IS_ROOT", [bind("/a", "//./")], "the bind target is the root"],
	["DESCRIPTOR_INVALID", [rules({ type: "bind", source: { fd: -1 }, target: "/b" })], "bind /b: -1 is no descriptor"],
	["IDMAP_WITHOUT_USER", [rules({ type: "bind", source: "/a", target: "/b", idmap: true })], "bind /b: the ids of an"],
	[
		"IDMAP_UNPRIVILEGED",
		[rules({ type: "bind", source: "/a", target: "/b", idmap: true })],
		"bind /b: mapping",
		forUser,
	],
	["MODE_INVALID", [rules({ type: "tmpfs", target: "/t", mode: 0o10000 })], "tmpfs /t: the mode is no number"],
	["ID_INVALID", [rules({ type: "directory", target: "/d", uid: 4294967295 })], "directory /d: 4294967295 is no uid"],
	["SIZE_INVALID", [rules({ type: "tmpfs", target: "/t", size: "0" })], 'tmpfs /t: "0" is no size'],
	["SIZE_INVALID", [rules({ type: "tmpfs", target: "/t", size: "64Q" })], 'tmpfs /t: "64Q" is no size'],
	["LINK_INVALID", [rules({ type: "symlink", to: "", target: "/l" })], "symlink /l: a link says something"],
	["OVERLAY_EMPTY", [rules({ type: "overlay", lower: [], target: "/o" })], "overlay /o: no directory is named"],
	[
		"LAYER_OF_SEVERAL",
		[rules({ type: "overlay", lower: ["/a", "/b"], target: "/o", writes: { keep: "/k" } })],
		"overlay /o: a layer that is kept",
	],
	["OVERLAY_OF_ONE", [rules({ type: "overlay", lower: ["/a"], target: "/o", writes: "nowhere" })], "overlay /o: one"],
	[
		"OVERLAY_TOO_MANY",
		[rules({ type: "overlay", lower: Array.from({ length: 501 }, () => "/a"), target: "/o" })],
		"overlay /o: 501 directories, and this kernel shows 500 at most",
	],
	[
		"OVERLAY_TOO_MANY",
		[rules({ type: "overlay", lower: Array.from({ length: 14 }, () => "/a"), target: "/o" })],
		"overlay /o: 14 directories, and this kernel shows 13 at most",
		withHost({ kernel: 607 }),
	],
	["LANDLOCK_EMPTY", [landlock({ bestEffort: true, scope: [] })], "Landlock is asked for, and nothing to refuse"],
	["NOTHING_EXECUTABLE", [landlock({ read: ["/"], execute: [] })], "the command itself could not be executed"],
	["PATH_NOT_ABSOLUTE", [landlock({ execute: ["usr"] })], "the path to allow reading and executing, usr, does not"],
	["PATH_EMPTY", [landlock({ execute: ["/"], write: [""] })], "the path to allow reading and writing is empty"],
	["PATH_WITH_NUL", [landlock({ execute: ["/\0"] })], "the path to allow reading and executing holds a NUL byte"],
	["PORT_INVALID", [landlock({ bind: [65536] })], "65536 is no TCP port to allow binding to"],
	["PORT_INVALID", [landlock({ connect: [0] })], "0 is no TCP port to allow connecting to"],
	["PORT_INVALID", [landlock({ bind: [1.5] })], "1.5 is no TCP port"],
	["SCOPE_INVALID", [landlock({ scope: ["toString" as "signal"] })], 'Landlock has no scope "toString"'],
	["LANDLOCK_TOO_OLD", [landlock({ bind: [] })], "ABI 4, of Linux 6.7, and this", withHost({ landlock: 3 })],
	["LANDLOCK_ABSENT", [landlock({ bind: [] })], "no Landlock: this kernel, 6.18.0-test", withHost({ landlock: -38 })],
	["LANDLOCK_OFF", [landlock({ bind: [] })], "left out of the security modules", withHost({ landlock: -95 })],
	["LANDLOCK_REFUSED", [landlock({ bind: [] })], "may not even be asked for it: EPERM", withHost({ landlock: -1 })],
	[
		"LANDLOCK_UNKNOWN",
		[landlock({ bind: [], bestEffort: true })],
		"the facts of the host",
		{ ...forRoot, host: unasked },
	],
	["MAP_WITHOUT_USER", [user({ create: false, map: "self" })], "map would change the caller's own user namespace"],
	["MAP_OVERLAP", [user({ uids: [...one(0, 0, 10), ...one(9, 100, 1)] })], "ranges 0:0:10 and 9:100:1 overlap inside"],
	[
		"MAP_OVERLAP",
		[user({ gids: [...one(0, 5, 10), ...one(50, 14, 9)] })],
		"group ranges 0:5:10 and 50:14:9 overlap outside",
	],
	["MAP_OVERFLOW", [user({ uids: one(4294967295, 0, 1) })], "4294967295:0:1 goes beyond the last id, 4294967294"],
	["MAP_OVERFLOW", [user({ uids: one(0, 0, 4294967296) })], "0:0:4294967296 goes beyond"],
	["MAP_OVERFLOW", [user({ gids: one(0, 4294967296, 1) })], "the group range 0:4294967296:1 goes beyond"],
	["MAP_EMPTY", [user({ uids: one(0, 0, 0) })], "the user range 0:0:0 has no ids"],
	["MAP_NOT_NUMBERS", [user({ uids: one(-1, 0, 1) })], "-1:0:1 is not made of whole numbers"],
	["MAP_NOT_NUMBERS", [user({ map: { uid: 1.5, gid: 0 } })], "1.5:0:1 is not made of whole numbers"],
	[
		"MAP_TOO_LONG",
		[user({ uids: Array.from({ length: 341 }, (_, i) => one(i, 2 * i, 1)).flat() })],
		"this one has 341",
	],
	[
		"MAP_TOO_LONG",
		[user({ uids: Array.from({ length: 340 }, (_, i) => one(2 * i, 100_000 + 2 * i, 1)).flat() })],
		"a text of 4365 bytes",
	],
	["MAP_NEEDS_PRIVILEGE", [user({ uids: one(0, 1001, 1) })], "may map only the own ids 1000 and 100", forUser],
	["MAP_NEEDS_PRIVILEGE", [user({ uids: one(0, 1000, 2) })], "may map only the own ids", forUser],
	["SETGROUPS_NEEDS_PRIVILEGE", [user({ setgroups: "allow" })], "an ordinary user has to deny setgroups", forUser],
	["SUBIDS_MISSING", [user({ map: "auto", gids: ["auto"] })], "/etc/subgid has no line for user 0, nor for nskit"],
	["SUBIDS_MISSING", [user({ gids: ["auto"] })], "/etc/subgid has no line for ann, such as ann:100000:65536", asAnn],
	["SUBIDS_NOT_OWNED", [user({ uids: one(0, 7, 2) })], "range 0:7:2: /etc/subuid has no line ann:7:2", asAnn],
	["UIDMAP_MISSING", [user({ uids: ["auto"] })], "with newuidmap, and there is none here", asAnn],
	["UIDMAP_USELESS", [user({ uids: ["auto"] })], "/x/newuidmap cannot map ids: it is", asAnnWith("it is")],
	["MAP_UNKNOWN", [user({ uids: ["all"] })], "/proc/self/uid_map cannot be read"],
	["MAP_NOT_THERE", [user({ uids: one(0, 70, 5) })], "0:70:5: there is no user 72 to 74 in the caller's", inSmall],
	["NAME_UNKNOWN", [user({ map: { uid: "bob", gid: 0 } })], 'there is no user called "bob"'],
	["OWNER_WITHOUT_GROUP", [user({ owner: 7 })], "user 7 has no line in /etc/passwd"],
	["OWNER_NEEDS_PRIVILEGE", [user({ owner: { uid: 7, gid: 7 } })], "another owner takes CAP_SETUID", forUser],
	["MAP_EXTERN", [user({ map: "extern", blockFd: 3, setgroups: "deny" })], "so setgroups would mean nothing"],
	["MAP_BLOCK_MISSING", [user({ map: "extern" })], "nobody could say that the maps are written"],
	["MAP_BLOCK_ALONE", [user({ blockFd: 3 })], "means nothing where nobody else writes the maps"],
	["DESCRIPTOR_INVALID", [user({ map: "extern", blockFd: -1 })], "blockFd is -1, which is no number"],
	["ACCOUNT_NAME", [rules({ type: "accounts", target: "/etc", name: "a:b" })], '"a:b" is no name for a user'],
	["ACCOUNT_PATH", [rules({ type: "accounts", target: "/etc", home: "h" })], 'the home "h" cannot stand there'],
	["OFFSET_WITHOUT_TIME", [time({ create: false, boottime: 1 })], "boottime would change the caller's own time"],
	["OFFSET_OF_JOINED_TIME", [time({ join: 7, boottime: 1 })], "time namespace that is in use cannot be changed"],
	["OFFSET_NOT_A_TIME", [time({ monotonic: "soon" })], "the monotonic offset soon is no span of time"],
	["OFFSET_NOT_A_TIME", [time({ boottime: Number.NaN })], "the boottime offset NaN is no span of time"],
	["TARGET_INVALID", [uts({ join: 0 })], "--join uts: 0 cannot be one"],
	["TARGET_INVALID", [uts({ join: 2 ** 31 })], "--join uts: 2147483648 cannot be one"],
	["TARGET_INVALID", [uts({ join: { fd: -1 } })], "--join uts: -1 cannot be one"],
	["TARGET_INVALID", [uts({ join: 1.5 })], "--join uts: 1.5 cannot be one"],
	["TARGET_INVALID", [uts({ join: "" })], "--join uts: the path is empty or holds a NUL byte"],
	["TARGET_INVALID", [uts({ join: "/a\0" })], "--join uts: the path is empty or holds a NUL byte"],
	["DURATION_INVALID", [lifetime({ timeout: 0 })], "the timeout 0 is no span of time above 0"],
	["DURATION_INVALID", [lifetime({ timeout: "-1s" })], 'the timeout "-1s" is no span'],
	["DURATION_INVALID", [lifetime({ timeout: 2n ** 63n })], "the timeout 9223372036854775808 is no span"],
	["DURATION_INVALID", [lifetime({ timeout: 1, killAfter: Number.NaN })], "the kill-after NaN is no span"],
	["SIGNAL_UNKNOWN", [lifetime({ timeout: 1, killSignal: "TERMINATE" })], 'there is no signal "TERMINATE"'],
	["SIGNAL_UNKNOWN", [lifetime({ timeout: 1, killSignal: 65 })], "there is no signal 65"],
	["KILL_WITHOUT_TIMEOUT", [lifetime({ killSignal: "INT" })], "means nothing without a timeout"],
	["KILL_WITHOUT_TIMEOUT", [lifetime({ killAfter: 1 })], "means nothing without a timeout"],
	["DESCRIPTOR_INVALID", [], "2 cannot be executed", withCommand({ descriptor: 2 })],
	["SYSCTL_INVALID", [net(), sysctl({ "net/../kernel": 1 })], '"net/../kernel" is no name of a parameter'],
	["SYSCTL_INVALID", [net(), sysctl({ "net.a": "1\n2" })], "the value of net.a cannot be one"],
	["SYSCTL_NOT_NAMESPACED", [net(), sysctl({ "kernel.core_pattern": "x" })], "kernel.core_pattern is the whole"],
	["SYSCTL_WITHOUT_NAMESPACE", [sysctl({ "net/ipv4/ip_forward": 1 })], "net/ipv4/ip_forward would change the caller"],
	["DESCRIPTOR_INVALID", [lifetime({ infoFd: -1 })], "-1 is no number of a descriptor"],
	["DESCRIPTOR_INVALID", [lifetime({ statusFd: 1.5 })], "1.5 is no number of a descriptor"],
	["DESCRIPTOR_INVALID", [lifetime({ blockFd: 2 ** 31 })], "2147483648 is no number of a descriptor"],
	["PATH_INVALID", [lifetime({ lockFiles: ["/a", ""] })], "the path of a lock file or pid file is empty"],
	["PATH_INVALID", [lifetime({ daemon: true, pidFile: "/a\0" })], "is empty or holds a NUL"],
	["PATH_INVALID", [lifetime({ daemon: true, pidFile: "/run/" })], "the pid file /run/ is a directory"],
	["PID_FILE_WITHOUT_DAEMON", [lifetime({ pidFile: "/run/x" })], "only for what goes to the background"],
	["DAEMON_WITH_PARENT", [lifetime({ daemon: true, dieWithParent: true })], "cannot end with the process"],
	["WAIT_WITHOUT_INIT", [lifetime({ waitAll: true })], "only the init of a new PID namespace knows"],
	["WAIT_WITHOUT_INIT", [pid({ init: false }), lifetime({ waitAll: true })], "only the init of a new PID namespace"],
	["LIFETIME_NEEDS_IMAGE", [lifetime({ timeout: 1 })], "cannot live in the caller's memory", withLaunch("clone")],
	["SERVER_TWICE", [listening({ again: true })], "made again, or for each connection"],
	["SERVER_WITHOUT_CAUSE", [server({})], "nothing says when a sandbox is to be made"],
	["AGAIN_MISSING", [listening({ times: 2 })], "means nothing for a command that is run once"],
	["AGAIN_MISSING", [listening({ delay: 2 })], "means nothing for a command that is run once"],
	["DURATION_INVALID", [server({ again: true, delay: "0s" })], 'the delay "0s" is no span of time above 0'],
	["TIMES_INVALID", [server({ again: true, times: 0 })], "0 is no number of times"],
	["TIMES_INVALID", [server({ again: true, times: 1.5 })], "1.5 is no number of times"],
	["LISTEN_MISSING", [server({ again: true, most: 2 })], "means nothing where none are taken"],
	["MOST_INVALID", [listening({ most: 4097 })], "4097 is no number of connections"],
	["PORT_INVALID", [server({ listen: { port: 0 } })], "0 is no port to listen on"],
	["PORT_INVALID", [server({ listen: { port: 65_536 } })], "65536 is no port to listen on"],
	["ADDRESS_INVALID", [onAddress("localhost")], '"localhost" is no address of IPv4 or IPv6'],
	["ADDRESS_INVALID", [onAddress("127.0.0.01")], '"127.0.0.01" is no address'],
	["SERVER_WITH_PTY", [server({ again: true }), terminal({ session: "pty" })], "for a command that is run once"],
	["SERVER_WITH_PARENT", [listening(), lifetime({ dieWithParent: true })], "starts each sandbox is the server"],
	["SERVER_WITH_LAYER", [listening(), kept], "for one sandbox at a time"],
	["SERVER_STREAM", [listening(), lifetime({ statusFd: 1 })], "descriptor 1 is the connection"],
	["SERVER_STREAM", [listening(), passDescriptors([{ from: 0, to: 5 }])], "descriptor 0 is the connection"],
	["SERVER_NEEDS_IMAGE", [listening()], "cannot live in the caller's memory", withLaunch("clone")],
	["MODULE_TWICE", [uts(), uts(), uts()], "uts() was given more than once"],
	["NO_COMMAND", [], "there is no command to run", withCommand({ argv: [] })],
	["NO_COMMAND", [], "there is no command to run", withCommand({ argv: [""] })],
	["NUL_IN_COMMAND", [], "an argument of the command holds a NUL byte", withCommand({ argv: ["a", "\0"] })],
	["NUL_IN_COMMAND", [], "argument 0 of the command holds a NUL byte", withCommand({ argv0: "a\0" })],
	["NUL_IN_COMMAND", [], "an environment variable of the command holds a NUL byte", withCommand({ env: ["A=\0"] })],
	["NUL_IN_COMMAND", [], "the working directory of the command holds a NUL byte", withCommand({ cwd: "/\0" })],
	["LIMIT_INVALID", [limits({ core: -1 })], "the limit core cannot be -1"],
	["LIMIT_INVALID", [limits({ cpu: { soft: 1, hard: 1.5 } })], "the limit cpu cannot be 1.5"],
	["LIMIT_INVALID", [limits({ as: 2 ** 53 })], "the limit as cannot be 9007199254740992"],
	["LIMIT_SOFT_ABOVE_HARD", [limits({ nofile: { soft: 2, hard: 1 } })], "the soft limit nofile of 2 is above the hard"],
	["LIMIT_SOFT_ABOVE_HARD", [limits({ as: { soft: "unlimited", hard: 1 } })], "limit as of unlimited is above"],
	["PRIORITY_OUT_OF_RANGE", [priority({ nice: 20 })], "the nice value cannot be 20"],
	["PRIORITY_OUT_OF_RANGE", [priority({ nice: 1.5 })], "the nice value cannot be 1.5"],
	["PRIORITY_OUT_OF_RANGE", [priority({ oomScoreAdjust: -1001 })], "the OOM score adjustment cannot be -1001"],
	[
		"PRIORITY_OUT_OF_RANGE",
		[priority({ scheduler: { policy: "rr", priority: 0 } })],
		"a real-time priority cannot be 0",
	],
	[
		"PRIORITY_OUT_OF_RANGE",
		[priority({ io: { class: "realtime", level: 8 } })],
		"level of an I/O priority cannot be 8",
	],
	["PRIORITY_OUT_OF_RANGE", [priority({ affinity: [0, 8192] })], "the number of a processor cannot be 8192"],
	["AFFINITY_EMPTY", [priority({ affinity: [] })], "there is no processor to run on"],
	["UMASK_INVALID", [attributes({ umask: 0o1000 })], "the umask cannot be 512"],
	["PERSONALITY_UNKNOWN", [attributes({ personality: ["linux64" as never] })], "there is no personality linux64"],
	["ID_INVALID", [identity({ uid: 4294967295 })], "there is no user id 4294967295"],
	["ID_INVALID", [identity({ gid: -1 })], "there is no group id -1"],
	["ID_INVALID", [identity({ groups: [1, 0.5] })], "there is no group id 0.5"],
	["ID_NOT_MAPPED", [user(), identity({ uid: 5 })], "the new user namespace has no user 5"],
	["ID_NOT_MAPPED", [user({ map: "none" }), identity({ gid: 0 })], "the new user namespace has no group 0"],
	["ID_NOT_MAPPED", [uts(), identity({ gid: 5 })], "the new user namespace has no group 5", forUser],
	["GROUPS_DENIED", [user(), identity({ groups: [0] })], "the new user namespace forbids setgroups"],
	["GROUPS_TOO_MANY", [identity({ groups: Array<number>(65537).fill(1) })], "there are 65537 supplementary groups"],
	["DESCRIPTOR_INVALID", [passDescriptors([{ from: -1, to: 3 }])], "-1 cannot be a descriptor"],
	["DESCRIPTOR_INVALID", [passDescriptors([{ from: 3, to: 2 ** 31 }])], "2147483648 cannot be a descriptor"],
	[
		"DESCRIPTOR_TWICE",
		[
			passDescriptors([
				{ from: 3, to: 5 },
				{ from: 4, to: 5 },
			]),
		],
		"two descriptors are to be 5 in the command",
	],
	["PASS_NEEDS_BECOME", [passDescriptors([])], "only become and ns run can pass", { ...forRoot, channel: 3 }],
	["PASS_NEEDS_BECOME", [passDescriptors([])], "only become and ns run can pass", { ...forRoot, launch: "clone" }],
	["REDIRECT_INVALID", [redirect({ stdin: "" })], "the file for standard input is empty"],
	["REDIRECT_INVALID", [redirect({ stderr: "a\0" })], "the file for standard error holds a NUL byte"],
	[
		"REDIRECT_TWICE",
		[redirect({ stderr: "/a", stderrToStdout: true })],
		"either to a file or where standard output does",
	],
	["REDIRECT_TWICE", [redirect({ stdout: "/a", stderr: "/a" })], "would overwrite each other in /a"],
	["APPEND_WITHOUT_FILE", [redirect({ append: true })], "there is no file to append to"],
	["CAPABILITY_UNKNOWN", [capabilities({ drop: ["NET_RAW", "NETRAW"], add: ["NETRAW"] })], 'no capability "NETRAW"'],
	["CAPABILITY_UNKNOWN", [capabilities({ add: ["12"] })], 'there is no capability "12"'],
	[
		"CAPABILITY_NOT_IN_KERNEL",
		[capabilities({ drop: ["bpf"], add: ["CAP_BPF"] })],
		"this kernel has no CAP_BPF",
		withHost({ capabilities: { ...hostCapabilities, last: 37 } }),
	],
	["CAPABILITY_NOT_HELD", [capabilities({ add: ["chown"] })], "the caller does not have CAP_CHOWN to give", forUser],
	[
		"CAPABILITY_NOT_HELD",
		[capabilities({ drop: "all", add: ["syslog", "SYSLOG"] })],
		"the caller does not have CAP_SYSLOG to give",
		withHost({ capabilities: { ...hostCapabilities, bounding: "000001fbffffffff" } }),
	],
	[
		"SETPCAP_MISSING",
		[capabilities({ drop: ["chown"], secureBits: ["noroot"] })],
		"to drop capabilities from the bounding set and to set securebits takes CAP_SETPCAP",
		forUser,
	],
	["SECUREBIT_UNKNOWN", [capabilities({ secureBits: ["noroot", "no-root", "no-root"] })], 'no securebit "no-root"'],
	[
		"USERNS_WITHOUT_USER",
		[capabilities({ disableUserNamespaces: true })],
		"user namespaces would be forbidden for everybody on this machine",
	],
	[
		"USERNS_WITHOUT_USER",
		[user({ join: 7 }), capabilities({ disableUserNamespaces: true })],
		"would be forbidden for everybody in the joined namespace",
	],
	[
		"USERNS_WITH_RESOURCE",
		[user(), capabilities({ disableUserNamespaces: true, drop: "all", add: ["sys_resource"] })],
		"CAP_SYS_RESOURCE, which is to stay, could allow user namespaces again",
	],
	["USERNS_WITH_RESOURCE", [user(), capabilities({ disableUserNamespaces: true, add: "all" })], "CAP_SYS_RESOURCE"],
	[
		"NO_NEW_PRIVILEGES_NEEDED",
		[user(), capabilities({ noNewPrivileges: false, drop: "all" }), needy],
		"takes no_new_privs, or CAP_SYS_ADMIN",
	],
	[
		"NO_NEW_PRIVILEGES_NEEDED",
		[user({ map: "self" }), identity({ uid: 1000 }), capabilities({ noNewPrivileges: false }), needy],
		"takes no_new_privs, or CAP_SYS_ADMIN",
		forUser,
	],
	["NOT_LINUX", [], "namespaces are a feature of Linux, and this is darwin", withHost({ platform: "darwin" })],
	["ARCH_UNKNOWN", [], "there is no stub for riscv64", withHost({ arch: "riscv64" as never })],
	[
		"KERNEL_TOO_OLD",
		[],
		"close_range(2) needs Linux 5.9, and this is old",
		withHost({ kernel: 508, kernelRelease: "old" }),
	],
];

describe("`plan` refuses", () => {
	for (const [code, fragments, message, input] of table) {
		test(`${code}: ${message.replaceAll("\0", "NUL")}`, () => {
			const found = problems(fragments, input);
			expect(found.map((one) => one.code)).toEqual([code]);
			expect(found[0]?.message).toContain(message);
			expect(found[0]?.hint ?? "-").not.toBe("");
		});
	}

	test("each of the problems that the sources know", () => {
		const pure = sourcesIn("src/plan", "src/namespaces", "src/ids", "src/mounts", "src/process", "src/privileges");
		const known = pure.flatMap(({ text }) => text.match(/"[A-Z]+(?:_[A-Z]+)+"/g) ?? []).map((name) => JSON.parse(name));
		// Words of seccomp profiles, and parts of names, look like codes.
		const isCode = (name: string) => !(name in constants) && !/^(SCMP_|SECCOMP_FILTER_|SPECULATION_CTRL$)/.test(name);
		const wanted = new Set(known.filter(isCode));
		expect([...wanted].toSorted()).toEqual([...new Set(table.map(([code]) => code))].toSorted());
	});

	test("at what the kernel lacks: the call and the kernel by name", () => {
		const old = withHost({ kernel: 509, kernelRelease: "5.9.0-old" });
		const readOnly = { type: "bind", source: "/a", target: "/a", readOnly: true } as const;
		expect(problems([mount({ mounts: [readOnly] })], old)).toEqual([
			{ code: "KERNEL_TOO_OLD", message: "mount_setattr(2) needs Linux 5.12, and this is 5.9.0-old" },
		]);
		expect(codes([mount({ mounts: [{ ...readOnly, readOnly: false }] })], old)).toEqual([]);
		expect(codes([mount({ mounts: [readOnly] })], withHost({ kernel: 512 }))).toEqual([]);
	});

	test("each call and each namespace that is too new, once", () => {
		const ancient = withHost({ kernel: 405, kernelRelease: "4.5" });
		const mounts = ["/a", "/b"].map((target) => ({ type: "bind", source: "/s", target }) as const);
		const messages = problems([mount({ mounts }), time()], ancient).map(({ message }) => message);
		expect(messages.toSorted()).toEqual([
			"a time namespace needs Linux 5.6, and this is 4.5",
			"close_range(2) needs Linux 5.9, and this is 4.5",
			"move_mount(2) needs Linux 5.2, and this is 4.5",
			"open_tree(2) needs Linux 5.2, and this is 4.5",
			"openat2(2) needs Linux 5.6, and this is 4.5",
			"pidfd_open(2) needs Linux 5.3, and this is 4.5",
		]);
	});
});

describe("a `PlanError`", () => {
	const wrong = () =>
		plan([uts({ hostname: "" }), mount({ proc: true, root: "" }), user({ uids: one(0, 0, 0) }), user()], {
			...{ host: { ...rootHost, platform: "darwin" }, command: { ...command, argv: [] } },
		});

	test("has every problem there is", () => {
		expect(wrong).toThrow(PlanError);
		const all = codes([uts({ hostname: "" }), mount({ proc: true, root: "" }), user({ uids: one(0, 0, 0) })], {
			...withCommand({ argv: [] }),
		});
		expect(all.toSorted()).toEqual(["HOSTNAME_EMPTY", "MAP_EMPTY", "NO_COMMAND", "PATH_EMPTY", "PROC_WITHOUT_PID"]);
	});

	test("says all of them, with code and way out, a line each", () => {
		const lines = problemsOf(wrong).message.split("\n");
		expect(lines).toHaveLength(7);
		expect(lines[0]).toBe("NOT_LINUX: namespaces are a feature of Linux, and this is darwin");
		expect(lines).toContain("MODULE_TWICE: user() was given more than once (put all of its options into one)");
		expect(lines).toContain("HOSTNAME_EMPTY: the hostname is empty (a hostname has 1 to 64 bytes and no NUL)");
	});

	test("is none where names are as long as they may be", () => {
		expect(codes([uts({ hostname: "x".repeat(64), domainname: "é".repeat(32) })])).toEqual([]);
	});

	test("is none for the last id, 340 ranges, and a root that is the caller's", () => {
		expect(codes([user({ uids: one(0, 0, 4294967295) })])).toEqual([]);
		expect(codes([user({ uids: Array.from({ length: 340 }, (_, i) => one(i, i, 1)).flat() })])).toEqual([]);
		expect(codes([mount({ root: "/", propagation: "shared" })])).toEqual([]);
	});

	test("is none where a joined namespace is what the option needs", () => {
		expect(codes([uts({ join: 7, hostname: "a" }), net({ join: 7, loopback: true }), pid({ join: 7 })])).toEqual([]);
		expect(codes([mount({ proc: true }), pid({ join: 7 })])).toEqual([]);
	});
});

function problemsOf(body: () => unknown): PlanError {
	try {
		body();
	} catch (error) {
		if (error instanceof PlanError) return error;
	}
	throw new Error("no PlanError was thrown");
}
