/** Control groups: which version, what can be limited, and whether the caller may make some. cgroups(7) */
import { cgroupsOf } from "../cgroups.ts";
import { judged } from "../judge.ts";
import { type Check, type Facts, type Judgement, limited, missing, ok, unknown } from "../types.ts";

const lostLimits = "memory, processors and the number of processes of a whole sandbox cannot be limited";

function mode({ sight }: Facts): Judgement {
	if (sight.read("/proc/self/mountinfo") === undefined) return unknown("there is no /proc/self/mountinfo");
	const { mode } = cgroupsOf(sight);
	if (mode === "v2") return ok("version 2 alone");
	if (mode === "none") {
		return missing(
			"no control groups are mounted",
			lostLimits,
			"as root: mount -t cgroup2 none /sys/fs/cgroup; in a container: docker run --cgroupns host",
		);
	}
	const found = mode === "hybrid" ? "version 1, and version 2 beside it" : "version 1 alone";
	return limited(
		found,
		"ordinary users get no group of their own, and pressure and memory.high are not there",
		"boot with systemd.unified_cgroup_hierarchy=1, or cgroup_no_v1=all, on the kernel's command line",
	);
}

const wanted = ["cpu", "memory", "pids"];

function controllers({ sight }: Facts): Judgement {
	const { mode, controllers } = cgroupsOf(sight);
	if (mode === "none") return unknown("no control groups are mounted");
	const lacking = wanted.filter((name) => !controllers.includes(name));
	if (lacking.length === 0) return ok(controllers.join(", "));
	return limited(
		`${controllers.length === 0 ? "none" : controllers.join(", ")} here, and not ${lacking.join(", ")}`,
		`${lacking.join(", ")} of a sandbox cannot be limited`,
		`as root, in each group above this one: echo ${lacking.map((name) => `+${name}`).join(" ")} > cgroup.subtree_control; for services: Delegate=yes`,
	);
}

function delegation(facts: Facts): Judgement {
	const { mode, own, readOnly } = cgroupsOf(facts.sight);
	if (mode === "none" || own === undefined) return unknown("the caller's own group cannot be seen from here");
	const remedy = readOnly
		? `${own} is mounted read-only: in a container, docker run --cgroupns private with a writable /sys/fs/cgroup`
		: "start it in a group that is yours: systemd-run --user --scope -p Delegate=yes ns ...; or as root, chown the group";
	return judged(facts, facts.outcome("delegation"), {
		...{ works: `groups can be made below ${own}`, lost: lostLimits, otherwise: "limited" },
		remedies: { EACCES: remedy, EPERM: remedy, EROFS: remedy },
	});
}

function systemd({ host, sight }: Facts): Judgement {
	if (!sight.exists("/run/systemd/system")) {
		if (host.privileged) return ok("it does not run here, and root does without it");
		return limited(
			"it does not run here",
			"nobody hands out control groups to ordinary users",
			"as root, make a group and give it to this user with chown: see cgroups(7), delegation",
		);
	}
	const runtime = sight.variable("XDG_RUNTIME_DIR");
	if (runtime !== undefined && sight.exists(`${runtime}/systemd/private`)) return ok("it runs, for this user as well");
	return ok("it runs");
}

export const groupChecks: readonly Check[] = [
	{ id: "cgroups", group: "control groups", title: "Version", tries: "/proc/self/mountinfo", judge: mode },
	{
		id: "controllers",
		group: "control groups",
		title: "What can be limited",
		tries: "cgroup.controllers",
		judge: controllers,
	},
	{
		...{ id: "delegation", group: "control groups", title: "Groups of the caller's own" },
		...{ tries: "making a group below the caller's own, which is taken away at once", judge: delegation },
	},
	{ id: "systemd", group: "control groups", title: "systemd", tries: "/run/systemd/system", judge: systemd },
];
