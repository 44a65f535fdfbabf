/** The messages of nsjail's configuration, as its config.proto has them (3.6 and after, to June 2026): names and types, and no more. */
import type { ProtoSchema } from "./proto.ts";

const mode = ["LISTEN", "ONCE", "RERUN", "EXECVE"] as const;
const logLevel = ["DEBUG", "INFO", "WARNING", "ERROR", "FATAL"] as const;
const rLimit = ["VALUE", "SOFT", "HARD", "INF"] as const;
const trafficAction = ["UNKNOWN_ACTION", "DROP", "REJECT", "ALLOW"] as const;
const ipFamily = ["IPV4", "IPV6"] as const;
const trafficRuleProtocol = ["UNKNOWN_PROTO", "TCP", "UDP", "ICMP", "ICMPV6"] as const;
const backend = ["NSTUN", "PASTA"] as const;
const direction = ["GUEST_TO_HOST", "HOST_TO_GUEST"] as const;
const nstunRuleAction = ["DROP", "REJECT", "ALLOW", "REDIRECT", "ENCAP_SOCKS5", "ENCAP_CONNECT"] as const;
const nstunRuleProtocol = ["ANY", "TCP", "UDP", "ICMP"] as const;

const idMap: ProtoSchema = {
	fields: {
		inside_id: { type: "string" },
		outside_id: { type: "string" },
		count: { type: "uint32" },
		use_newidmap: { type: "bool" },
	},
};

const mountPt: ProtoSchema = {
	fields: {
		src: { type: "string" },
		prefix_src_env: { type: "string" },
		src_content: { type: "bytes" },
		dst: { type: "string" },
		prefix_dst_env: { type: "string" },
		fstype: { type: "string" },
		options: { type: "string" },
		is_bind: { type: "bool" },
		rw: { type: "bool" },
		is_dir: { type: "bool" },
		mandatory: { type: "bool" },
		is_symlink: { type: "bool" },
		nosuid: { type: "bool" },
		nodev: { type: "bool" },
		noexec: { type: "bool" },
	},
};

const exe: ProtoSchema = {
	fields: {
		path: { type: "string" },
		arg: { type: "string", repeated: true },
		arg0: { type: "string" },
		exec_fd: { type: "bool" },
	},
};

const trafficRule: ProtoSchema = {
	fields: {
		src_ip: { type: "string" },
		dst_ip: { type: "string" },
		iif: { type: "string" },
		oif: { type: "string" },
		proto: { type: trafficRuleProtocol },
		sport: { type: "uint32" },
		dport: { type: "uint32" },
		sport_end: { type: "uint32" },
		dport_end: { type: "uint32" },
		action: { type: trafficAction },
		ip_family: { type: ipFamily },
	},
};

const pasta: ProtoSchema = {
	fields: {
		nat: { type: "bool" },
		enable_tcp: { type: "bool" },
		enable_udp: { type: "bool" },
		enable_icmp: { type: "bool" },
		ip4_enabled: { type: "bool" },
		mask4: { type: "string" },
		enable_ip4_dhcp: { type: "bool" },
		ip6_enabled: { type: "bool" },
		mask6: { type: "string" },
		enable_ip6_dhcp: { type: "bool" },
		enable_ip6_ra: { type: "bool" },
		enable_dns: { type: "bool" },
		dns_forward: { type: "string" },
		map_gw: { type: "bool" },
		tcp_map_in: { type: "string" },
		udp_map_in: { type: "string" },
		tcp_map_out: { type: "string" },
		udp_map_out: { type: "string" },
	},
};

const nstunRule: ProtoSchema = {
	fields: {
		direction: { type: direction },
		action: { type: nstunRuleAction },
		proto: { type: nstunRuleProtocol },
		src_ip: { type: "string" },
		sport: { type: "uint32" },
		sport_end: { type: "uint32" },
		dst_ip: { type: "string" },
		dport: { type: "uint32" },
		dport_end: { type: "uint32" },
		redirect_ip: { type: "string" },
		redirect_port: { type: "uint32" },
	},
};

const userNet: ProtoSchema = {
	fields: {
		backend: { type: backend },
		pasta: { type: pasta },
		rule4: { type: nstunRule, repeated: true },
		rule6: { type: nstunRule, repeated: true },
		ip4: { type: "string" },
		gw4: { type: "string" },
		ip6: { type: "string" },
		gw6: { type: "string" },
		ns_iface: { type: "string" },
	},
};

export const nsjailConfig: ProtoSchema = {
	fields: {
		name: { type: "string" },
		description: { type: "string", repeated: true },
		mode: { type: mode },
		hostname: { type: "string" },
		cwd: { type: "string" },
		no_pivotroot: { type: "bool" },
		port: { type: "uint32" },
		bindhost: { type: "string" },
		max_conns: { type: "uint32" },
		max_conns_per_ip: { type: "uint32" },
		time_limit: { type: "uint32" },
		daemon: { type: "bool" },
		max_cpus: { type: "uint32" },
		nice_level: { type: "int32" },
		log_fd: { type: "int32" },
		log_file: { type: "string" },
		log_level: { type: logLevel },
		keep_env: { type: "bool" },
		envar: { type: "string", repeated: true },
		keep_caps: { type: "bool" },
		cap: { type: "string", repeated: true },
		silent: { type: "bool" },
		skip_setsid: { type: "bool" },
		stderr_to_null: { type: "bool" },
		pass_fd: { type: "int32", repeated: true },
		disable_no_new_privs: { type: "bool" },
		forward_signals: { type: "bool" },
		disable_tsc: { type: "bool" },
		oom_score_adj: { type: "int32" },
		rlimit_as: { type: "uint64" },
		rlimit_as_type: { type: rLimit },
		rlimit_core: { type: "uint64" },
		rlimit_core_type: { type: rLimit },
		rlimit_cpu: { type: "uint64" },
		rlimit_cpu_type: { type: rLimit },
		rlimit_fsize: { type: "uint64" },
		rlimit_fsize_type: { type: rLimit },
		rlimit_nofile: { type: "uint64" },
		rlimit_nofile_type: { type: rLimit },
		rlimit_nproc: { type: "uint64" },
		rlimit_nproc_type: { type: rLimit },
		rlimit_stack: { type: "uint64" },
		rlimit_stack_type: { type: rLimit },
		rlimit_memlock: { type: "uint64" },
		rlimit_memlock_type: { type: rLimit },
		rlimit_rtprio: { type: "uint64" },
		rlimit_rtprio_type: { type: rLimit },
		rlimit_msgqueue: { type: "uint64" },
		rlimit_msgqueue_type: { type: rLimit },
		disable_rl: { type: "bool" },
		persona_addr_compat_layout: { type: "bool" },
		persona_mmap_page_zero: { type: "bool" },
		persona_read_implies_exec: { type: "bool" },
		persona_addr_limit_3gb: { type: "bool" },
		persona_addr_no_randomize: { type: "bool" },
		clone_newnet: { type: "bool" },
		clone_newuser: { type: "bool" },
		clone_newns: { type: "bool" },
		clone_newpid: { type: "bool" },
		clone_newipc: { type: "bool" },
		clone_newuts: { type: "bool" },
		clone_newcgroup: { type: "bool" },
		clone_newtime: { type: "bool" },
		uidmap: { type: idMap, repeated: true },
		gidmap: { type: idMap, repeated: true },
		mount_proc: { type: "bool" },
		mount: { type: mountPt, repeated: true },
		seccomp_policy_file: { type: "string" },
		seccomp_string: { type: "string", repeated: true },
		seccomp_log: { type: "bool" },
		seccomp_unotify: { type: "bool" },
		seccomp_unotify_report: { type: "string" },
		use_core_scheduling: { type: "bool" },
		cgroup_mem_max: { type: "uint64" },
		cgroup_mem_memsw_max: { type: "uint64" },
		cgroup_mem_swap_max: { type: "int64" },
		cgroup_mem_mount: { type: "string" },
		cgroup_mem_parent: { type: "string" },
		cgroup_pids_max: { type: "uint64" },
		cgroup_pids_mount: { type: "string" },
		cgroup_pids_parent: { type: "string" },
		cgroup_net_cls_classid: { type: "uint32" },
		cgroup_net_cls_mount: { type: "string" },
		cgroup_net_cls_parent: { type: "string" },
		cgroup_cpu_ms_per_sec: { type: "uint32" },
		cgroup_cpu_mount: { type: "string" },
		cgroup_cpu_parent: { type: "string" },
		cgroupv2_mount: { type: "string" },
		use_cgroupv2: { type: "bool" },
		detect_cgroupv2: { type: "bool" },
		iface_no_lo: { type: "bool" },
		iface_own: { type: "string", repeated: true },
		macvlan_iface: { type: "string" },
		macvlan_vs_ip: { type: "string" },
		macvlan_vs_nm: { type: "string" },
		macvlan_vs_gw: { type: "string" },
		macvlan_vs_ma: { type: "string" },
		macvlan_vs_mo: { type: "string" },
		traffic_rule: { type: trafficRule, repeated: true },
		user_net: { type: userNet },
		exec_bin: { type: exe },
	},
};
