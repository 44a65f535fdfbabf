/** Machines for the doctor that are made of what a test says. */
import { attempts } from "../../src/doctor/attempts.ts";
import { diagnose } from "../../src/doctor/diagnose.ts";
import type { Facts, FileFacts, Finding, Outcome } from "../../src/doctor/types.ts";
import type { Host } from "../../src/plan/types.ts";
import { groups, unified } from "../cgroups/groups.ts";
import { hostCapabilities, userHost } from "../plan/fixtures.ts";

export interface Machine {
	readonly host?: Partial<Host>;
	readonly files?: Readonly<Record<string, string>>;
	readonly stats?: Readonly<Record<string, Partial<FileFacts>>>;
	readonly programs?: Readonly<Record<string, string>>;
	readonly variables?: Readonly<Record<string, string>>;
	/** What is not done. */
	readonly outcomes?: Readonly<Record<string, Outcome>>;
	readonly program?: string;
}

const status = "Name:\tbun\nNoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n";
const mountinfo =
	"20 1 0:19 / /proc rw - proc proc rw\n30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n";
const limits = Object.fromEntries(
	["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"].map((kind) => [
		`/proc/sys/user/max_${kind}_namespaces`,
		"10000\n",
	]),
);

/** What is seen of control groups in one of ann's own. */
const anns = groups({ mode: "v2", unified: [unified("/sys/fs/cgroup/ann", { processes: "caller" })] });

/** The facts of a machine on which an ordinary user, ann, lacks nothing but what is said. */
export function factsOf(machine: Machine = {}): Facts {
	const files: Record<string, string> = {
		...limits,
		"/proc/self/status": status,
		"/proc/self/mountinfo": mountinfo,
		"/proc/self/cgroup": "0::/ann\n",
		"/proc/self/uid_map": "         0          0 4294967295\n",
		"/proc/self/limits": "Max processes             9999                 9999                 processes\n",
		"/proc/sys/dev/tty/legacy_tiocsti": "0\n",
		"/sys/fs/cgroup/ann/cgroup.controllers": "cpu memory pids\n",
		"/sys/fs/cgroup/ann/pids.max": "max\n",
		"/run/systemd/system": "",
		"/etc/passwd": "root:x:0:0::/root:/bin/sh\nann:x:1000:100::/home/ann:/bin/sh\n",
		"/etc/subuid": "ann:100000:65536\n",
		"/etc/subgid": "ann:100000:65536\n",
		...machine.files,
	};
	const programs: Record<string, string> = {
		newuidmap: "/usr/bin/newuidmap",
		newgidmap: "/usr/bin/newgidmap",
		pasta: "/usr/bin/pasta",
		...machine.programs,
	};
	const stats: Record<string, Partial<FileFacts>> = {
		"/usr/bin/newuidmap": { mode: 0o4755, uid: 0 },
		"/usr/bin/newgidmap": { mode: 0o755, uid: 0, capable: true },
		"/usr/bin/ns": { uid: 0 },
		"/run/user/1000": { type: "directory", mode: 0o700, uid: 1000, writable: true },
		...machine.stats,
	};
	const variables: Record<string, string> = { XDG_RUNTIME_DIR: "/run/user/1000", ...machine.variables };
	const standard: FileFacts = { type: "file", mode: 0o755, uid: 0, capable: false, writable: false };
	return {
		host: { ...userHost, capabilities: hostCapabilities, controlGroups: () => anns, ...machine.host },
		program: machine.program ?? "/usr/bin/ns",
		sight: {
			read: (path) => files[path],
			exists: (path) => path in files,
			stat: (path) => (stats[path] ? { ...standard, ...stats[path] } : undefined),
			which: (name) => programs[name] || undefined,
			variable: (name) => variables[name] || undefined,
		},
		outcome: (id) => {
			if (!attempts.some((one) => one.id === id)) throw new Error(`nobody tries ${id}`);
			// Nobody may type into terminals.
			const standard = id === "typing" ? refused("EPERM", "ioctl") : { came: "done" as const };
			return machine.outcomes?.[id] ?? standard;
		},
	};
}

/** An attempt that the kernel refuses. */
export const refused = (
	code: string,
	syscall?: string,
	more: Partial<Outcome & { came: "refused" }> = {},
): Outcome => ({
	...{ came: "refused", code, message: `cannot do it: ${code}`, syscall, phase: "mounts" },
	...more,
});

/** One finding on such a machine. */
export function findingOf(id: string, machine: Machine = {}): Finding {
	const found = diagnose(factsOf(machine)).findings.find((one) => one.id === id);
	if (!found) throw new Error(`there is no finding ${id}`);
	return found;
}
