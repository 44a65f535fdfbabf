/** Whether the resources of a sandbox can be limited here, one by one: what `resources` would do. cgroups(7) */
import { chooseGroups, needsScope } from "../../cgroups/choose.ts";
import type { Wanted } from "../../cgroups/types.ts";
import { type Check, type Facts, type Judgement, limited, ok, unknown } from "../types.ts";

interface Limit {
	readonly id: string;
	readonly title: string;
	/** What fails without it. */
	readonly options: string;
	/** Any limit of the kind: where it can be set does not depend on how much it is. */
	readonly wanted: Wanted;
}

const limits: readonly Limit[] = [
	{
		...{ id: "limit.memory", title: "A limit of memory", options: "--memory and --swap fail" },
		wanted: { name: "memory", bytes: "max" },
	},
	{
		...{ id: "limit.cpus", title: "A limit of processor time", options: "--cpus and --cpu-weight fail" },
		wanted: { name: "cpus", processors: "max" },
	},
	{
		...{ id: "limit.pids", title: "A limit of processes", options: "--pids fails" },
		wanted: { name: "pids", count: "max" },
	},
	{
		...{ id: "limit.io", title: "A limit of disks", options: "--io-read, --io-write and --io-weight fail" },
		wanted: { name: "ioWeight", weight: 100 },
	},
];

function judge({ wanted, options }: Limit, { host }: Facts): Judgement {
	const seen = host.controlGroups?.();
	if (seen === undefined) return unknown("control groups cannot be looked at");
	const { groups, lacking } = chooseGroups([wanted], seen);
	const [problem] = lacking;
	if (problem?.code === needsScope) return ok("in a scope that the user's systemd is asked for");
	if (problem) return limited(problem.message, `${options}; with --limits-best-effort it is left out`, problem.hint);
	const [{ version, parent, evacuate } = { version: 2, parent: "", evacuate: false }] = groups;
	const room = evacuate ? ", after ns has made room there" : "";
	return ok(`by a control group of v${version} below ${parent}${room}`);
}

export const limitChecks: readonly Check[] = limits.map((limit) => ({
	...{ id: limit.id, title: limit.title, group: "control groups" },
	tries: "where a control group for it can be made",
	judge: (facts) => judge(limit, facts),
}));
