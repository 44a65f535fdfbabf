import { describe, expect, test } from "bun:test";
import { importOci } from "../../../src/profile/import/oci.ts";
import { around, complete, lacking, wrong } from "./around.ts";

const all = ["mount", "pid", "network", "uts", "ipc", "user", "cgroup", "time"].map((type) => ({ type }));

/** A configuration with these members over the least there can be; `linux` and `process` are laid over theirs. */
const config = (more: Record<string, unknown> = {}, linux: object = {}, process: object = {}) => ({
	ociVersion: "1.2.0",
	root: { path: "rootfs" },
	process: { cwd: "/", args: ["sh"], capabilities: {}, ...process },
	linux: { namespaces: all, ...linux },
	...more,
});
const read = (value: unknown) => importOci(JSON.stringify(value), around);
const process = (more: object) => read(config({}, {}, more));
const linux = (more: object) => read(config({}, more));
const mount = (one: object) => read(config({ mounts: [{ destination: "/m", ...one }] }));
const limits = (resources: object) => linux({ resources });
const of = (name: string) => `linux.resources.${name}`;
const hook = [{ path: "/x" }];

/** Every property of the specification, 1.3, as it may be written, with what is listed as missing then. */
const everyProperty: readonly (readonly [name: string, value: ReturnType<typeof read>, missing: readonly string[]])[] =
	[
		["root.readonly", read(config({ root: { path: "r", readonly: true } })), []],
		["hostname", read(config({ hostname: "x" })), []],
		["domainname", read(config({ domainname: "x" })), []],
		["mounts", mount({ type: "tmpfs" }), []],
		["mounts.uidMappings", mount({ type: "bind", source: "/x", uidMappings: [] }), ["mounts[0].uidMappings"]],
		["mounts.gidMappings", mount({ type: "bind", source: "/x", gidMappings: [] }), ["mounts[0].gidMappings"]],
		...["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"].map(
			(name) => [`hooks.${name}`, read(config({ hooks: { [name]: hook } })), [`hooks.${name}`]] as const,
		),
		["annotations", read(config({ annotations: { a: "b" } })), ["annotations"]],
		...["solaris", "windows", "vm", "zos", "freebsd"].map(
			(name) => [name, read(config({ [name]: {} })), [name]] as const,
		),
		["process.args", process({ args: ["ls"] }), []],
		["process.cwd", process({ cwd: "/x" }), []],
		["process.env", process({ env: ["A=B"] }), []],
		["process.terminal", process({ terminal: true }), []],
		["process.consoleSize", process({ consoleSize: { height: 1, width: 1 } }), ["process.consoleSize"]],
		["process.commandLine", process({ commandLine: "x" }), ["process.commandLine"]],
		["process.user.uid", process({ user: { uid: 5 } }), []],
		["process.user.gid", process({ user: { gid: 5 } }), []],
		["process.user.umask", process({ user: { umask: 18 } }), []],
		["process.user.additionalGids", process({ user: { additionalGids: [5] } }), []],
		["process.user.username", process({ user: { username: "x" } }), ["process.user.username"]],
		["process.capabilities.bounding", process({ capabilities: { bounding: ["CAP_KILL"] } }), []],
		...["permitted", "effective", "inheritable"].map(
			(set) =>
				[
					`process.capabilities.${set}`,
					process({ capabilities: { [set]: ["CAP_KILL"] } }),
					[`process.capabilities.${set}: CAP_KILL`],
				] as const,
		),
		["process.capabilities.ambient", process({ user: { uid: 1 }, capabilities: { ambient: ["CAP_KILL"] } }), []],
		["process.rlimits", process({ rlimits: [{ type: "RLIMIT_NOFILE", soft: 5, hard: 9 }] }), []],
		["process.noNewPrivileges", process({ noNewPrivileges: true }), []],
		["process.apparmorProfile", process({ apparmorProfile: "x" }), ["process.apparmorProfile"]],
		["process.selinuxLabel", process({ selinuxLabel: "x" }), ["process.selinuxLabel"]],
		["process.oomScoreAdj", process({ oomScoreAdj: 5 }), []],
		["process.ioPriority", process({ ioPriority: { class: "IOPRIO_CLASS_BE", priority: 3 } }), []],
		["process.scheduler.policy", process({ scheduler: { policy: "SCHED_RR", priority: 3 } }), []],
		["process.scheduler.nice", process({ scheduler: { policy: "SCHED_BATCH", nice: 3 } }), []],
		...["flags", "runtime", "deadline", "period"].map(
			(name) =>
				[
					`process.scheduler.${name}`,
					process({ scheduler: { policy: "SCHED_OTHER", [name]: 1 } }),
					[`process.scheduler.${name}`],
				] as const,
		),
		[
			"process.scheduler: SCHED_DEADLINE",
			process({ scheduler: { policy: "SCHED_DEADLINE" } }),
			["process.scheduler.policy"],
		],
		["process.execCPUAffinity", process({ execCPUAffinity: { initial: "0" } }), ["process.execCPUAffinity"]],
		["linux.namespaces", linux({ namespaces: [{ type: "mount" }, { type: "network", path: "/run/netns/x" }] }), []],
		["linux.uidMappings", linux({ uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }] }), []],
		["linux.gidMappings", linux({ gidMappings: [{ containerID: 0, hostID: 100, size: 1 }] }), []],
		["linux.netDevices", linux({ netDevices: { eth1: { name: "lan" } } }), []],
		...["devices", "cgroupsPath", "mountLabel", "intelRdt", "memoryPolicy"].map(
			(name) => [`linux.${name}`, linux({ [name]: "x" }), [`linux.${name}`]] as const,
		),
		["linux.resources.unified", limits({ unified: { "memory.oom.group": "1" } }), []],
		["linux.resources.pids", limits({ pids: { limit: 5 } }), []],
		["linux.resources.network.classID", limits({ network: { classID: 5 } }), []],
		["linux.resources.network.priorities", limits({ network: { priorities: [] } }), [of("network.priorities")]],
		...["devices", "hugepageLimits", "rdma", "newer"].map(
			(name) => [of(name), limits({ [name]: [] }), [of(name)]] as const,
		),
		...["limit", "reservation"].map(
			(name) => [of(`memory.${name}`), limits({ memory: { [name]: 2 ** 20 } }), []] as const,
		),
		["linux.resources.memory.swap", limits({ memory: { limit: 2 ** 20, swap: 2 ** 21 } }), []],
		...["kernel", "kernelTCP", "swappiness", "disableOOMKiller", "useHierarchy", "checkBeforeUpdate", "newer"].map(
			(name) => [of(`memory.${name}`), limits({ memory: { [name]: 1 } }), [of(`memory.${name}`)]] as const,
		),
		...["quota", "shares"].map((name) => [of(`cpu.${name}`), limits({ cpu: { [name]: 5000 } }), []] as const),
		["linux.resources.cpu.period", limits({ cpu: { quota: 5000, period: 10_000 } }), []],
		...["cpus", "mems"].map((name) => [of(`cpu.${name}`), limits({ cpu: { [name]: "0" } }), []] as const),
		...["realtimeRuntime", "realtimePeriod", "burst", "idle", "newer"].map(
			(name) => [of(`cpu.${name}`), limits({ cpu: { [name]: 1 } }), [of(`cpu.${name}`)]] as const,
		),
		["linux.resources.blockIO.weight", limits({ blockIO: { weight: 500 } }), []],
		...["throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"].map(
			(name) => [of(name), limits({ blockIO: { [name]: [{ major: 8, minor: 0, rate: 9 }] } }), []] as const,
		),
		...["leafWeight", "weightDevice", "newer"].map(
			(name) => [of(`blockIO.${name}`), limits({ blockIO: { [name]: [] } }), [of(`blockIO.${name}`)]] as const,
		),
		["linux.rootfsPropagation", linux({ rootfsPropagation: "slave" }), []],
		["linux.rootfsPropagation: shared", linux({ rootfsPropagation: "shared" }), ["linux.rootfsPropagation: shared"]],
		["linux.seccomp", linux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW" } }), []],
		...["listenerPath", "listenerMetadata"].map(
			(name) =>
				[
					`linux.seccomp.${name}`,
					linux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW", [name]: "x" } }),
					[`linux.seccomp.${name}`],
				] as const,
		),
		["linux.sysctl", linux({ sysctl: { "net.ipv4.ip_forward": "1" } }), []],
		["linux.maskedPaths", linux({ maskedPaths: ["/x"] }), []],
		["linux.readonlyPaths", linux({ readonlyPaths: ["/x"] }), []],
		["linux.personality", linux({ personality: { domain: "LINUX32" } }), []],
		["linux.timeOffsets", linux({ timeOffsets: { monotonic: { secs: 5 }, boottime: { secs: -1, nanosecs: 5 } } }), []],
		["unknown", read(config({ newer: 1 })), ["newer"]],
		["linux.unknown", linux({ newer: 1 }), ["linux.newer"]],
		["process.unknown", process({ newer: 1 }), ["process.newer"]],
	];

describe("every property of the OCI specification", () => {
	test.each(everyProperty)("%s is in the profile or listed", (name, imported, missing) => {
		expect([wrong(imported), lacking(imported)]).toEqual([[], [...missing]]);
		const before = read(config()).profile;
		const isTheSame = missing.length > 0 && !name.startsWith("mounts") && !name.startsWith("process.s");
		if (missing.length === 0) expect(imported.profile).not.toEqual(before);
		else if (isTheSame && !name.startsWith("linux.seccomp")) expect(imported.profile).toEqual(before);
	});
});

describe("limits of an OCI configuration", () => {
	test("are those of a control group, in its words", () => {
		const imported = limits({
			memory: { limit: 2 ** 20, swap: 3 * 2 ** 20, reservation: 2 ** 19 },
			cpu: { quota: 150_000, period: 100_000, shares: 512, cpus: "0-1", mems: "0" },
			pids: { limit: -1 },
			blockIO: {
				weight: 1000,
				throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 9 }],
				throttleWriteIOPSDevice: [
					{ major: 8, minor: 0, rate: 7 },
					{ major: 8, minor: 16, rate: 6 },
				],
			},
			unified: { "memory.oom.group": "1" },
		});
		expect(complete(imported).resources).toEqual({
			...{ memory: 2 ** 20, swap: 2 ** 21, memoryLow: 2 ** 19 },
			...{ cpus: 1.5, cpuWeight: 50, cpuset: "0-1", memoryNodes: "0", pids: "max", ioWeight: 10_000 },
			io: [
				{ device: "8:0", readBytes: 9, writeOperations: 7 },
				{ device: "8:16", writeOperations: 6 },
			],
			raw: { "memory.oom.group": "1" },
		});
	});

	test("that limit nothing are none", () => {
		expect(complete(limits({ memory: { limit: -1, swap: -1 }, cpu: { quota: -1, shares: 0 } })).resources).toEqual({
			...{ memory: "max", swap: "max", cpus: "max" },
		});
		expect(complete(limits({ memory: {}, cpu: {} })).resources).toBeUndefined();
	});

	test("of swap count memory in", () => {
		expect(wrong(limits({ memory: { swap: 5 } }))).toHaveLength(1);
		expect(wrong(limits({ memory: { limit: 2 ** 20, swap: 2 ** 19 } }))).toHaveLength(1);
	});

	test("interfaces are moved, and into a new network namespace only", () => {
		const imported = linux({ netDevices: { eth1: { name: "lan" }, eth2: {} } });
		expect(complete(imported).net).toEqual({
			links: [
				{ kind: "move", host: "eth1", name: "lan" },
				{ kind: "move", host: "eth2" },
			],
		});
		expect(lacking(linux({ namespaces: [{ type: "mount" }], netDevices: { eth1: {} } }))).toEqual([
			"linux.netDevices.eth1",
		]);
	});
});

describe("`importOci`", () => {
	test("says what is so when little is said", () => {
		expect(complete(read(config()))).toEqual({
			...{ pid: { init: false }, net: true, ipc: true, uts: true, cgroup: true, time: true, user: { map: "none" } },
			mount: { root: "/home/me/work/rootfs", proc: false, mounts: [] },
			command: { argv: ["sh"], cwd: "/" },
			environment: { clear: true },
			terminal: { session: "new" },
			identity: { uid: 0, gid: 0 },
			capabilities: { drop: "all", noNewPrivileges: false },
		});
	});

	test("makes the namespaces that are named, enters those with a path, and no others", () => {
		const namespaces = [{ type: "network", path: "/run/netns/x" }, { type: "mount" }];
		expect(complete(linux({ namespaces }))).toMatchObject({
			...{ net: { join: "/run/netns/x" }, pid: false, ipc: false, uts: false, cgroup: false, time: false, user: false },
		});
	});

	test("mounts in order, with what each option means", () => {
		const mounts = [
			{ destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "hidepid=2"] },
			{ destination: "/dev", type: "tmpfs", options: ["nosuid", "mode=755", "size=65536k"] },
			{ destination: "/dev/pts", type: "devpts", options: ["newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
			{ destination: "/dev/shm", type: "tmpfs", options: ["noexec", "mode=1777", "size=64m"] },
			{ destination: "/dev/mqueue", type: "mqueue" },
			{ destination: "/sys", type: "sysfs", options: ["ro"] },
			{ destination: "/data", type: "bind", source: "data", options: ["rbind", "rro", "nodev", "nosymfollow"] },
			{ destination: "/o", type: "overlay", options: ["lowerdir=/a:/b"] },
		];
		const { mount } = complete(
			read(config({ mounts, root: { path: "/r", readonly: true } }, { maskedPaths: ["/proc/kcore"] })),
		);
		expect(mount).toEqual({
			root: "/r",
			proc: { hidePid: "invisible" },
			mounts: [
				{ type: "dev", target: "/dev" },
				{ type: "tmpfs", target: "/dev/shm", mode: 0o1777, size: "64m", noExec: true },
				{ type: "mqueue", target: "/dev/mqueue" },
				{ type: "sys", target: "/sys" },
				{ type: "read-only", target: "/sys" },
				{ type: "bind", source: "/home/me/work/data", target: "/data", readOnly: true, noDev: true, noSymlinks: true },
				{ type: "overlay", lower: ["/a", "/b"], target: "/o", writes: "nowhere" },
				{ type: "mask", target: "/proc/kcore", optional: true },
				{ type: "remount", target: "/" },
			],
		});
	});

	test.each([
		[{ type: "cgroup" }, "type: cgroup"],
		[{ type: "proc" }, "proc at /m"],
		[{ type: "devpts" }, "devpts"],
		[{ type: "tmpfs", options: ["uid=5"] }, "uid=5"],
		[{ type: "tmpfs", options: ["noatime"] }, "noatime"],
		[{ type: "tmpfs", options: ["tmpcopyup"] }, "tmpcopyup"],
		[{ type: "bind", source: "/x", options: ["bind"] }, "bind of /m"],
		[{ type: "bind", source: "/x", options: ["rbind", "rshared"] }, "rshared"],
		[{ type: "bind", source: "/x", options: ["rbind", "x-new"] }, "x-new"],
		[{ type: "overlay", options: ["lowerdir=/a", "upperdir=/u", "workdir=/w"] }, "upperdir"],
		[{ type: "mqueue", options: ["x"] }, "x of /m"],
	])("lists what a mount %p cannot have", (one, what) => {
		const imported = mount(one);
		expect(wrong(imported)).toEqual([]);
		expect(lacking(imported).join()).toContain(what);
	});

	test("gives user 0 the bounding set, and others what is ambient", () => {
		const capabilities = { bounding: ["CAP_KILL", "CAP_CHOWN"], ambient: ["CAP_KILL"] };
		expect(complete(process({ capabilities, noNewPrivileges: true })).capabilities).toEqual({
			...{ drop: "all", add: ["CAP_KILL", "CAP_CHOWN"], noNewPrivileges: true },
		});
		const other = process({ user: { uid: 7 }, capabilities });
		expect(other.profile.capabilities).toEqual({ drop: "all", add: ["CAP_KILL"], keep: true, noNewPrivileges: false });
		expect(lacking(other)).toEqual(["process.capabilities.bounding: CAP_CHOWN"]);
		expect(lacking(process({ capabilities: null }))).toEqual(["process.capabilities"]);
	});

	test("takes a seccomp profile over as it is, less what could change its meaning", () => {
		const rule = {
			names: ["clone"],
			action: "SCMP_ACT_ERRNO",
			errnoRet: 38,
			args: [{ index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
		};
		const seccomp = {
			defaultAction: "SCMP_ACT_KILL",
			architectures: ["SCMP_ARCH_X86_64"],
			flags: [],
			syscalls: [rule],
		};
		expect(complete(linux({ seccomp })).seccomp).toEqual({ profile: seccomp });
		const bad = (more: object) => wrong(linux({ seccomp: { ...seccomp, ...more } })).join();
		expect(bad({ newer: 1 })).toContain("newer");
		expect(bad({ syscalls: [{ ...rule, includes: {} }] })).toContain("includes");
		expect(bad({ defaultAction: undefined })).toContain("defaultAction is missing");
		expect(bad({ syscalls: [{ ...rule, args: [{ index: 0, value: 2 ** 60, op: "SCMP_CMP_EQ" }] }] })).toContain(
			"larger",
		);
	});

	test("writes clocks to the nanosecond, and limits beyond all numbers as none", () => {
		const timeOffsets = { monotonic: { secs: -2, nanosecs: 500_000_000 }, boottime: { secs: 3 } };
		expect(complete(linux({ timeOffsets })).time).toEqual({ monotonic: "-1.500000000s", boottime: "3.000000000s" });
		const source = JSON.stringify(config({}, {}, { rlimits: [{ type: "RLIMIT_AS", soft: 1, hard: 7 }] }));
		expect(importOci(source.replace("7", "18446744073709551615"), around).profile.limits).toEqual({
			as: { soft: 1, hard: "unlimited" },
		});
	});

	test.each([
		["", "cannot be read as JSON"],
		["[]", "is no object"],
		["{}", "ociVersion"],
		[JSON.stringify(config({ ociVersion: "2.0.0" })), "ociVersion"],
		[JSON.stringify(config({ root: {} })), "root.path is missing"],
		[JSON.stringify(config({ hostname: 5 })), "hostname is no text"],
		[JSON.stringify(config({ mounts: {} })), "mounts is no list"],
		[JSON.stringify(config({}, { namespaces: [{ type: "x" }] })), 'no namespace type "x"'],
		[JSON.stringify(config({}, { namespaces: [...all, { type: "user" }] })), "is there twice"],
		[JSON.stringify(config({}, { namespaces: [{ type: "mount" }, { type: "pid", path: "x" }] })), "not absolute"],
		[JSON.stringify(config({}, { namespaces: [{ type: "mount" }], uidMappings: [{}] })), "no user namespace"],
		[JSON.stringify(config({}, {}, { cwd: "x" })), "process.cwd"],
		[JSON.stringify(config({}, {}, { env: ["x"] })), "NAME=VALUE"],
		[JSON.stringify(config({}, {}, { rlimits: [{ type: "NOFILE", soft: 1, hard: 1 }] })), "no limit"],
		[JSON.stringify(config({}, {}, { rlimits: [{ type: "RLIMIT_AS", soft: -1, hard: 1 }] })), "soft is no number"],
		[JSON.stringify(config({}, {}, { user: { uid: "root" } })), "process.user.uid is no whole number"],
		[JSON.stringify(config({}, {}, { ioPriority: { class: "x" } })), "ioPriority.class"],
	])("refuses %p", (source, message) => {
		expect(wrong(importOci(source, around)).join("\n")).toContain(message);
	});

	test("a member called __proto__ is one like any other", () => {
		const source = JSON.stringify(config()).replace("{", '{"__proto__": {"polluted": 1},');
		expect(lacking(importOci(source, around))).toEqual(["__proto__"]);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
	});
});
