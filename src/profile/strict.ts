/** The preset for other people's code, as a profile: nothing of the caller's but what it takes to run a program. */
import { accountTexts } from "../ids/account-texts.ts";
import type { MountRule } from "../mounts/rules.ts";
import { pidMaxSince } from "../namespaces/pid.ts";
import type { Profile } from "./types.ts";

/** What of the machine and of the caller the preset depends on. */
export interface StrictFacts {
	/** `major * 100 + minor`. */
	readonly kernel: number;
	readonly uid: number;
	readonly gid: number;
	/** The caller's HOME. */
	readonly home?: string | undefined;
	/** Standard input, output and error are a terminal: the sandbox gets one of its own. */
	readonly terminal?: boolean | undefined;
}

/** Programs and libraries; what does not exist on this machine is left out. */
const system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/** Settings that programs do not start without, and that hold no secret. */
const settings = ["alternatives", "ld.so.cache", "localtime", "nsswitch.conf", "pki", "ssl/certs", "ssl/openssl.cnf"];

/** What of /proc shows the keys or the hardware of the machine to everybody. */
const revealing = ["acpi", "asound", "interrupts", "keys", "key-users", "latency_stats", "sched_debug", "scsi"];

/** What shows its memory and its timers to the machine's user 0 alone, which root is here too. */
const secrets = [
	...["kcore", "kpagecgroup", "kpagecount", "kpageflags", "pagetypeinfo", "slabinfo", "timer_list", "vmallocinfo"],
];

/** The most processes and threads. */
const mostProcesses = 1024;

const gibibyte = 1024 ** 3;

/** The sandbox for hostile code. Who uses it adds what the code may see; everything can be taken back, by name. */
export function strictProfile(facts: StrictFacts): Profile {
	return {
		user: { map: "self" },
		mount: { root: { type: "tmpfs", size: "16M", readOnly: true }, mounts: strictRules(facts) },
		pid: facts.kernel < pidMaxSince ? true : { max: mostProcesses },
		net: true,
		ipc: true,
		uts: { hostname: "sandbox" },
		cgroup: true,
		time: true,
		capabilities: { drop: "all", noNewPrivileges: true, disableUserNamespaces: true },
		seccomp: { profile: "default", denySetId: true },
		landlock: { execute: ["/"], writeMounts: true, scope: ["signal", "abstract-unix-socket"], bestEffort: true },
		limits: {
			core: 0,
			data: { atMost: 4 * gibibyte },
			fsize: { atMost: 4 * gibibyte },
			nofile: { atMost: 4096 },
			nproc: { atMost: mostProcesses },
		},
		attributes: { newKeyring: true },
		terminal: { session: facts.terminal ? "pty" : "new" },
		environment: { keep: ["PATH", "TERM", "LANG", "HOME"] },
	};
}

function strictRules({ uid, gid, home }: StrictFacts): MountRule[] {
	const rules: MountRule[] = [];
	const show = (path: string): void => {
		rules.push({ type: "bind", source: path, target: path, readOnly: true, noSuid: true, noDev: true, optional: true });
	};
	const write = (target: string, content: string): void => {
		rules.push({ type: "file", target, content, mode: 0o444 });
	};
	for (const path of system) show(path);
	for (const name of settings) show(`/etc/${name}`);
	const accounts = accountTexts({ uid, gid, home: home !== undefined && isOwnPlace(home) ? home : "/" });
	write("/etc/passwd", accounts.passwd);
	write("/etc/group", accounts.group);
	write("/etc/hosts", "127.0.0.1\tlocalhost sandbox\n::1\tlocalhost\n");
	rules.push({ type: "read-only", target: "/proc" });
	for (const name of uid === 0 ? [...revealing, ...secrets] : revealing)
		rules.push({ type: "mask", target: `/proc/${name}`, optional: true });
	rules.push({ type: "dev", target: "/dev", size: "10%" });
	rules.push({ type: "tmpfs", target: "/tmp", size: "10%", noSuid: true, noDev: true });
	if (home !== undefined && isOwnPlace(home)) {
		rules.push({ type: "tmpfs", target: home, size: "10%", mode: 0o700, noSuid: true, noDev: true });
	}
	return rules;
}

/** Directories that are there already, or whose files are wanted. */
const taken = [...system, "/dev", "/etc", "/proc"];

/** A plain absolute path that hides nothing when a directory is mounted there, and fits into a line of /etc/passwd. */
function isOwnPlace(home: string): boolean {
	if (!/^(\/[^/\n:\0]+)+$/.test(home) || /\/\.\.?(\/|$)/.test(home)) return false;
	return home !== "/tmp" && !taken.some((path) => isWithin(home, path));
}

const isWithin = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);

/** Below these nothing is anybody's work. */
const machines = [...system, "/boot", "/dev", "/etc", "/proc", "/run", "/sys"];

/** The root, places for many users' files, and single homes. */
const shared = /^\/(home(\/[^/]*)?|root|tmp|var(\/[^/]*)?)?$/;

/**
 * The rule that shows the working directory, read-only. None for the root, for what belongs to the machine or to many, and
 * for a home directory or one above it, whose files are nobody's to show: `homes` are the names of the caller's. None
 * either where nobody knows which that is.
 */
export function shownDirectory(cwd: string, homes: readonly string[]): MountRule[] {
	const isHidden = homes.some((home) => isWithin(home, cwd)) || machines.some((path) => isWithin(cwd, path));
	if (isHidden || shared.test(cwd) || homes.length === 0) return [];
	return [{ type: "bind", source: cwd, target: cwd, readOnly: true, noSuid: true, noDev: true, optional: true }];
}
