import { constants } from "../../linux/constants.ts";
import { judgeCalls, type ProbeCall, probeCall } from "../calls.ts";
import { abstractAddress, whileListening } from "../ground.ts";
import { type Case, defineCase, held, type Judgement, notHeld, untried } from "../types.ts";

/** What files say that nobody inside may open: not there, not allowed, or not writable. */
const closed = ["EACCES", "EPERM", "ENOENT", "EROFS", "ENOTDIR", "ENOSYS"];
const here = { flags: "AT_FDCWD" };
const toWrite = (path: string): ProbeCall => probeCall("openat", [here, path, { flags: "O_WRONLY" }], closed);
const toRead = (path: string): ProbeCall => probeCall("openat", [here, path, { flags: "O_RDONLY" }], closed);
/** No privileged process may be made by these. */
const noUser = ["EPERM", "EACCES", "ENOSYS", "ENOSPC", "EUSERS"];

/**
 * Where nothing is mounted, and nothing can be under these names: who has the rights is told that something is wrong with
 * the call, and nothing happens.
 */
const nowhere = "/proc/self";

type Described = Pick<Case, "id" | "also" | "title" | "tries">;

/** A case of system calls alone. */
const calling = (fields: Described, calls: readonly ProbeCall[]): Case =>
	defineCase({
		...fields,
		subject: "privileges",
		attempt: ({ start }) => start({ inside: { calls } }),
		verdict: (came) => judgeCalls(calls, came),
	});

/** Prints the capabilities of a process by nothing but the shell. */
const showCapabilities =
	'while read -r name value; do case "$name" in Cap*) echo "$name$value";; esac; done < /proc/self/status';

/** Whether these sets are empty in what that has printed. */
function judgeSets(text: string, sets: readonly string[]): Judgement {
	for (const set of sets) {
		const value = new RegExp(`^Cap${set}:([0-9a-f]+)$`, "m").exec(text)?.[1];
		if (value === undefined) return untried(`/proc/self/status tells nothing of Cap${set}`);
		if (!/^0+$/.test(value)) return notHeld(`Cap${set} is ${value}`);
	}
	return held;
}

const capabilityCase = (fields: Described, sets: readonly string[]): Case =>
	defineCase({
		...fields,
		subject: "privileges",
		attempt: async ({ start }) => (await start({ inside: { argv: ["sh", "-c", showCapabilities] } })).stdout,
		verdict: (text) => judgeSets(text, sets),
	});

const { SIGCHLD } = constants;

/** Attacks that ask the kernel for more rights, or for what takes them. */
export const privilegeCases: readonly Case[] = [
	capabilityCase(
		{
			id: "CVE-2022-27650",
			also: ["CVE-2022-29162", "CVE-2025-27612"],
			title: "No capability is inherited or ambient",
			tries: "CapInh and CapAmb in /proc/self/status",
		},
		["Inh", "Amb"],
	),
	capabilityCase(
		{ id: "capabilities", title: "The command has no capability, and can get none", tries: "all five sets" },
		["Inh", "Prm", "Eff", "Bnd", "Amb"],
	),
	calling(
		{
			id: "CVE-2014-8989",
			title: "A group that takes rights away cannot be dropped",
			tries: "setgroups(0, NULL)",
		},
		[probeCall("setgroups", [0, 0])],
	),
	calling(
		{
			id: "CVE-2022-0185",
			also: ["CVE-2021-22555"],
			title: "No user namespace can be made inside, and so no part of the kernel reached that needs one",
			tries: "unshare(CLONE_NEWUSER), clone(CLONE_NEWUSER)",
		},
		[
			{ ...probeCall("clone", [{ flags: "CLONE_NEWUSER|SIGCHLD" }, 0, 0, 0, 0], noUser), forks: true },
			probeCall("unshare", [{ flags: "CLONE_NEWUSER" }], noUser),
		],
	),
	calling(
		{
			id: "CVE-2021-41133",
			title: "The new calls for mounts are refused as the old ones are, and clone3 does not exist",
			tries: "mount, umount2, fsopen, fspick, open_tree, open_tree_attr, move_mount, mount_setattr, pivot_root, clone3",
		},
		[
			probeCall("mount", ["none", nowhere, "nskit-selftest", 0, 0]),
			probeCall("umount2", [nowhere, 0]),
			probeCall("pivot_root", [".", "."]),
			probeCall("fsopen", ["tmpfs", 0]),
			probeCall("fspick", [here, "/", 0]),
			probeCall("open_tree", [here, "/", { flags: "OPEN_TREE_CLONE" }]),
			probeCall("open_tree_attr", [here, "/", { flags: "OPEN_TREE_CLONE" }, 0, 0]),
			probeCall("move_mount", [here, nowhere, here, nowhere, 0]),
			probeCall("mount_setattr", [here, "/", 0, { zeros: 32 }, 32]),
			{ ...probeCall("clone3", [{ words: [0, 0, 0, 0, SIGCHLD, 0, 0, 0] }, 64], ["ENOSYS"]), forks: true },
		],
	),
	calling(
		{
			id: "CVE-2022-0492",
			title: "No control group file system can be mounted, whose release agent would run outside",
			tries: "mount(cgroup), unshare(CLONE_NEWUSER|CLONE_NEWCGROUP)",
		},
		[
			probeCall("mount", ["none", nowhere, "cgroup", 0, "nskit-selftest"]),
			probeCall("mount", ["none", nowhere, "cgroup2", 0, "nskit-selftest"]),
			probeCall("unshare", [{ flags: "CLONE_NEWUSER|CLONE_NEWCGROUP|CLONE_NEWNS" }], noUser),
		],
	),
	calling(
		{
			id: "CVE-2023-25809",
			title: "No control group outside can be written to",
			tries: "opening cgroup.procs and release_agent below /sys/fs/cgroup, and writing nothing",
		},
		["", "memory/", "pids/", "cpu/", "unified/", "systemd/"].flatMap((group) =>
			["cgroup.procs", "release_agent"].map((name) => toWrite(`/sys/fs/cgroup/${group}${name}`)),
		),
	),
	calling(
		{
			id: "CVE-2025-52881",
			also: ["CVE-2019-16884", "CVE-2025-54867"],
			title: "What sets the whole machine's behaviour cannot be written to, and nothing mounted over /proc",
			tries: "opening core_pattern, modprobe and sysrq-trigger, and writing nothing; mount on /proc/self/attr",
		},
		[
			...["sys/kernel/core_pattern", "sys/kernel/modprobe", "sysrq-trigger", "sys/vm/panic_on_oom"].map((name) =>
				toWrite(`/proc/${name}`),
			),
			toRead("/proc/kcore"),
			toRead("/proc/kmsg"),
			toRead("/dev/mem"),
			toRead("/dev/kmsg"),
			probeCall("mount", ["none", "/proc/self/attr", "tmpfs", 0, "nskit-selftest"]),
		],
	),
	calling(
		{
			id: "file-handles",
			title: "No file is opened by its number on the disk, past every directory",
			tries: "open_by_handle_at",
		},
		[probeCall("open_by_handle_at", [here, { zeros: 16 }, 0])],
	),
	calling({ id: "bpf", title: "Programs for the kernel are refused", tries: "bpf, perf_event_open, userfaultfd" }, [
		probeCall("bpf", [0, { zeros: 64 }, 64]),
		probeCall("perf_event_open", [{ zeros: 128 }, 0, -1, -1, 0]),
		probeCall("userfaultfd", [0]),
	]),
	calling({ id: "io_uring", title: "No ring gets calls past the filter", tries: "io_uring_setup" }, [
		probeCall("io_uring_setup", [1, { zeros: 120 }]),
	]),
	calling({ id: "keyrings", title: "Keys of others are out of reach", tries: "keyctl, add_key, request_key" }, [
		// KEYCTL_GET_KEYRING_ID of the session's keyring.
		probeCall("keyctl", [0, -3, 0, 0, 0]),
		probeCall("add_key", ["user", "nskit-selftest", "x", 1, -1]),
		probeCall("request_key", ["user", "nskit-selftest", 0, 0]),
	]),
	calling(
		{
			id: "modules",
			title: "Nothing is loaded into the kernel, and the machine is not stopped",
			tries:
				"init_module, finit_module, delete_module, kexec_load, swapon, acct, reboot, each with what is never valid",
		},
		[
			probeCall("init_module", [{ zeros: 8 }, 0, ""]),
			probeCall("finit_module", [-1, "", 0]),
			probeCall("delete_module", ["nskit-selftest-no-such-module", 0]),
			probeCall("kexec_load", [0, 1000, 0, -1]),
			probeCall("swapon", ["/nskit-selftest-no-such-file", 0]),
			probeCall("acct", ["/nskit-selftest-no-such-file"]),
			probeCall("reboot", [0, 0, 0, 0]),
		],
	),
	calling({ id: "namespaces", title: "No other namespace can be entered or made", tries: "setns, unshare, chroot" }, [
		probeCall("openat", [here, "/proc/self/ns/uts", { flags: "O_RDONLY" }], "any"),
		probeCall("setns", [{ answer: 0 }, 0], [...noUser, "EBADF"]),
		probeCall("unshare", [{ flags: "CLONE_NEWNET" }], noUser),
		probeCall("unshare", [{ flags: "CLONE_NEWNS" }], noUser),
		probeCall("chroot", ["/"]),
	]),
	defineCase({
		id: "CVE-2020-15257",
		subject: "privileges",
		title: "An abstract socket outside is out of reach",
		tries: "connect to one that listens outside",
		attempt: ({ start }) => {
			const address = abstractAddress(`nskit-selftest-${crypto.randomUUID()}`);
			const calls = connecting(Array.from(address));
			return whileListening(address, async () => ({ calls, came: await start({ inside: { calls } }) }));
		},
		verdict: ({ calls, came }) => judgeCalls(calls, came),
	}),
	calling(
		{
			id: "CVE-2025-66479",
			title: "Who says nothing of a network has none",
			tries: "a route to 192.0.2.1, an address of nobody's; nothing is sent",
		},
		[
			probeCall("socket", [{ flags: "AF_INET" }, 2, 0], "any"),
			// port 9, big-endian
			probeCall(
				"connect",
				[{ answer: 0 }, { bytes: [2, 0, 0, 9, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0] }, 16],
				[...["ENETUNREACH", "EHOSTUNREACH", "EPERM", "EACCES", "EBADF"]],
			),
		],
	),
];

function connecting(address: readonly number[]): ProbeCall[] {
	return [
		probeCall("socket", [1, 1, 0], "any"),
		probeCall(
			"connect",
			[{ answer: 0 }, { bytes: address }, address.length],
			[...["ECONNREFUSED", "EPERM", "EACCES", "EBADF"]],
		),
	];
}
