import { describe, expect, test } from "bun:test";
import { importNsjail } from "../../../src/profile/import/nsjail.ts";
import { nsjailLacking } from "../../../src/profile/import/nsjail-lacking.ts";
import { nsjailConfig } from "../../../src/profile/import/nsjail-schema.ts";
import { around, lacking, wrong } from "./around.ts";

const read = (source: string) => importNsjail(source === "" ? "# nothing" : source, around);

/** Limits that nobody sets are listed in one line, because nsjail lowers hard limits with them. */
const always = "rlimit_*_type: SOFT of nproc, stack, memlock, rtprio, msgqueue";
const missing = (source: string) => lacking(read(source)).filter((what) => what !== always);

/** Every field that is in the profile, as it may be written. */
const mapped: Readonly<Record<string, string>> = {
	mode: "mode: RERUN",
	hostname: 'hostname: "x"',
	cwd: 'cwd: "/x"',
	port: "mode: LISTEN port: 80 max_conns: 9",
	bindhost: 'mode: LISTEN port: 80 max_conns: 9 bindhost: "::1"',
	max_conns: "mode: LISTEN port: 80 max_conns: 3",
	time_limit: "time_limit: 5",
	daemon: "daemon: true",
	nice_level: "nice_level: 3",
	keep_env: "keep_env: true",
	envar: 'envar: "A=B"',
	keep_caps: "keep_caps: true",
	cap: 'cap: "CAP_KILL"',
	silent: "silent: true",
	skip_setsid: "skip_setsid: true",
	stderr_to_null: "stderr_to_null: true",
	pass_fd: "pass_fd: 7",
	disable_no_new_privs: "disable_no_new_privs: true",
	oom_score_adj: "oom_score_adj: 5",
	rlimit_as: "rlimit_as: 5",
	rlimit_as_type: "rlimit_as_type: INF",
	rlimit_core: "rlimit_core: 5",
	rlimit_core_type: "rlimit_core_type: INF",
	rlimit_cpu: "rlimit_cpu: 5",
	rlimit_cpu_type: "rlimit_cpu_type: INF",
	rlimit_fsize: "rlimit_fsize: 5",
	rlimit_fsize_type: "rlimit_fsize_type: INF",
	rlimit_nofile: "rlimit_nofile: 5",
	rlimit_nofile_type: "rlimit_nofile_type: INF",
	rlimit_nproc: "rlimit_nproc: 5 rlimit_nproc_type: VALUE",
	rlimit_nproc_type: "rlimit_nproc_type: INF",
	rlimit_stack: "rlimit_stack: 5 rlimit_stack_type: VALUE",
	rlimit_stack_type: "rlimit_stack_type: INF",
	rlimit_memlock: "rlimit_memlock: 5 rlimit_memlock_type: VALUE",
	rlimit_memlock_type: "rlimit_memlock_type: INF",
	rlimit_rtprio: "rlimit_rtprio: 5 rlimit_rtprio_type: VALUE",
	rlimit_rtprio_type: "rlimit_rtprio_type: INF",
	rlimit_msgqueue: "rlimit_msgqueue: 5 rlimit_msgqueue_type: VALUE",
	rlimit_msgqueue_type: "rlimit_msgqueue_type: INF",
	disable_rl: "disable_rl: true",
	persona_addr_compat_layout: "persona_addr_compat_layout: true",
	persona_mmap_page_zero: "persona_mmap_page_zero: true",
	persona_addr_limit_3gb: "persona_addr_limit_3gb: true",
	persona_addr_no_randomize: "persona_addr_no_randomize: true",
	clone_newnet: "clone_newnet: false",
	clone_newuser: "clone_newuser: false",
	clone_newns: "clone_newns: false",
	clone_newpid: "clone_newpid: false",
	clone_newipc: "clone_newipc: false",
	clone_newuts: "clone_newuts: false",
	clone_newcgroup: "clone_newcgroup: false",
	clone_newtime: "clone_newtime: true",
	uidmap: 'uidmap { inside_id: "0" outside_id: "" count: 1 }',
	gidmap: 'gidmap { inside_id: "0" outside_id: "9" count: 7 }',
	mount_proc: "mount_proc: true",
	mount: 'mount { src: "/x" dst: "/x" is_bind: true }',
	iface_no_lo: "iface_no_lo: true",
	exec_bin: 'exec_bin { path: "/bin/x" arg: "y" }',
	disable_tsc: "disable_tsc: true",
	use_core_scheduling: "use_core_scheduling: true",
	cgroup_mem_max: "cgroup_mem_max: 1048576",
	cgroup_mem_memsw_max: "cgroup_mem_max: 1048576 cgroup_mem_memsw_max: 1048577",
	cgroup_mem_swap_max: "cgroup_mem_swap_max: 0",
	cgroup_mem_parent: 'cgroup_mem_max: 1048576 cgroup_mem_parent: "J"',
	cgroup_pids_max: "cgroup_pids_max: 5",
	cgroup_pids_parent: 'cgroup_pids_max: 5 cgroup_pids_parent: "J"',
	cgroup_net_cls_classid: "cgroup_net_cls_classid: 16",
	cgroup_net_cls_parent: 'cgroup_net_cls_classid: 16 cgroup_net_cls_parent: "J"',
	cgroup_cpu_ms_per_sec: "cgroup_cpu_ms_per_sec: 500",
	cgroup_cpu_parent: 'cgroup_cpu_ms_per_sec: 500 cgroup_cpu_parent: "J"',
	iface_own: 'iface_own: "eth1"',
	macvlan_iface: 'macvlan_iface: "eth0"',
	macvlan_vs_ip: 'macvlan_iface: "eth0" macvlan_vs_ip: "10.0.0.2"',
	macvlan_vs_nm: 'macvlan_iface: "eth0" macvlan_vs_ip: "10.0.0.2" macvlan_vs_nm: "255.240.0.0"',
	macvlan_vs_gw: 'macvlan_iface: "eth0" macvlan_vs_ip: "10.0.0.2" macvlan_vs_gw: "10.0.0.1"',
	macvlan_vs_ma: 'macvlan_iface: "eth0" macvlan_vs_ma: "02:00:00:00:00:01"',
	macvlan_vs_mo: 'macvlan_iface: "eth0" macvlan_vs_mo: "bridge"',
	user_net: "user_net { backend: PASTA }",
};

/** Fields whose values are listed one way or the other. */
const sometimes: Readonly<Record<string, string>> = { forward_signals: "forward_signals: false" };

/** A value that asks for something. */
function sample(name: string): string {
	const type = nsjailConfig.fields[name]?.type;
	if (type === "string") return `${name}: "x"`;
	if (type === "bool") return `${name}: true`;
	if (typeof type === "string") return `${name}: 5`;
	return type && "fields" in type ? `${name} { }` : `${name}: ${(type as readonly string[])[2]}`;
}

describe("every field of nsjail", () => {
	test("is in the profile or listed as missing", () => {
		const known = [...Object.keys(mapped), ...Object.keys(sometimes), ...Object.keys(nsjailLacking)];
		expect(known.toSorted()).toEqual(Object.keys(nsjailConfig.fields).toSorted());
	});

	test.each(Object.entries(mapped))("%s is in the profile", (name, source) => {
		const imported = read(source);
		expect([wrong(imported), missing(source).filter((what) => !what.startsWith("rlimit"))]).toEqual([[], []]);
		const before = read(name === "max_conns" || name === "bindhost" ? "mode: LISTEN port: 80 max_conns: 9" : "");
		expect(imported.profile).not.toEqual(before.profile);
	});

	test.each([...Object.keys(nsjailLacking), ...Object.keys(sometimes)])("%s is listed", (name) => {
		const source = sometimes[name] ?? sample(name);
		expect(wrong(read(source))).toEqual([]);
		expect(missing(source).map((what) => what.split(":")[0])).toContain(name);
	});

	test("is not listed where it asks for nothing", () => {
		expect(missing('cgroup_mem_max: 0 cgroup_mem_swap_max: -1 use_cgroupv2: false macvlan_vs_ma: ""')).toEqual([]);
		expect(read("cgroup_mem_max: 0 cgroup_mem_swap_max: -1").profile.resources).toBeUndefined();
	});
});

describe("limits of nsjail", () => {
	const resources = (source: string) => read(source).profile.resources;

	test("are those of a control group", () => {
		const source =
			"cgroup_mem_max: 1048576 cgroup_mem_memsw_max: 3145728 cgroup_pids_max: 9 cgroup_cpu_ms_per_sec: 250";
		expect(resources(source)).toEqual({ memory: 1_048_576, swap: 2_097_152, pids: 9, cpus: 0.25 });
		expect(resources("cgroup_mem_swap_max: 0 cgroup_net_cls_classid: 4097")).toEqual({
			...{ swap: 0, raw: { "net_cls.classid": "0x1001" } },
		});
		expect(resources("cgroup_mem_max: 18446744073709551615")).toBeUndefined();
	});

	test("are below one group, where all that are named are the same", () => {
		const both = 'cgroup_mem_max: 1048576 cgroup_pids_max: 9 cgroup_mem_parent: "/J" cgroup_pids_parent: ';
		expect(resources(`${both}"J"`)).toMatchObject({ parent: "/J" });
		expect(resources(`${both}"K"`)).not.toHaveProperty("parent");
		expect(missing(`${both}"K"`)).toEqual(["cgroup_mem_parent", "cgroup_pids_parent"]);
		expect(missing('cgroup_mem_parent: "J"')).toEqual(["cgroup_mem_parent"]);
	});

	test("that contradict each other are wrong, and one below the kernel's least is raised and listed", () => {
		expect(wrong(read("cgroup_mem_memsw_max: 9 cgroup_mem_swap_max: 9"))).toHaveLength(1);
		expect(wrong(read("cgroup_mem_memsw_max: 9 cgroup_mem_max: 10"))).toHaveLength(1);
		expect(resources("cgroup_cpu_ms_per_sec: 3")).toEqual({ cpus: 0.01 });
		expect(missing("cgroup_cpu_ms_per_sec: 3")).toEqual(["cgroup_cpu_ms_per_sec: 3"]);
	});
});

describe("the network of nsjail", () => {
	test("has interfaces in nsjail's order and under its names", () => {
		const source = `iface_own: "a" iface_own: "b" macvlan_iface: "eth0" macvlan_vs_ip: "10.0.0.2"
			macvlan_vs_nm: "255.240.0.0" macvlan_vs_gw: "10.0.0.1" macvlan_vs_ma: "02:00:00:00:00:01" macvlan_vs_mo: "vepa"`;
		expect(read(source).profile.net).toEqual({
			loopback: true,
			links: [
				{ kind: "move", host: "a" },
				{ kind: "move", host: "b" },
				{
					...{ kind: "macvlan", parent: "eth0", name: "vs", mode: "vepa", mac: "02:00:00:00:00:01" },
					...{ addresses: ["10.0.0.2/12"], gateways: ["10.0.0.1"] },
				},
			],
		});
	});

	test("has no address where none is said", () => {
		expect(read('macvlan_iface: "eth0"').profile.net).toEqual({
			...{ loopback: true, links: [{ kind: "macvlan", parent: "eth0", name: "vs", mode: "private" }] },
		});
	});

	test("is the internet through pasta, with its ports", () => {
		const source = `user_net { backend: PASTA pasta { ip6_enabled: false map_gw: true
			tcp_map_in: "8080:80,127.0.0.1/9000-9001,::1/53:5353,auto" udp_map_in: "53" } }`;
		expect(read(source).profile.net).toEqual({
			...{ loopback: true, internet: { ipv6: false, mapHost: true } },
			publish: ["8080:80", "127.0.0.1:9000-9001:9000-9001", "[::1]:53:5353", "53:53/udp"],
		});
		expect(missing(source)).toEqual(["user_net.pasta.tcp_map_in: auto"]);
	});

	test.each([
		["user_net { }", ["user_net.backend: NSTUN"]],
		['user_net { backend: PASTA ip4: "10.0.0.2" ns_iface: "x" }', ["user_net.ip4", "user_net.ns_iface"]],
		["user_net { backend: PASTA rule4 { } pasta { nat: false } }", ["user_net.rule4", "user_net.pasta.nat"]],
		[
			'user_net { backend: PASTA pasta { mask4: "x" tcp_map_out: "9" dns_forward: "x" } }',
			["user_net.pasta.mask4", "user_net.pasta.tcp_map_out", "user_net.pasta.dns_forward"],
		],
		['macvlan_vs_ip: "10.0.0.2"', ["macvlan_vs_ip"]],
		['clone_newnet: false iface_own: "a" user_net { }', ["iface_own", "user_net"]],
	])("%s lists what is missing", (source, names) => {
		expect([wrong(read(source)), missing(source)]).toEqual([[], [...names]]);
	});

	test("of a wrong mask or mode is wrong", () => {
		const source = 'macvlan_iface: "e" macvlan_vs_ip: "10.0.0.2" macvlan_vs_nm: "255.0.255.0" macvlan_vs_mo: "x"';
		expect(wrong(read(source))).toHaveLength(2);
	});
});

describe("`importNsjail`", () => {
	test("says what nsjail does when nothing is said", () => {
		expect([read("").profile, lacking(read(""))]).toEqual([
			{
				mount: {
					root: { type: "tmpfs", size: 16 * 1024 * 1024 },
					proc: false,
					mounts: [{ type: "remount", target: "/" }],
				},
				...{ pid: { init: false }, net: { loopback: true }, ipc: true, cgroup: true, time: false },
				uts: { hostname: "NSJAIL" },
				user: { map: "self" },
				identity: { uid: 1000, gid: 100 },
				capabilities: { drop: "all", noNewPrivileges: true },
				priority: { nice: 19 },
				limits: { as: 4096 * 1024 * 1024, core: 0, cpu: 600, fsize: 1024 * 1024, nofile: 32 },
				command: { cwd: "/" },
				environment: { clear: true },
				terminal: { session: "new" },
				lifetime: { timeout: 600, killSignal: "SIGKILL" },
			},
			[always],
		]);
	});

	test("reads JSON to the same profile", () => {
		const text =
			'mode: ONCE time_limit: 0 rlimit_as_type: HARD mount { dst: "/f" src_content: "\\377" } envar: "A=B" uidmap { inside_id: "5" }';
		const json = { mode: 1, timeLimit: "0", rlimit_as_type: "HARD", mount: [{ dst: "/f", srcContent: "/w==" }] };
		const more = { envar: ["A=B"], uidmap: [{ insideId: "5" }], hostname: null };
		expect(read(JSON.stringify({ ...json, ...more }))).toEqual(read(text));
	});

	test("mounts in order, read-only unless rw is said", () => {
		const source = `
			mount { src: "/lib" dst: "/lib" is_bind: true }
			mount { prefix_src_env: "HOME" src: "/x" prefix_dst_env: "HOME" dst: "/y" is_bind: true rw: true mandatory: false nosuid: true nodev: true noexec: true }
			mount { dst: "/tmp" fstype: "tmpfs" rw: true options: "size=8M,mode=1777,nr_inodes=9" }
			mount { dst: "/proc" fstype: "proc" options: "hidepid=2" }
			mount { src: "/a" dst: "/b" is_symlink: true }
			mount { dst: "/etc/x" src_content: "hello" }
			mount { dst: "/sys" fstype: "sysfs" }
			mount { dst: "/k" fstype: "ext4" }`;
		expect(missing(source)).toEqual(["nr_inodes=9 of /tmp", "mount of /k"]);
		expect(read(source).profile.mount).toMatchObject({
			proc: { hidePid: "invisible" },
			mounts: [
				{ type: "bind", source: "/lib", target: "/lib", readOnly: true },
				...[{ source: "/home/me/x", target: "/home/me/y", noSuid: true, noDev: true, noExec: true, optional: true }],
				{ type: "tmpfs", target: "/tmp", size: "8M", mode: 0o1777 },
				{ type: "read-only", target: "/proc" },
				{ type: "symlink", to: "/a", target: "/b" },
				{ type: "file", content: "hello", target: "/etc/x", readOnly: true },
				{ type: "sys", target: "/sys" },
				{ type: "read-only", target: "/sys" },
				{ type: "remount", target: "/" },
			],
		});
	});

	test("takes a mount at / for the root", () => {
		expect(read('mount { src: "/r" dst: "/" is_bind: true }').profile.mount).toEqual({
			...{ root: "/r", proc: false, mounts: [{ type: "read-only", target: "/" }] },
		});
		expect(read('mount { src: "/" dst: "/" is_bind: true rw: true }').profile.mount).toEqual({
			proc: false,
			mounts: [],
		});
	});

	test("looks for the command in no PATH, as execv(3)", () => {
		expect(read('exec_bin { path: "sh" arg: "-c" }').profile.command).toEqual({
			...{ argv: ["./sh", "-c"], argv0: "sh", cwd: "/" },
		});
	});

	test("keeps the capabilities that are named, and passes variables on by name", () => {
		expect(read('cap: "CAP_KILL" envar: "LANG" envar: "A=1=2"').profile).toMatchObject({
			capabilities: { drop: "all", add: ["CAP_KILL"], keep: true },
			environment: { clear: true, keep: ["LANG"], set: { A: "1=2" } },
		});
	});

	test("puts the built-in filter in the place of a policy of Kafel, and says so", () => {
		const imported = read('seccomp_string: "KILL { ptrace }"');
		expect([imported.profile.seccomp, missing('seccomp_string: "x"')]).toEqual([
			{ profile: "default" },
			["seccomp_string"],
		]);
	});

	test("a limit beyond all numbers is none", () => {
		expect(read("rlimit_as: 18446744073709551615").profile.limits).toMatchObject({ as: "unlimited" });
	});

	test.each([
		[" ", "is empty"],
		["nonsense: 1", "1:1: there is no field nonsense"],
		["mode: SOMETIMES", "is not one of LISTEN"],
		["port: -1", "is not a whole number from 0"],
		["port: 4294967296", "is not a whole number"],
		["keep_env: maybe", "true or false"],
		["keep_env: true keep_env: true", "more than once"],
		["mount: 1", "is not a message"],
		["mount { dst: 1 }", "mount.dst is not a text"],
		["mount { }", "has no dst"],
		['mount { dst: "/x" prefix_src_env: "NOPE" is_bind: true }', "no variable NOPE"],
		['uidmap { inside_id: "nobody" }', "uidmap"],
		["mode: LISTEN", "a port"],
		['cap: "ALL"', "no capability"],
		['envar: "=x"', "has no name"],
		["{", "cannot be read"],
		['{ "nonsense": 1 }', "no field nonsense"],
		['{ "mount": {} }', "is no list"],
		['{ "port": "x" }', "is not a whole number"],
		['{ "keep_env": 1 }', "true or false"],
		['{ "timeLimit": 1, "time_limit": 2 }', "more than once"],
		['{ "mount": [{ "dst": "/x", "src_content": "?" }] }', "src_content"],
		['{ "__proto__": 1 }', "no field __proto__"],
		["x".repeat(4 * 1024 * 1024 + 1), "longer than"],
	])("refuses %p", (source, message) => {
		expect(wrong(importNsjail(source, around)).join("\n")).toContain(message);
	});
});
