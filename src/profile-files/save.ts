/** Writing profiles: so that they can be read by people, and become the same plan again. */
import {
	accessSync,
	closeSync,
	constants,
	fsyncSync,
	lstatSync,
	openSync,
	renameSync,
	unlinkSync,
	writeSync,
} from "node:fs";
import { toBytes } from "../bytes.ts";
import type { Problem } from "../plan/types.ts";
import { relativeProfile, resolvedProfile, resolvePath } from "../profile/paths.ts";
import { savedForm } from "../profile/save.ts";
import { profileFileShape } from "../profile/shape.ts";
import type { ProfileFile } from "../profile/types.ts";
import { validate } from "../profile/validate.ts";
import { codeOf, directoryOf, mostBytes } from "./load.ts";
import { endingHint, type Format, formatOf, parseBytes, profileText } from "./text.ts";

/**
 * The text of a profile, or what stands against that. Relative paths begin at `cwd`; with `directory` what lies in that is
 * named from there. `notes` are comments at its top.
 */
export function textOf(
	profile: ProfileFile,
	format: Format,
	name: string,
	cwd: string,
	directory?: string,
	notes: readonly string[] = [],
): { readonly text: Uint8Array } | { readonly problems: readonly Problem[] } {
	const { extends: below, ...own } = profile;
	const whole = resolvedProfile(own, cwd);
	const base = below === undefined ? {} : { extends: below };
	const data = savedForm({ ...base, ...(directory === undefined ? whole : relativeProfile(whole, directory)) });
	const { problems } = validate(data, profileFileShape, { name });
	if (problems.length > 0) return { problems };
	const text = profileText(data, format, notes);
	if (text.length > mostBytes) {
		const message = `${name}: it would have ${text.length} bytes, and a profile has ${mostBytes} at most`;
		return { problems: [{ code: "PROFILE_UNWRITABLE", message, hint: "bind a directory in place of its files" }] };
	}
	if (holds(text, format, data)) return { text };
	const hint = format === "json" ? "leave such names out" : "JSON can hold such names: let FILE end in .json";
	const message = `${name}: something in it is no text in UTF-8, and cannot be written so`;
	return { problems: [{ code: "PROFILE_UNWRITABLE", message, hint }] };
}

/** Whether the text says what was meant. */
function holds(text: Uint8Array, format: Format, data: Readonly<Record<string, unknown>>): boolean {
	try {
		return JSON.stringify(savedForm(parseBytes(text, format) as ProfileFile)) === JSON.stringify(data);
	} catch {
		return false;
	}
}

/** What stands against writing a profile into this file, as far as it can be told before there is one. */
export function saveProblems(file: string, cwd: string): readonly Problem[] {
	if (!formatOf(file)) return wrong(file, "the name does not tell how to write it", endingHint(file));
	const path = resolvePath(file, cwd);
	try {
		if (!canReplace(path))
			return wrong(file, "there is something else than a plain file", "name another, or take it away");
		accessSync(pathOf(directoryOf(path)), constants.W_OK | constants.X_OK);
		return [];
	} catch (error) {
		return wrong(file, `cannot be written: ${codeOf(error)}`);
	}
}

function wrong(file: string, what: string, hint?: string): readonly Problem[] {
	return [{ code: "PROFILE_UNWRITABLE", message: `${file}: ${what}`, ...(hint !== undefined && { hint }) }];
}

/**
 * Writes a profile into a file, which is made, or replaced as a whole, with permissions 0644 less the umask. What is wrong
 * comes back as problems, and then nothing has changed.
 */
export function saveProfile(
	profile: ProfileFile,
	file: string,
	cwd: string,
	notes: readonly string[] = [],
): readonly Problem[] {
	const problems = saveProblems(file, cwd);
	const format = formatOf(file);
	if (problems.length > 0 || !format) return problems;
	const path = resolvePath(file, cwd);
	const made = textOf(profile, format, file, cwd, directoryOf(path), notes);
	if ("problems" in made) return made.problems;
	try {
		replace(path, made.text);
		return [];
	} catch (error) {
		return wrong(file, `cannot be written: ${codeOf(error)}`);
	}
}

const pathOf = (path: string): Buffer => Buffer.from(toBytes(path));

/** Nothing is there, or a file; no link, device or directory. */
function canReplace(path: string): boolean {
	return lstatSync(pathOf(path), { throwIfNoEntry: false })?.isFile() ?? true;
}

/** The new file is complete before it has the name. */
function replace(path: string, text: Uint8Array): void {
	const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
	const beside = pathOf(`${path}.${crypto.randomUUID()}`);
	const fd = openSync(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
	try {
		try {
			for (let done = 0; done < text.length; ) done += writeSync(fd, text, done);
			fsyncSync(fd);
		} finally {
			closeSync(fd);
		}
		renameSync(beside, pathOf(path));
	} catch (error) {
		unlinkSync(beside);
		throw error;
	}
}
