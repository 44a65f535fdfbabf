/** What importers take and give. */
import type { Problem } from "../../plan/types.ts";
import type { Profile } from "../types.ts";

/** Something of the source that a profile cannot say, or says in another way. */
export interface Missing {
	/** What it is, as the source calls it. */
	readonly what: string;
	/** Why, and what that means for who relies on it. */
	readonly why: string;
}

/** What has become of a configuration of another tool. */
export interface Imported {
	/** Only as good as `problems` is empty. */
	readonly profile: Profile;
	/** Everything that is not in the profile. */
	readonly missing: readonly Missing[];
	/** What makes the source none that the tool would take. */
	readonly problems: readonly Problem[];
}

/** Whose configuration it is: what the tool would find around itself. */
export interface Surroundings {
	/** Relative paths are taken from here. Absolute. */
	readonly cwd: string;
	/** Variables that the configuration may name. */
	readonly env: ReadonlyMap<string, string>;
	readonly uid: number;
	readonly gid: number;
}

/** A profile while it is being made. */
export type Draft = { -readonly [Name in keyof Profile]: Profile[Name] };

/** The most text that is read: no configuration is longer, and reading it is bounded. */
export const longestSource = 4 * 1024 * 1024;

/** Collects what an import comes to. */
export class Import {
	readonly profile: Draft = {};
	readonly missing: Missing[] = [];
	readonly problems: Problem[] = [];

	constructor(readonly around: Surroundings) {}

	lacks(what: string, why: string): undefined {
		this.missing.push({ what, why });
	}

	problem(message: string, hint?: string): undefined {
		this.problems.push({ code: "IMPORT_INVALID", message, hint });
	}

	/** A path as the caller means it. */
	resolve(path: string): string {
		if (path === "" || path.startsWith("/")) return path;
		return `${this.around.cwd === "/" ? "" : this.around.cwd}/${path}`;
	}

	/** The result, without what was left undefined. */
	done(): Imported {
		return { profile: withoutUndefined(this.profile) as Profile, missing: this.missing, problems: this.problems };
	}
}

/** The same data without members that are undefined, which files cannot say. */
export function withoutUndefined(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutUndefined);
	if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
	const kept: [string, unknown][] = [];
	for (const [name, member] of Object.entries(value)) {
		if (member !== undefined) kept.push([name, withoutUndefined(member)]);
	}
	return Object.fromEntries(kept);
}

/** A target inside: absolute, whatever the source leaves out. */
export const inside = (path: string): string => (path.startsWith("/") ? path : `/${path}`);

/** Whether `path` is `above` or lies below it, by their names. */
export const isWithin = (path: string, above: string): boolean =>
	path === above || above === "/" || path.startsWith(`${above}/`);
