/** What can be mounted. */
import { masksOfProc, procMasked } from "../../causes.ts";
import { judged, tried } from "../judge.ts";
import { type Check, type Facts, type Judgement, limited, ok, unknown } from "../types.ts";

/** Mounting a /proc, which what hides parts of the present one forbids. */
function proc(facts: Facts): Judgement {
	const outcome = facts.outcome("proc");
	const lost = "sandboxes with a PID namespace see the processes outside, or need --no-proc";
	const masked = outcome.came === "refused" && outcome.code === "EPERM" ? procMasked(facts.sight) : undefined;
	return judged(facts, outcome, { works: "it can be mounted", lost, ...(masked && { remedies: { EPERM: masked } }) });
}

function masks({ sight, outcome }: Facts): Judgement {
	if (sight.read("/proc/self/mountinfo") === undefined) return unknown("there is no /proc/self/mountinfo");
	const hidden = masksOfProc(sight);
	if (hidden.length === 0) return ok("nothing is mounted over parts of it");
	const found = `${hidden.length} places are covered or read-only: ${hidden.slice(0, 6).join(", ")}`;
	if (outcome("proc").came === "done") return ok(found);
	return limited(found, "no new /proc may be mounted, which would show them", procMasked(sight));
}

/** Parameters of the kernel are set through it. */
function parameters({ sight }: Facts): Judgement {
	const mounts = (sight.read("/proc/self/mountinfo") ?? "").split("\n").map((line) => line.split(" "));
	const over =
		mounts.findLast((fields) => fields[4] === "/proc/sys") ?? mounts.findLast((fields) => fields[4] === "/proc");
	if (!over) return unknown("there is no /proc");
	if (!over[5]?.split(",").includes("ro")) return ok(`${over[4]} can be written to, by who may`);
	return limited(
		`${over[4]} is mounted read-only`,
		"--sysctl works only where a sandbox has a /proc of its own",
		"in a container: docker run --security-opt systempaths=unconfined",
	);
}

export const fileChecks: readonly Check[] = [
	{
		...{ id: "proc", group: "files", title: "A new /proc", essential: true },
		...{ tries: "mounting a new /proc in a new PID namespace", judge: proc },
	},
	{ id: "masks", group: "files", title: "The present /proc", tries: "/proc/self/mountinfo", judge: masks },
	{
		id: "parameters",
		group: "files",
		title: "The present /proc/sys",
		tries: "/proc/self/mountinfo",
		judge: parameters,
	},
	tried(
		{ id: "sys", group: "files", title: "A new /sys", tries: "mounting a new /sys in a new network namespace" },
		"sys",
		{ works: "it can be mounted", lost: "--sys fails, and with it ns run --strict where that shows one" },
	),
	tried(
		{
			id: "dev",
			group: "files",
			title: "A /dev of its own",
			tries: "filling a /dev, with pseudo-terminals of its own",
		},
		"dev",
		{ works: "it can be made", lost: "--dev and ns run --strict fail" },
	),
	tried(
		{ id: "read-only", group: "files", title: "Read-only binds", tries: "showing / read-only, all the way down" },
		"read-only",
		{ works: "whole trees can be shown read-only", lost: "--ro-bind and --readonly-path fail" },
	),
	tried(
		{ id: "overlay", group: "files", title: "Overlays", tries: "an overlay over /usr, with what is written in memory" },
		"overlay",
		{
			...{ works: "writes can go into a layer", lost: "--overlay fails, and with it layers, ns diff and ns commit" },
			remedies: {
				ENODEV: "load the module overlay, or take a kernel with CONFIG_OVERLAY_FS",
				EPERM: "overlays of ordinary users need Linux 5.11",
			},
		},
	),
	tried(
		{
			id: "idmap",
			group: "files",
			title: "Binds with other ids",
			tries: "showing /etc with ids on disk taken as those inside",
		},
		"idmap",
		{
			...{ works: "ids on disk can be taken as those inside", lost: "--idmap-bind fails", otherwise: "limited" },
			remedies: {
				EPERM: "only who is root of the file system's own user namespace may do this: run ns as root",
				EINVAL: "the file system cannot do it, or the kernel is older than Linux 5.12",
			},
		},
	),
];
