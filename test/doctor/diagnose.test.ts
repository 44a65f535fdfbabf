import { describe, expect, test } from "bun:test";
import type { ControlGroups } from "../../src/cgroups/types.ts";
import { attempts } from "../../src/doctor/attempts.ts";
import { checks, diagnose } from "../../src/doctor/diagnose.ts";
import { groups, type State } from "../../src/doctor/types.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { groups as controlGroups, legacy as legacyGroup, unified } from "../cgroups/groups.ts";
import { factsOf, findingOf, type Machine, refused } from "./facts.ts";

const ubuntu = { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" };
const debian = { "/proc/sys/kernel/unprivileged_userns_clone": "0\n" };
const none = refused("EPERM", "unshare", { phase: "create" });
const noNamespaces = Object.fromEntries(
	["run", "strict", ...namespaceKinds.map((kind) => `namespace.${kind}`)].map((id) => [id, none]),
);
const root = { uid: 0, gid: 0, privileged: true };
const filtered = { "/proc/self/status": "NoNewPrivs:\t0\nSeccomp:\t2\n" };
const legacy =
	"20 1 0:19 / /proc rw - proc proc rw\n30 1 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n31 1 0:31 / /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n";

const seen = (more: Partial<ControlGroups>) => ({ controlGroups: () => controlGroups(more) });
const byV1 = seen({ mode: "v1", legacy: [legacyGroup("cpu"), legacyGroup("pids")] });
const anothers = seen({ mode: "v2", unified: [unified("/sessions", { writable: false, controllable: false })] });
const fewer = seen({ mode: "v2", unified: [unified("/fewer", { controllers: ["cpu", "memory", "pids"] })] });
const readOnly = seen({ mode: "v2", unified: [unified("/fixed", { readOnly: true })] });

/** What is found on which machine, with words of what was found and of the way out. */
const table: readonly (readonly [id: string, title: string, Machine, State, found: string, remedy?: string])[] = [
	["userns.debian", "no such switch", {}, "ok", "this kernel has no such switch"],
	...(
		[
			[
				"off",
				{ files: debian, outcomes: noNamespaces },
				"missing",
				"clone is 0",
				"sysctl kernel.unprivileged_userns_clone=1",
			],
			["off, and it does not count", { files: debian }, "ok", "and yet it can be done"],
			["off for others than root", { files: debian, host: root }, "limited", "clone is 0", "as root, sysctl"],
			["on", { files: { "/proc/sys/kernel/unprivileged_userns_clone": "1\n" } }, "ok", "is 1"],
		] as const
	).map((row) => ["userns.debian", ...row] as const),
	[
		...(["userns.apparmor", "in force"] as const),
		{ files: ubuntu, outcomes: noNamespaces, program: '/opt/my "ns*' },
		...(["missing", "userns is 1", 'profile ns "/opt/my \\"ns\\*" flags=(unconfined) {\n  userns,\n'] as const),
	],
	["userns.apparmor", "a profile allows it", { files: ubuntu }, "ok", "a profile lets ns make them"],
	["userns.apparmor", "for others than root", { files: ubuntu, host: root }, "limited", "is 1", "apparmor_parser -r"],
	[
		...(["userns.apparmor", "a process that has a profile"] as const),
		{ files: { ...ubuntu, "/proc/self/attr/apparmor/current": "editor (enforce)\n" }, outcomes: noNamespaces },
		...(["missing", "the profile of this process is asked", "/etc/apparmor.d/ns"] as const),
	],
	[
		...(["userns.limits", "few"] as const),
		{ files: { "/proc/sys/user/max_net_namespaces": "3\n" } },
		...(["limited", "max_net_namespaces is 3", "sysctl user.max_net_namespaces=10000"] as const),
	],
	[
		...(["userns.limits", "none of one kind, which counts more than few of another"] as const),
		{ files: { "/proc/sys/user/max_net_namespaces": "0\n", "/proc/sys/user/max_uts_namespaces": "3\n" } },
		...(["missing", "max_net_namespaces is 0", "sysctl user.max_net_namespaces=10000"] as const),
	],
	[
		"subuid",
		"shared",
		{ files: { "/etc/subuid": "ann:1:70000\nbob:5:1\n" } },
		"limited",
		"to bob as well",
		"of its own",
	],
	["filter", "none", {}, "ok", "no filter"],
	["filter", "one that lets everything be", { files: filtered }, "ok", "lets ns make its calls"],
	[
		...(["filter", "one that refuses"] as const),
		{ files: filtered, outcomes: { clone3: refused("ENOSYS", "clone3"), setns: { came: "killed", signal: "SIGSYS" } } },
		...(["limited", "refuses what setns takes, clone3", "--security-opt seccomp="] as const),
	],
	["filter", "no /proc", { files: { "/proc/self/status": undefined as unknown as string } }, "unknown", "there is no"],
	["subuid", "a line by number", { files: { "/etc/subuid": "1000:5:70000\n" } }, "ok", "has 70000 ids for ann"],
	["subuid", "no file", { files: { "/etc/subuid": undefined as unknown as string } }, "unknown", "cannot be read"],
	[
		"subuid",
		"a wrong line",
		{ files: { "/etc/subuid": "ann:100000:65536\nann:x:1\n" } },
		"limited",
		"read line 2",
		"subuid(5)",
	],
	["subuid", "root", { host: root, files: { "/etc/subuid": "" } }, "ok", "root maps"],
	[
		"subgid",
		"no line",
		{ files: { "/etc/subgid": "bob:100000:65536\n" } },
		"missing",
		"no line for ann",
		"usermod --add-subgids 165536-231071 ann",
	],
	["newuidmap", "not there", { programs: { newuidmap: "" } }, "missing", "not in PATH", "package uidmap"],
	[
		"newuidmap",
		"of another user",
		{ stats: { "/usr/bin/newuidmap": { mode: 0o4755, uid: 5 } } },
		"missing",
		"neither",
		"chmod u+s",
	],
	[
		...(["newuidmap", "in a user namespace without its owner"] as const),
		{
			stats: { "/usr/bin/newuidmap": { mode: 0o4755, uid: 65_534 } },
			files: { "/proc/self/uid_map": "0 1000 1\n" },
		},
		...(["missing", "not mapped in this user namespace", "outside of this user namespace"] as const),
	],
	["newgidmap", "a file capability", {}, "ok", "may map them"],
	[
		...(["proc", "covered places"] as const),
		{
			files: {
				"/proc/self/mountinfo": "20 1 0:19 / /proc rw - proc proc rw\n21 20 0:20 / /proc/keys rw - tmpfs tmpfs rw\n",
			},
			outcomes: { proc: refused("EPERM", "mount", { phase: "tree", hint: "another" }) },
		},
		...(["missing", "EPERM", "(/proc/keys)"] as const),
	],
	[
		"overlay",
		"no module",
		{ outcomes: { overlay: refused("ENODEV", "fsopen") } },
		"missing",
		"ENODEV",
		"CONFIG_OVERLAY_FS",
	],
	[
		"overlay",
		"another reason, with a hint",
		{ outcomes: { overlay: refused("EINVAL", "fsconfig", { hint: "stacked" }) } },
		"missing",
		"EINVAL",
		"stacked",
	],
	["overlay", "no namespaces", { outcomes: { overlay: none } }, "unknown", "cannot be made"],
	["overlay", "too slow", { outcomes: { overlay: { came: "late" } } }, "unknown", "in time"],
	["landlock", "not built", { host: { landlock: -38 } }, "missing", "ENOSYS", "CONFIG_SECURITY_LANDLOCK"],
	["landlock", "off", { host: { landlock: -95 } }, "missing", "EOPNOTSUPP", "lsm="],
	["landlock", "of Debian 12", { host: { landlock: 2 } }, "limited", "ABI 2", "Linux 6.12"],
	["landlock", "old", { host: { landlock: 3 } }, "limited", "ABI 3", "Linux 6.12"],
	[
		"bounding",
		"less than all",
		{ host: { ...root, capabilities: { ...factsOf().host.capabilities, bounding: "000001fffffffffe" } as never } },
		"limited",
		"CAP_CHOWN",
		"--cap-add",
	],
	[
		"no-new-privileges",
		"set",
		{ files: { "/proc/self/status": "NoNewPrivs:\t1\nSeccomp:\t0\n" } },
		"limited",
		"no_new_privs is set",
		"NoNewPrivileges=",
	],
	["ptrace", "forbidden", { files: { "/proc/sys/kernel/yama/ptrace_scope": "3\n" } }, "limited", "is 3", "sysctl.d"],
	["core", "no threads share a core", { outcomes: { core: refused("ENODEV", "prctl") } }, "ok", "no core"],
	[
		"notify",
		"a listener around it",
		{ outcomes: { notify: refused("EBUSY", "seccomp") } },
		"missing",
		"EBUSY",
		"start ns outside",
	],
	[
		"memfd",
		"forbidden",
		{ outcomes: { memfd: refused("EACCES", "memfd_create") }, files: { "/proc/sys/vm/memfd_noexec": "2\n" } },
		"limited",
		"vm.memfd_noexec is 2",
		"sysctl vm.memfd_noexec=1",
	],
	["typing", "refused", {}, "ok", "the kernel refuses it"],
	[
		"typing",
		"possible",
		{ outcomes: { typing: { came: "done" } }, files: { "/proc/sys/dev/tty/legacy_tiocsti": "1\n" } },
		"limited",
		"is 1",
		"sysctl dev.tty.legacy_tiocsti=0",
	],
	["typing", "possible for CAP_SYS_ADMIN alone", { outcomes: { typing: { came: "done" } } }, "ok", "CAP_SYS_ADMIN"],
	[
		"nproc",
		"few",
		{
			files: { "/proc/self/limits": "Max processes             20                   30                   processes\n" },
		},
		"limited",
		"20 processes",
		"ulimit -u",
	],
	[
		"nofile",
		"of the caller",
		{ host: { openFiles: { soft: 64, hard: 4096 } } },
		"limited",
		"64 open files",
		"ulimit -n",
	],
	["pids", "of the group", { files: { "/sys/fs/cgroup/ann/pids.max": "10\n" } }, "limited", "is 10", "--pids-limit"],
	[
		"tun",
		"no device",
		{ outcomes: { tun: refused("ENOENT", "openat") } },
		"limited",
		"ENOENT",
		"--device /dev/net/tun",
	],
	[
		"veth",
		"no module",
		{ outcomes: { veth: refused("EOPNOTSUPP", "recvfrom") } },
		"limited",
		"EOPNOTSUPP",
		"modprobe veth",
	],
	["pasta", "only the other", { programs: { pasta: "", slirp4netns: "/bin/slirp4netns" } }, "ok", "/bin/slirp4netns"],
	["cgroups", "version 2", {}, "ok", "version 2 alone"],
	[
		"cgroups",
		"version 1",
		{ files: { "/proc/self/mountinfo": legacy } },
		"limited",
		"version 1 alone",
		"cgroup_no_v1=all",
	],
	[
		"controllers",
		"some",
		{ files: { "/sys/fs/cgroup/ann/cgroup.controllers": "pids\n" } },
		"limited",
		"not cpu, memory",
		"Delegate=yes",
	],
	[
		"delegation",
		"not the caller's",
		{ outcomes: { delegation: refused("EACCES", "openat", { phase: "cgroup" }) } },
		"limited",
		"EACCES",
		"systemd-run --user",
	],
	[
		"delegation",
		"read-only",
		{
			outcomes: { delegation: refused("EROFS", "mkdirat", { phase: "cgroup" }) },
			files: { "/proc/self/mountinfo": "30 1 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n" },
		},
		"limited",
		"EROFS",
		"mounted read-only",
	],
	["limit.memory", "in the caller's own group", {}, "ok", "v2 below /sys/fs/cgroup/ann, after ns has made room there"],
	["limit.cpus", "by v1", { host: byV1 }, "ok", "by a control group of v1 below /v1/cpu"],
	["limit.pids", "of another's", { host: anothers }, "limited", "may make no group in /sessions", "by chown"],
	[
		...(["limit.pids", "of another's, with systemd"] as const),
		{ host: { controlGroups: () => ({ ...anothers.controlGroups(), systemd: true }) } },
		...(["ok", "in a scope that the user's systemd is asked for"] as const),
	],
	["limit.io", "not handed on", { host: fewer }, "limited", "/fewer has no controller io", "+io > cgroup.subtree"],
	["limit.io", "read-only", { host: readOnly }, "limited", "/fixed is mounted read-only", "mount -o remount,rw"],
	["limit.io", "not looked at", { host: { controlGroups: undefined } }, "unknown", "cannot be looked at"],
	["kernel", "old", { host: { kernel: 504, kernelRelease: "5.4.0" } }, "limited", "Linux 5.4.0", "Linux 5.13"],
	["container", "Docker", { files: { "/.dockerenv": "" } }, "ok", "a Docker container"],
	["container", "Podman", { variables: { container: "podman" } }, "ok", "a Podman container"],
	["container", "Kubernetes", { files: { "/proc/self/cgroup": "0::/kubepods/x\n" } }, "ok", "a pod of Kubernetes"],
	["container", "WSL", { host: { kernelRelease: "5.15.90.1-microsoft-standard-WSL2" } }, "ok", "WSL"],
	["container", "systemd-nspawn", { files: { "/run/systemd/container": "systemd-nspawn\n" } }, "ok", "systemd-nspawn"],
	[
		"program",
		"file capabilities",
		{ stats: { "/usr/bin/ns": { capable: true } } },
		"limited",
		"file capabilities",
		"setcap -r /usr/bin/ns",
	],
	[
		"runtime",
		"of another",
		{ stats: { "/run/user/1000": { type: "directory", uid: 7 } } },
		"missing",
		"belongs to user 7",
		"chown 1000",
	],
	[
		"runtime",
		"not said, but there",
		{
			variables: { XDG_RUNTIME_DIR: "" },
			stats: { "/run/user/1000": { type: "directory", uid: 1000, writable: true } },
		},
		"ok",
		"/run/user/1000/nskit can be used",
	],
	[
		"runtime",
		"neither said nor there",
		{
			variables: { XDG_RUNTIME_DIR: "" },
			stats: { "/run/user/1000": { uid: 7 }, "/tmp": { type: "directory", writable: true } },
		},
		"ok",
		"/tmp/nskit-1000 is used",
	],
	[
		"runtime",
		"that somebody else has in /tmp",
		{
			variables: { XDG_RUNTIME_DIR: "" },
			stats: {
				"/run/user/1000": { uid: 7 },
				"/tmp": { type: "directory", writable: true },
				"/tmp/nskit-1000": { type: "directory", uid: 7 },
			},
		},
		"missing",
		"/tmp/nskit-1000 cannot be used",
		"set it to a directory of yours",
	],
	[
		"runtime",
		"root's own",
		{ host: root, stats: { "/run": { type: "directory", writable: true } } },
		"ok",
		"/run/nskit",
	],
	[
		"runtime",
		"one that others write to",
		{ host: root, stats: { "/run": { type: "directory", writable: true }, "/run/nskit": { mode: 0o777 } } },
		"missing",
		"others may write to /run/nskit",
		"chmod go-w",
	],
];

describe("a finding", () => {
	for (const [id, title, machine, state, found, remedy] of table) {
		test(`${id}: ${title}`, () => {
			const finding = findingOf(id, machine);
			expect(finding).toMatchObject({ id, state, found: expect.stringContaining(found) });
			if (remedy === undefined) expect(finding.remedy).toBeUndefined();
			else expect(finding.remedy).toContain(remedy);
		});
	}
});

describe("the table of checks", () => {
	test("has each id once, and a group that is shown, in one piece", () => {
		const ids = checks.map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
		const order = checks.map(({ group }) => group).filter((group, i, all) => group !== all[i - 1]);
		expect(order).toEqual([...groups]);
	});

	test("judges by every attempt there is", () => {
		const asked = new Set<string>();
		const facts = factsOf();
		const outcome: typeof facts.outcome = (id) => {
			asked.add(id);
			return facts.outcome(id);
		};
		diagnose({ ...facts, outcome });
		expect(attempts.map(({ id }) => id).filter((id) => !asked.has(id))).toEqual([]);
	});

	test("finds nothing wrong where nothing is", () => {
		const { ok, findings, caller, version } = diagnose(factsOf());
		expect(findings.filter(({ state }) => state !== "ok")).toEqual([]);
		expect({ ok, caller, version }).toEqual({
			ok: true,
			caller: { uid: 1000, gid: 100, privileged: false },
			version: 1,
		});
	});

	test("says what is lost of everything that is missing, whatever fails", () => {
		for (const code of ["EPERM", "ENOSYS", "EINVAL", "ENOENT", "EACCES"]) {
			const outcome = () => refused(code, "openat");
			for (const { id, state, lost } of diagnose({ ...factsOf(), outcome }).findings)
				expect([id, state === "ok" || state === "unknown" || (lost?.length ?? 0) > 10]).toEqual([id, true]);
		}
	});

	test("is not ok where only what is essential is unknown", () => {
		expect(diagnose(factsOf({ outcomes: { run: { came: "late" } } })).ok).toBe(false);
		expect(diagnose(factsOf({ outcomes: { overlay: refused("EPERM") } })).ok).toBe(true);
	});
});
