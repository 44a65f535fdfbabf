/** What takes rights away from a command, and what others around it have taken away. */
import { capabilityNumbers } from "../../linux/capabilities.ts";
import { errnoName } from "../../linux/errno.ts";
import { hasBit } from "../../linux/mask.ts";
import { judged, numberIn, statusField, tried } from "../judge.ts";
import { type Check, type Facts, type Judgement, limited, missing, ok, unknown } from "../types.ts";

/** The newest version that policies of ours make use of. */
const newestAbi = 6;

function landlock(facts: Facts): Judgement {
	const { host } = facts;
	const lost = "--landlock and its like fail, and ns run --strict has one wall less";
	if (host.landlock === undefined) return unknown("nobody has asked for its version");
	if (host.landlock <= 0) {
		const error = errnoName(-host.landlock);
		const remedies: Readonly<Record<string, string>> = {
			ENOSYS:
				"take a kernel from Linux 5.13 on with CONFIG_SECURITY_LANDLOCK, or let the filter around this process allow it",
			EOPNOTSUPP: "add landlock to lsm= of the kernel's command line",
		};
		return missing(
			`landlock_create_ruleset: ${error}`,
			lost,
			remedies[error] ?? "the filter around this process has to allow it",
		);
	}
	const { state, ...rest } = judged(facts, facts.outcome("landlock"), { works: `ABI ${host.landlock}`, lost });
	if (state !== "ok" || host.landlock >= newestAbi) return { state, ...rest };
	const less = [
		...(host.landlock < 3 ? ["to shorten files"] : []),
		...(host.landlock < 4 ? ["ports of TCP"] : []),
		"signals and abstract sockets",
	];
	return limited(
		`ABI ${host.landlock}`,
		`it cannot refuse ${less.join(", ")}: --landlock-best-effort and --strict go without`,
		"take a newer kernel: Linux 6.12 has ABI 6",
	);
}

/** Capabilities that a process around this one has taken out of reach. */
function bounding(facts: Facts): Judgement {
	const capabilities = facts.host.capabilities;
	if (!capabilities) return unknown("there is no /proc/self/status");
	const lacking = Object.entries(capabilityNumbers)
		.filter(([, number]) => number <= capabilities.last && !hasBit(capabilities.bounding, number))
		.map(([name]) => name);
	if (lacking.length === 0) return ok("nothing is out of reach");
	if (!facts.host.privileged)
		return ok(`without a user namespace ${lacking.join(", ")} cannot be had; in one, all can`);
	return limited(
		`out of reach: ${lacking.join(", ")}`,
		"without a user namespace, root here may not do what takes these",
		"add --user; or in a container: docker run --cap-add",
	);
}

function noNewPrivileges(facts: Facts): Judgement {
	const value = statusField(facts, "NoNewPrivs");
	if (value === undefined) return unknown("/proc/self/status does not tell");
	if (value === "0") return ok("programs with a set-user-ID bit work");
	return limited(
		"no_new_privs is set",
		"programs with a set-user-ID bit give nothing, such as newuidmap and sudo",
		"it was set by a service (NoNewPrivileges=), a container or another sandbox: start ns outside of that",
	);
}

/** Yama: who may look into whose memory. Documentation/admin-guide/LSM/Yama.rst */
function tracing(facts: Facts): Judgement {
	const scope = numberIn(facts, "/proc/sys/kernel/yama/ptrace_scope");
	if (scope === undefined) return ok("Yama is not there: processes of one user may trace each other");
	if (scope < 3) return ok(`kernel.yama.ptrace_scope is ${scope}`);
	return limited(
		"kernel.yama.ptrace_scope is 3",
		"nobody can be traced, so ns run --learn cannot look at its command",
		"it stays so until the next boot: take it out of /etc/sysctl.d",
	);
}

/** Core scheduling(7) */
function core(facts: Facts): Judgement {
	const outcome = facts.outcome("core");
	if (outcome.came === "refused" && outcome.code === "ENODEV") return ok("no core of this processor is shared anyway");
	return judged(facts, outcome, {
		...{ works: "core scheduling works", lost: "--core-scheduling fails", otherwise: "limited" },
		remedies: { EINVAL: "take a kernel with CONFIG_SCHED_CORE, from Linux 5.14 on" },
	});
}

export const privilegeChecks: readonly Check[] = [
	tried(
		{ id: "strict", group: "privileges", title: "The strict sandbox", tries: "the sandbox of ns run --strict" },
		"strict",
		{
			works: "ns run --strict works",
			lost: "ns run --strict fails: nothing confines code of others as tightly",
			whole: true,
		},
	),
	tried(
		{
			id: "seccomp",
			group: "privileges",
			title: "Filters of system calls",
			tries: "a process under the built-in filter",
		},
		"seccomp",
		{
			...{ works: "they can be set", lost: "--seccomp and ns run --strict fail" },
			remedies: { EINVAL: "take a kernel with CONFIG_SECCOMP_FILTER" },
		},
	),
	tried(
		{ id: "notify", group: "privileges", title: "Watching system calls", tries: "a filter that asks another process" },
		"notify",
		{
			...{ works: "a command can be observed", lost: "ns run --learn and observe fail" },
			remedies: {
				EBUSY: "a filter around this process asks another already, and the kernel allows one: start ns outside of that",
				EINVAL: "take a kernel from Linux 5.0 on",
			},
		},
	),
	{
		id: "landlock",
		group: "privileges",
		title: "Landlock",
		tries: "its ABI, and a process under a ruleset",
		judge: landlock,
	},
	{
		id: "bounding",
		group: "privileges",
		title: "Capabilities in reach",
		tries: "CapBnd in /proc/self/status",
		judge: bounding,
	},
	{
		...{ id: "no-new-privileges", group: "privileges", title: "Gaining privileges" },
		...{ tries: "NoNewPrivs in /proc/self/status", judge: noNewPrivileges },
	},
	{ id: "ptrace", group: "privileges", title: "Tracing", tries: "/proc/sys/kernel/yama/ptrace_scope", judge: tracing },
	{
		...{ id: "core", group: "privileges", title: "A processor core of its own" },
		...{ tries: "a processor core that nobody else shares meanwhile", judge: core },
	},
];
