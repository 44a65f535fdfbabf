/** Fields of nsjail's configuration that no profile has, with the reason and what it means. */

const cgroupPlace = "control groups are found where they are mounted, with the version that has the controller";
const messages = "ns writes what goes wrong to standard error, and no log";

/** By name; what is 0, false or empty asks for nothing and is not listed. */
export const nsjailLacking: Readonly<Record<string, string>> = {
	name: "a profile has the name of its file",
	description: "a profile has no description; comments can be written into it",
	no_pivotroot: "the root is always changed by pivot_root(2), which leaves no way back to the old one",
	max_conns_per_ip: "connections are counted together, and not by address: one address can take all of them",
	max_cpus: "processors are chosen by number and not at random: it runs on all of them unless affinity is set",
	log_fd: messages,
	log_file: messages,
	log_level: messages,
	seccomp_policy_file:
		"policies of Kafel are not read: the built-in profile of system calls stands in its place, and it may allow more or less",
	seccomp_string:
		"policies of Kafel are not read: the built-in profile of system calls stands in its place, and it may allow more or less",
	seccomp_log: "refused system calls are not written to the kernel's log",
	seccomp_unotify: "files and sockets are not traced; ns run --learn does something like it",
	seccomp_unotify_report: "files and sockets are not traced, so there is no report",
	cgroup_mem_mount: cgroupPlace,
	cgroup_pids_mount: cgroupPlace,
	cgroup_net_cls_mount: cgroupPlace,
	cgroup_cpu_mount: cgroupPlace,
	cgroupv2_mount: cgroupPlace,
	use_cgroupv2: cgroupPlace,
	detect_cgroupv2: cgroupPlace,
	traffic_rule: "packets are not filtered inside: what the interfaces reach can be reached",
	persona_read_implies_exec: "execve(2) takes READ_IMPLIES_EXEC back, so it would mean nothing",
};
