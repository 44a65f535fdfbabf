/** What processes are started, watched and bounded with. */
import { cgroupsOf } from "../cgroups.ts";
import { judged, numberIn, tried } from "../judge.ts";
import { type Check, type Facts, type Judgement, limited, ok, unknown } from "../types.ts";

/** A sandbox is up to four processes, and each bind takes a descriptor. */
const [fewProcesses, fewFiles] = [64, 256];

/** A soft limit as /proc/self/limits has it; `undefined` where there is none. getrlimit(2) */
function softLimit({ sight }: Facts, title: string): number | undefined {
	const value = new RegExp(`^${title} +(\\d+)`, "m").exec(sight.read("/proc/self/limits") ?? "")?.[1];
	return value === undefined ? undefined : Number(value);
}

function processes(facts: Facts): Judgement {
	if (facts.sight.read("/proc/self/limits") === undefined) return unknown("there is no /proc/self/limits");
	const soft = softLimit(facts, "Max processes");
	if (soft === undefined || soft >= fewProcesses)
		return ok(soft === undefined ? "there is no limit" : `${soft} for this user`);
	return limited(
		`this user may have ${soft} processes`,
		"sandboxes fail with EAGAIN once there are so many, threads counted",
		"raise it: ulimit -u, or nproc in /etc/security/limits.conf",
	);
}

function files(facts: Facts): Judgement {
	const { host, sight } = facts;
	if (sight.read("/proc/self/limits") === undefined) return unknown("there is no /proc/self/limits");
	// Bun raises its own.
	const soft = host.openFiles?.soft ?? softLimit(facts, "Max open files");
	if (soft === undefined || soft < 0 || soft >= fewFiles)
		return ok(soft === undefined ? "there is no limit" : `${soft} in each process`);
	return limited(
		`a process may have ${soft} open files`,
		"each bind takes one until the command starts, and the command has no more than that",
		"raise it: ulimit -n, or nofile in /etc/security/limits.conf",
	);
}

/** The machine's limits, and those of the control group. */
function pids(facts: Facts): Judgement {
	const { mostProcesses } = cgroupsOf(facts.sight);
	const all = ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"].map(
		(path) => [path, numberIn(facts, path)] as const,
	);
	const group = mostProcesses !== undefined && /^\d+$/.test(mostProcesses) ? Number(mostProcesses) : undefined;
	if (group !== undefined && group < fewProcesses) {
		return limited(
			`pids.max of the control group is ${group}`,
			"sandboxes fail with EAGAIN once there are so many processes",
			"raise it where the group was made: TasksMax= of a service, docker run --pids-limit",
		);
	}
	const low = all.filter(([, value]) => value !== undefined && value < 1024);
	const said = all.flatMap(([path, value]) => (value === undefined ? [] : `${path.slice(17)} ${value}`));
	if (low.length === 0) return ok([...said, ...(group === undefined ? [] : `pids.max ${group}`)].join(", "));
	return limited(
		low.map(([path, value]) => `${path} is ${value}`).join(", "),
		"the whole machine runs out of processes",
		`as root: sysctl ${low.map(([path]) => `${path.slice(10).replaceAll("/", ".")}=32768`).join(" ")}`,
	);
}

/** vm.memfd_noexec. memfd_create(2) */
function memory(facts: Facts): Judgement {
	const outcome = facts.outcome("memfd");
	const lost =
		"every start writes a small file to TMPDIR, /dev/shm, /tmp or /var/tmp, one of which has to allow execution";
	if (outcome.came !== "refused" || outcome.code !== "EACCES")
		return judged(facts, outcome, { works: "it can be made", lost, otherwise: "limited" });
	const value = numberIn(facts, "/proc/sys/vm/memfd_noexec");
	return limited(`vm.memfd_noexec is ${value ?? "2"}`, lost, "as root of this PID namespace: sysctl vm.memfd_noexec=1");
}

/** TIOCSTI. ioctl_tty(2) */
function typing(facts: Facts): Judgement {
	const outcome = facts.outcome("typing");
	if (outcome.came === "late" || facts.outcome("terminal").came !== "done")
		return unknown("no terminal to try it with");
	if (outcome.came !== "done") return ok("the kernel refuses it");
	const value = numberIn(facts, "/proc/sys/dev/tty/legacy_tiocsti");
	const mend = value === undefined ? "take a kernel from Linux 6.2 on, and then" : "as root:";
	const found =
		value === 0
			? "it is refused to all but who has CAP_SYS_ADMIN, as this process"
			: `dev.tty.legacy_tiocsti is ${value ?? "not there"}`;
	if (value === 0) return ok(found);
	return limited(
		found,
		"programs that are not confined can type commands into the terminal they run in; ns run keeps its commands from it",
		`${mend} sysctl dev.tty.legacy_tiocsti=0`,
	);
}

export const processChecks: readonly Check[] = [
	tried(
		{ id: "pidfd", group: "processes", title: "Descriptors of processes", tries: "pidfd_open of a process itself" },
		"pidfd",
		{
			works: "they can be opened",
			lost: "processes are known by their number alone, which may be another's meanwhile",
		},
	),
	tried(
		{ id: "setns", group: "processes", title: "Entering by a pidfd", tries: "entering a namespace through a pidfd" },
		"setns",
		{
			...{
				works: "several namespaces are entered in one call",
				lost: "ns enter takes one call for each namespace",
				otherwise: "limited",
			},
			remedies: { EINVAL: "take a kernel from Linux 5.8 on" },
		},
	),
	tried(
		{ id: "clone3", group: "processes", title: "clone3", tries: "clone3 without arguments, which makes no process" },
		"clone3",
		{
			...{
				works: "it is there",
				lost: "programs inside fall back to clone; ns itself does not need it",
				otherwise: "limited",
			},
			remedies: { ENOSYS: "take a kernel from Linux 5.3 on, or let the filter around this process allow it" },
		},
	),
	{ id: "memfd", group: "processes", title: "Executable files in memory", tries: "making one", judge: memory },
	tried(
		{
			id: "terminal",
			group: "processes",
			title: "Pseudo-terminals",
			tries: "a new pseudo-terminal, of which a process is the owner",
		},
		"terminal",
		{
			...{ works: "they can be made", lost: "--pty and ns run --strict at a terminal fail" },
			remedies: { ENOENT: "mount devpts: /dev/pts, with /dev/ptmx leading to it" },
		},
	),
	{
		...{ id: "typing", group: "processes", title: "Typing into terminals (TIOCSTI)" },
		...{ tries: "typing a blank into a new pseudo-terminal, as its program", judge: typing },
	},
	{ id: "nproc", group: "processes", title: "Processes of this user", tries: "/proc/self/limits", judge: processes },
	{
		id: "nofile",
		group: "processes",
		title: "Open files",
		tries: "/proc/self/limits, and the limit of the caller",
		judge: files,
	},
	{
		id: "pids",
		group: "processes",
		title: "Processes of all",
		tries: "pid_max, threads-max, pids.max of the group",
		judge: pids,
	},
];
