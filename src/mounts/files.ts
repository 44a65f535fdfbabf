/** Rules that make links, directories and files. */
import { call, flags, ref } from "../plan/step.ts";
import { attach, own } from "./calls.ts";
import { type Made, placed, type Tools } from "./made.ts";
import { nameOf, normal, parentOf } from "./points.ts";
import type { DirectoryRule, FileRule, SymlinkRule } from "./rules.ts";
import { copied, writeNew } from "./stage.ts";

const why = "it exists only inside";

export function symlink({ to, target }: SymlinkRule, { points }: Tools): Made {
	const path = normal(target);
	return {
		does: `make ${target} a link to ${to}`,
		...{ why, man: "symlink(2)" },
		calls: points.inside(parentOf(path), (directory) => [call("symlinkat", [to, ref(directory), nameOf(path)])]),
	};
}

/** A directory that is open as a path, to work on. */
const openItself = (directory: string) =>
	call("openat", [ref(directory), ".", flags("O_RDONLY|O_DIRECTORY|O_CLOEXEC")], { result: "made" });
const closeMade = call("close", [ref("made")]);

/** One that is there already is left as it is, unless its mode or owner is asked for. */
export function directory(rule: DirectoryRule, { points }: Tools): Made {
	const path = normal(rule.target);
	const owned = own("made", rule);
	return {
		does: `make the directory ${rule.target}`,
		...{ why, man: "mkdir(2)" },
		calls: [
			...points.open(path, "directory"),
			call("close", [ref("target")]),
			...(owned.length === 0 ? [] : points.inside(path, (directory) => [openItself(directory), ...owned, closeMade])),
		],
	};
}

/** Made where it may be; elsewhere a file in memory is mounted in the place of the one that is there. */
export function file(rule: FileRule, tools: Tools): Made {
	const { id, points } = tools;
	const { target, content } = rule;
	const path = normal(target);
	const opens =
		typeof content === "string"
			? undefined
			: {
					does: `open ${content.file}`,
					why: "taken as it is now, whatever is mounted over it later",
					man: "openat(2)",
					calls: [
						call("openat", [flags("AT_FDCWD"), content.file, flags("O_RDONLY|O_NONBLOCK|O_CLOEXEC")], {
							result: copied(id),
						}),
					],
				};
	if (!points.isPrivate(path)) {
		return {
			does: `mount a file at ${target}`,
			...{ why, man: "move_mount(2)", opens },
			staged: { id, rule },
			calls: placed(tools, target, "file", [attach(id, "target")]),
			mounts: "foreign",
		};
	}
	const replace = (directory: string) => [
		call("unlinkat", [ref(directory), nameOf(path), 0], { mayFail: ["ENOENT"], result: "made" }),
		...writeNew(directory, nameOf(path), rule, id),
	];
	return {
		does: `make the file ${target}`,
		...{ why, man: "open(2)", opens },
		calls: points.inside(parentOf(path), replace),
	};
}
