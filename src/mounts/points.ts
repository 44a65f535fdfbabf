/**
 * Mount points. They are made only in what is private to the sandbox: in a file system of its own, never on the
 * caller's disk. By their names it can be told where one may be missing; whether the directory it goes into is really
 * private is asked of the kernel, by descriptor, whatever links and mounts have led there.
 */
import { call, ref } from "../plan/step.ts";
import type { Call } from "../plan/types.ts";
import { look, openInside, unreachable } from "./calls.ts";

/** What stands at a target: a directory, a file, or the one or the other as an open tree is. */
export type Kind = "directory" | "file" | { readonly like: string };

/** When a rule that is optional is gone on with. */
export interface When {
	/** The result that says so. */
	readonly onlyIf?: string | undefined;
	/** A target that leads nowhere is no failure. */
	readonly optional?: boolean | undefined;
}

/** What is known of the tree, rule by rule. */
export class Points {
	/** Targets of mounts; with the name of the mount where it is private. */
	private readonly mounts = new Map<string, string | undefined>();
	/** Directories that are there for sure. */
	private readonly made = new Set<string>();
	/** Where the numbers of private mounts are kept. One that is covered by another is private nevertheless. */
	private readonly among: string[] = [];

	/** `root` is the name of the root's mount where that is private. */
	constructor(readonly root?: string) {
		this.mounts.set("/", root);
		if (root !== undefined) this.among.push(`${root}.mount`);
	}

	/** Notes a mount at `target`; a private one with its name. One that may have come to nothing leaves the place as it was. */
	mounted(target: string, name?: string, optional = false): void {
		const path = normal(target);
		if (!optional) this.mounts.set(path, name);
		if (name !== undefined) this.among.push(`${name}.mount`);
		for (const one of this.made) if (one !== path && isBelow(one, path)) this.made.delete(one);
	}

	/** The calls that open `target`, and make it before that where it is missing and may be made. */
	open(target: string, kind: Kind, when: When = {}): Call[] {
		const { onlyIf, optional } = when;
		const path = normal(target);
		const making = this.make(path, kind, { onlyIf, optional, onlyIfFailed: "target" });
		const refused = optional ? { mayFail: unreachable } : {};
		if (making.length === 0) return [openInside(path, { onlyIf, ...refused })];
		return [
			openInside(path, { onlyIf, mayFail: optional ? unreachable : ["ENOENT"] }),
			...making,
			openInside(path, { onlyIf, onlyIfFailed: "target", ...refused }),
		];
	}

	/** The calls that make `path` and the directories above it, as far as they may be missing. */
	make(path: string, kind: Kind, when: Making = {}): Call[] {
		const calls: Call[] = [];
		const sure = when.onlyIf === undefined;
		for (const [parent, name, whole] of ancestors(path)) {
			const last = whole === path;
			if ((last ? kind === "directory" : true) && this.made.has(whole)) continue;
			if (this.coverOf(parent) === undefined) continue;
			calls.push(
				...this.within(parent, when, (directory, within) =>
					makeOne(directory, name, last ? kind : "directory", within),
				),
			);
			if (sure && (!last || kind === "directory")) this.made.add(whole);
		}
		return calls;
	}

	/** Calls that make `parent` where it is missing, and work on it: it has to be private, and is open as what they are given. */
	inside(parent: string, work: (directory: string) => Call[]): Call[] {
		return [...this.make(parent, "directory"), ...this.within(parent, {}, work)];
	}

	/** Whether a path lies in a private mount, as far as names tell. */
	isPrivate(path: string): boolean {
		return this.coverOf(parentOf(normal(path))) !== undefined;
	}

	private within(parent: string, making: Making, work: (directory: string, when: Making) => Call[]): Call[] {
		if (parent === "/" && this.root !== undefined) return work("root", making);
		const { optional, ...when } = making;
		const among = this.among.slice();
		const refused = optional ? { mayFail: unreachable } : {};
		const there = optional ? also(when, "parent") : when;
		const otherwise = optional ? ({ otherwise: "result" } as const) : {};
		return [
			openInside(parent, { ...when, ...refused, result: "parent" }, "O_PATH|O_DIRECTORY|O_CLOEXEC"),
			look("parent", "statx", {
				...there,
				...(optional ? { result: "private" } : {}),
				check: { mountIn: "statx", among, ...otherwise },
			}),
			...work("parent", optional ? { ...also(when, "private"), optional } : when),
			call("close", [ref("parent")], { ...when, mayFail: true }),
		];
	}

	/** The private mount that a path lies in, as far as names tell. */
	private coverOf(path: string): string | undefined {
		for (let at = path; ; at = parentOf(at)) {
			if (this.mounts.has(at)) return this.mounts.get(at);
			if (at === "/") return undefined;
		}
	}
}

/** When something is made. */
type Making = Pick<Call, "onlyIf" | "onlyIfFailed"> & Pick<When, "optional">;

/** The same, and only after this too. */
const also = <T extends Pick<Call, "onlyIf">>(when: T, result: string): T => ({
	...when,
	onlyIf: [...[when.onlyIf ?? []].flat(), result],
});

function makeOne(directory: string, name: string, kind: Kind, { optional, ...when }: Making): Call[] {
	const exists = { mayFail: optional ? ["EEXIST", "EACCES", "EROFS"] : ["EEXIST"], result: "made" } as const;
	const mkdir = (more: Partial<Call> = {}) =>
		call("mkdirat", [ref(directory), name, 0o755], { ...when, ...exists, ...more });
	const mknod = (more: Partial<Call> = {}) =>
		call("mknodat", [ref(directory), name, 0o100644, 0], { ...when, ...exists, ...more });
	if (kind === "directory") return [mkdir()];
	if (kind === "file") return [mknod()];
	const [needed, failed] = [when.onlyIf ?? [], when.onlyIfFailed ?? []];
	return [
		look(kind.like, "statx", { ...when, result: "kind", check: { isDirectory: "statx" } }),
		mkdir({ onlyIf: [...[needed].flat(), "kind"] }),
		mknod({ onlyIfFailed: [...[failed].flat(), "kind"] }),
	];
}

/** Whether a target is the root itself. */
export const isRoot = (target: string): boolean => /^\/[/.]*$/.test(target);

/** `/a/b` for `//a/./b/`. */
export function normal(path: string): string {
	const parts = path.split("/").filter((part) => part !== "" && part !== ".");
	return `/${parts.join("/")}`;
}

/** The directory that a path, as `normal` gives it, lies in. */
export const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf("/")));

/** The last part of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const isBelow = (path: string, directory: string): boolean =>
	path.startsWith(directory === "/" ? "/" : `${directory}/`);

/** Each directory on the way to `path`, and `path` itself: the one above, the name in it, and the whole. */
function ancestors(path: string): (readonly [parent: string, name: string, whole: string])[] {
	const steps: (readonly [string, string, string])[] = [];
	for (let at = 0; at >= 0 && at < path.length - 1; ) {
		const end = path.indexOf("/", at + 1);
		const whole = end < 0 ? path : path.slice(0, end);
		steps.push([parentOf(whole), whole.slice(at + 1), whole]);
		at = end;
	}
	return steps;
}
