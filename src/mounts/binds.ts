/** Rules that show what is there, or take something away from it. */
import { call, flags, ref } from "../plan/step.ts";
import type { Arg, Call } from "../plan/types.ts";
import {
	attach,
	attributes,
	cloneMount,
	cloneTree,
	openByDescriptor,
	openInside,
	setAttributes,
	unreachable,
} from "./calls.ts";
import { closeTarget, type Made, type Part, type Tools } from "./made.ts";
import { isRoot, normal } from "./points.ts";
import type { BindMount, MaskRule, ReadOnlyRule } from "./rules.ts";

/** A source as people call it. */
const sourceName = ({ source }: BindMount): string => (typeof source === "string" ? source : `descriptor ${source.fd}`);

export function bind(rule: BindMount, { id, points }: Tools): Made {
	const { target, optional, readOnly } = rule;
	const when = optional ? { onlyIf: id, optional } : {};
	return {
		does: `bind ${sourceName(rule)} ${readOnly ? "read-only " : ""}at ${target}`,
		why: "it was opened above",
		man: "move_mount(2)",
		opens: openSource(rule, id),
		...(rule.idmap ? { opensWhen: "early", helped: mapIds(rule, id) } : {}),
		calls: [
			...points.open(target, { like: id }, when),
			attach(id, "target", optional ? { onlyIf: "target" } : {}),
			closeTarget,
		],
		mounts: "foreign",
	};
}

function openSource(rule: BindMount, id: string): Part {
	const { source, optional } = rule;
	const refused = optional ? { mayFail: unreachable } : {};
	const names = attributes(rule);
	const openAt = (path: Arg) =>
		call("open_tree", [flags("AT_FDCWD"), path, flags(rule.idmap ? cloneMount : cloneTree)], {
			result: id,
			...refused,
		});
	return {
		does: `open ${sourceName(rule)}`,
		why: "taken as it is now, whatever is mounted over it later",
		man: "open_tree(2)",
		calls: [
			...(typeof source === "string" ? [openAt(source)] : openByDescriptor(source.fd, id, openAt)),
			...(names === "" ? [] : [setAttributes(id, names, optional ? { onlyIf: id } : {})]),
		],
	};
}

/** The mount gets the map of the new user namespace: that of the process the helper belongs to, which `proc` leads to. */
const mapIds = (rule: BindMount, id: string): Part => ({
	does: `map the ids of ${sourceName(rule)}`,
	why: "ids on disk are taken as those inside",
	man: "mount_setattr(2)",
	calls: [
		call("openat", [ref("proc"), "ns/user", flags("O_RDONLY|O_CLOEXEC")], { result: "map" }),
		setAttributes(id, "MOUNT_ATTR_IDMAP", {
			recursive: false,
			userns: { ref: "map" },
			onlyIf: rule.optional ? id : undefined,
		}),
		call("close", [ref("map")]),
	],
});
/**
 * Files of /proc, which are no directories in any kernel. A mount that was made for nothing would keep the kernel busy for
 * longer than all the rest of the rule takes.
 */
const files: readonly string[] = [
	...["kcore", "keys", "key-users", "pagetypeinfo", "slabinfo", "timer_list", "vmallocinfo"],
	...["interrupts", "kallsyms", "kmsg", "kpagecount", "kpageflags", "latency_stats", "sched_debug", "sysrq-trigger"],
];

/** A file is tried first: the kernel takes no file for a directory, nor the other way round. */
export function mask({ target, optional }: MaskRule, { id }: Tools): Made {
	const isFile = normal(target).startsWith("/proc/") && files.includes(normal(target).slice("/proc/".length));
	const refused = optional ? { mayFail: unreachable } : {};
	const there = optional ? { onlyIf: "target" } : {};
	return {
		does: `hide ${target}`,
		why: "an empty file, or an empty directory, takes its place",
		man: "move_mount(2)",
		staged: { id, rule: isFile ? "mask-file" : "mask" },
		calls: [
			openInside(normal(target), refused),
			...(isFile
				? [attach(`${id}.file`, "target", there)]
				: [
						attach(`${id}.file`, "target", { ...there, mayFail: ["EINVAL", "ENOTDIR"], result: "hidden" }),
						attach(`${id}.directory`, "target", { ...there, onlyIfFailed: "hidden" }),
					]),
			closeTarget,
		],
		mounts: "foreign",
	};
}

export function readOnly({ type, target, optional }: ReadOnlyRule, { id }: Tools): Made {
	const refused = optional ? { mayFail: unreachable } : {};
	const there = optional ? { onlyIf: "target" } : {};
	const onItself: Call[] = [
		call("open_tree", [ref("target"), "", flags(`AT_EMPTY_PATH|${cloneTree}`)], { result: id, ...there }),
		setAttributes(id, "MOUNT_ATTR_RDONLY", there),
		attach(id, "target", there),
		call("close", [ref(id)], { mayFail: true }),
	];
	return {
		does: `make ${target} read-only${type === "remount" ? "" : ", with everything below it"}`,
		why:
			type === "remount"
				? "this mount alone"
				: isRoot(target)
					? "what rules mount from here on is as they say"
					: "bound to itself, so that it is a mount of its own",
		man: "mount_setattr(2)",
		calls: [
			openInside(normal(target), refused),
			...(type === "remount"
				? [setAttributes("target", "MOUNT_ATTR_RDONLY", { recursive: false, ...there })]
				: isRoot(target)
					? [setAttributes("target", "MOUNT_ATTR_RDONLY", there)]
					: onItself),
			closeTarget,
		],
	};
}
