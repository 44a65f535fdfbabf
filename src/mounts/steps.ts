/** Rules become calls: what each opens before the first mount, and what it does in its turn. */
import { call, ref } from "../plan/step.ts";
import type { Context } from "../plan/types.ts";
import { bind, mask, readOnly } from "./binds.ts";
import { setAttributes } from "./calls.ts";
import { directory, file, symlink } from "./files.ts";
import type { Made, Part, Tools } from "./made.ts";
import { dev, kernel, overlay, tmpfs } from "./new.ts";
import { Layers } from "./overlay.ts";
import { isRoot, Points } from "./points.ts";
import type { AccountsRule, MountRule } from "./rules.ts";
import { type Staged, stage } from "./stage.ts";

/** Rules that do something by themselves. */
type PlainRule = Exclude<MountRule, AccountsRule>;

type Makers = {
	readonly [Type in PlainRule["type"]]: (rule: Extract<MountRule, { type: Type }>, tools: Tools) => Made;
};

const makers: Makers = {
	bind,
	tmpfs,
	overlay,
	dev,
	mqueue: kernel as Makers["mqueue"],
	sys: kernel as Makers["sys"],
	symlink,
	directory,
	file,
	mask,
	"read-only": readOnly as Makers["read-only"],
	remount: readOnly as Makers["remount"],
};

/** What all rules do: before the first mount, and then one after the other. */
export interface RuleParts {
	/** With the caller's privileges, before any namespace is made. */
	readonly early: readonly Part[];
	/** By the helper, once ids are mapped. */
	readonly helped: readonly Part[];
	readonly opens: readonly Part[];
	/** Before `/proc` is mounted. */
	readonly first: readonly Part[];
	readonly mounts: readonly Part[];
}

/** The parts of these rules. `root` is the name of the root's mount where that is private to the sandbox. */
export function ruleParts(given: readonly MountRule[], context: Context, root?: string): RuleParts {
	const rules = plainRules(given, context);
	const points = new Points(root);
	const layers = new Layers([...context.held, ...placesOf(context)]);
	const opens = { early: [] as Part[], first: [] as Part[], sources: [] as Part[] };
	const helped: Part[] = [];
	const first: Part[] = [];
	const mounts: Part[] = [];
	const last: Part[] = [];
	const staged: Staged[] = [];
	rules.forEach((rule, i) => {
		const id = `source.${i}`;
		const make = makers[rule.type] as (rule: MountRule, tools: Tools) => Made;
		const made = make(rule, { id, points, layers, context });
		if (made.opens) opens[made.opensWhen ?? "sources"].push(made.opens);
		if (made.helped) helped.push(made.helped);
		if (made.staged) staged.push(made.staged);
		(i === 0 && isWholeRoot(rule) ? first : mounts).push(made);
		const optional = "optional" in rule && rule.optional;
		if (made.mounts) points.mounted(rule.target, made.mounts === "private" ? id : undefined, optional);
		if (rule.type === "tmpfs" && rule.readOnly) last.push(closed(rule.target, id));
	});
	if (staged.length > 0) opens.sources.push(stagePart(staged));
	const all = [...mounts, ...last];
	return {
		...{ early: opens.early, helped, opens: [...opens.first, ...opens.sources], first },
		mounts: all.some(makes) ? [umaskAside, ...all, umaskBack] : all,
	};
}

/** The rules with those in place of others that stand for them; their code is loaded only where there are any. */
function plainRules(given: readonly MountRule[], context: Context): PlainRule[] {
	const rules: PlainRule[] = [];
	for (const rule of given) {
		if (rule.type !== "accounts") rules.push(rule);
		else rules.push(...(require("./accounts.ts") as typeof import("./accounts.ts")).accountFiles(rule, context));
	}
	return rules;
}

/** Whether a rule takes write access away from all that there is. */
const isWholeRoot = ({ type, target }: MountRule): boolean => type === "read-only" && isRoot(target);

/** Numbers that the supervisor, and whoever waits for the command, count on. */
const placesOf = ({ supervision }: Context): number[] =>
	supervision ? [...supervision.kept, supervision.places.ready ?? -1] : [];

/** Whether directories or files may be made, which the umask has a say in. */
const makes = ({ calls }: Part): boolean => calls.some(({ name }) => name === "mkdirat" || name === "mknodat");

const umaskAside: Part = {
	does: "put the umask aside",
	why: "what rules make has the permissions they say",
	man: "umask(2)",
	calls: [call("umask", [0], { result: "umask" })],
};
const umaskBack: Part = {
	does: "take the umask back",
	why: "the command has it as the caller had it",
	man: "umask(2)",
	calls: [call("umask", [ref("umask")])],
};

const closed = (target: string, id: string): Part => ({
	does: `make ${target} read-only`,
	why: "now that everything is made that belongs there",
	man: "mount_setattr(2)",
	calls: [setAttributes(id, "MOUNT_ATTR_RDONLY", { recursive: false })],
});

const stagePart = (staged: readonly Staged[]): Part => ({
	does: "make what takes the place of files",
	why: "in memory, and on nobody's disk",
	man: "fsmount(2)",
	calls: stage(staged),
});
