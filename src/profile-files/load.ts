/** Reading profiles from files, with what they build on. Everything that is wrong is found at once. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { toBytes } from "../bytes.ts";
import { currentDirectory, hostFacts } from "../host.ts";
import { nearest } from "../nearest.ts";
import { PlanError } from "../plan/errors.ts";
import type { Problem } from "../plan/types.ts";
import { builtin, builtinNames, type Facts } from "../profile/builtin.ts";
import { mergeProfiles } from "../profile/merge.ts";
import { resolvedProfile, resolvePath } from "../profile/paths.ts";
import { isTable } from "../profile/schema.ts";
import { profileFileShape } from "../profile/shape.ts";
import type { Profile, ProfileFile } from "../profile/types.ts";
import { validate } from "../profile/validate.ts";
import { endingHint, formatOf, parseBytes, TextError } from "./text.ts";

/** A file of more bytes is no profile. */
export const mostBytes = 1024 * 1024;
/** So many profiles may build on one another. */
const deepest = 16;
/** So many files are read at most. */
const mostFiles = 64;

/** A profile that was read, and everything that is wrong with it. */
export interface Loaded {
	readonly profile: Profile;
	readonly problems: readonly Problem[];
	/** It builds on a built-in profile. */
	readonly hasPreset?: boolean;
}

/**
 * The profile in a file of TOML, YAML, JSON, JSONC or JSON5, with those that it builds on. Relative paths in it begin at
 * the directory of the file. Throws a `PlanError` with everything that is wrong.
 *
 * @example
 * ```ts
 * import { loadProfile, profileSandbox } from "nskit";
 * import { mkdtempSync, rmSync } from "node:fs";
 * const folder = mkdtempSync("/tmp/profile-");
 * await Bun.write(`${folder}/box.toml`, 'uts = { hostname = "box" }');
 * const box = profileSandbox(loadProfile(`${folder}/box.toml`));
 * console.log(box.spawnSync(["hostname"], { stdout: "pipe" }).stdout?.toString()); // box
 * rmSync(folder, { recursive: true });
 * ```
 */
export function loadProfile(path: string): Profile {
	const variables = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
	const { profile, problems } = readProfiles([path], {
		host: hostFacts(),
		cwd: currentDirectory(),
		env: variables,
	});
	if (problems.length > 0) throw new PlanError(problems);
	return profile;
}

/**
 * These profiles, the later on top of the earlier: names of built-in ones, or paths of files. `below` is the built-in one
 * that they come on top of.
 */
export function readProfiles(names: readonly string[], facts: Facts, below?: string): Loaded {
	const loader = new Loader(facts, below);
	const profile = loader.all(names, facts.cwd, []);
	const problems = new Map(loader.problems.map((one) => [one.message, one]));
	return { profile, problems: [...problems.values()], hasPreset: loader.there.size > 0 };
}

/** A file that is being read, and waits for what it builds on. */
interface Waiting {
	readonly name: string;
	readonly identity: string;
}

class Loader {
	readonly problems: Problem[] = [];
	private files = 0;
	/** The first file that has said something of its own. */
	private said: string | undefined;
	/** Built-in profiles that are there already: they count once, as the ground of all the others. */
	readonly there = new Set<string>();

	constructor(
		private readonly facts: Facts,
		below: string | undefined,
	) {
		if (below !== undefined) this.there.add(below);
	}

	/** Relative paths begin at `directory`. */
	all(names: readonly string[], directory: string, waiting: readonly Waiting[]): Profile {
		let profile: Profile = {};
		for (const name of names) profile = mergeProfiles(profile, this.one(name, directory, waiting));
		return profile;
	}

	private one(name: string, directory: string, waiting: readonly Waiting[]): Profile {
		if (builtinNames.includes(name)) return this.ground(name);
		const path = waiting.length === 0 ? name : resolvePath(name, directory);
		const format = formatOf(name);
		if (!format)
			return this.problem("PROFILE_UNKNOWN", `there is no profile ${JSON.stringify(name)}`, unknownHint(name));
		if (waiting.length >= deepest) {
			const message = `${path}: more than ${deepest} profiles build on one another`;
			return this.problem("PROFILE_TOO_DEEP", message, "put some of them into one");
		}
		if (++this.files > mostFiles) {
			const message = `${path}: more than ${mostFiles} files are needed`;
			return this.problem("PROFILE_TOO_MANY", message, "put some of them into one");
		}
		const whole = resolvePath(name, directory);
		const file = this.read(path, whole);
		if (!file) return {};
		const circle = waiting.findIndex(({ identity }) => identity === file.identity);
		const here = [...waiting, { name: path, identity: file.identity }];
		if (circle >= 0) {
			const names = here.slice(circle).map((one) => one.name);
			const message = `profiles build on each other in a circle: ${names.join(" -> ")}`;
			return this.problem("PROFILE_CYCLE", message, "take one extends away");
		}
		const data = this.parsed(path, file.bytes, format);
		const { value, problems } = validate(data, profileFileShape, { name: path });
		this.problems.push(...problems);
		if (problems.length > 0 || !isTable(value)) return {};
		const { extends: below = [], ...own } = value as ProfileFile;
		const folder = directoryOf(whole);
		const base = this.all(typeof below === "string" ? [below] : below, folder, here);
		if (Object.keys(own).some((key) => key !== "$schema")) this.said ??= path;
		return mergeProfiles(base, resolvedProfile(own, folder));
	}

	/** A built-in profile. On top of another one it would leave open what that has opened. */
	private ground(name: string): Profile {
		if (this.there.has(name)) return {};
		this.there.add(name);
		if (this.said === undefined) return builtin(name, this.facts) ?? {};
		const message = `${name} has to come first: what ${this.said} opens would stay open`;
		return this.problem("PROFILE_NOT_FIRST", message, `name ${name}, or what extends it, before ${this.said}`);
	}

	/** The bytes of a plain file, and which one it is. */
	private read(name: string, path: string): { bytes: Uint8Array; identity: string } | undefined {
		const wrong = (what: string): undefined => void this.problem("PROFILE_UNREADABLE", `${name}: ${what}`);
		const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
		let fd: number | undefined;
		try {
			// Somebody may have put a pipe there, and it would be waited for.
			fd = openSync(Buffer.from(toBytes(path)), O_RDONLY | O_NONBLOCK | O_NOCTTY);
			const status = fstatSync(fd, { bigint: true });
			const { dev, ino, size } = status;
			if (!status.isFile()) return wrong("is no plain file");
			if (size > mostBytes) return wrong(`has ${size} bytes, and a profile has ${mostBytes} at most`);
			const bytes = Buffer.alloc(mostBytes + 1);
			let length = 0;
			for (let count = -1; count !== 0 && length < bytes.length; length += count)
				count = readSync(fd, bytes, length, bytes.length - length, null);
			if (length > mostBytes) return wrong(`has more than ${mostBytes} bytes`);
			return { bytes: bytes.subarray(0, length), identity: `${dev}:${ino}` };
		} catch (error) {
			return wrong(`cannot be read: ${codeOf(error)}`);
		} finally {
			if (fd !== undefined) closeSync(fd);
		}
	}

	/** What the text holds; an empty profile where it is none. */
	private parsed(name: string, bytes: Uint8Array, format: Parameters<typeof parseBytes>[1]): unknown {
		try {
			return parseBytes(bytes, format);
		} catch (error) {
			if (!(error instanceof TextError)) throw error;
			return this.problem("PROFILE_SYNTAX", `${name}: ${error.message}`);
		}
	}

	private problem(code: string, message: string, hint?: string): Profile {
		this.problems.push({ code, message, ...(hint !== undefined && { hint }) });
		return {};
	}
}

function unknownHint(name: string): string {
	const near = nearest(name, builtinNames);
	if (near) return `did you mean ${near}?`;
	return builtinNames.length === 0
		? endingHint(name)
		: `built in are ${builtinNames.join(", ")}; of a file ${endingHint(name)}`;
}

/** The directory of an absolute path, without steps that lead nowhere. */
export function directoryOf(path: string): string {
	const parts = path
		.slice(0, path.lastIndexOf("/"))
		.split("/")
		.filter((part) => part !== "" && part !== ".");
	return `/${parts.join("/")}`;
}

/** The name of an error of node:fs. Throws what is none. */
export function codeOf(error: unknown): string {
	if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
	throw error;
}
