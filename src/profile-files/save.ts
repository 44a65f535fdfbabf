/** Writing profiles: so that they can be read by people, and become the same plan again. */
import { closeSync, constants, fsyncSync, lstatSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { toBytes } from "../bytes.ts";
import type { Problem } from "../plan/types.ts";
import { relativeProfile, resolvePath } from "../profile/paths.ts";
import { savedForm } from "../profile/save.ts";
import { profileShape } from "../profile/shape.ts";
import type { Profile } from "../profile/types.ts";
import { validate } from "../profile/validate.ts";
import { codeOf, directoryOf } from "./load.ts";
import { endingHint, type Format, formatOf, parseBytes, profileText } from "./text.ts";

/** The text of a profile, or what stands against that. With `directory` what lies in it is named from there. */
export function textOf(
	profile: Profile,
	format: Format,
	name: string,
	directory?: string,
): { readonly text: Uint8Array } | { readonly problems: readonly Problem[] } {
	const data = savedForm(directory === undefined ? profile : relativeProfile(profile, directory));
	const { problems } = validate(data, profileShape, { name });
	if (problems.length > 0) return { problems };
	const text = profileText(data, format);
	if (holds(text, format, data)) return { text };
	const hint = format === "json" ? "leave such names out" : "JSON can hold such names: let FILE end in .json";
	const message = `${name}: something in it is no text in UTF-8, and cannot be written so`;
	return { problems: [{ code: "PROFILE_UNWRITABLE", message, hint }] };
}

/** Whether the text says what was meant. */
function holds(text: Uint8Array, format: Format, data: Readonly<Record<string, unknown>>): boolean {
	try {
		return JSON.stringify(savedForm(parseBytes(text, format) as Profile)) === JSON.stringify(data);
	} catch {
		return false;
	}
}

/**
 * Writes a profile into a file, which is made, or replaced as a whole, with permissions 0644 less the umask. What is wrong
 * comes back as problems, and then nothing has changed.
 */
export function saveProfile(profile: Profile, file: string, cwd: string): readonly Problem[] {
	const wrong = (what: string, hint?: string): readonly Problem[] => [
		{ code: "PROFILE_UNWRITABLE", message: `${file}: ${what}`, ...(hint !== undefined && { hint }) },
	];
	const format = formatOf(file);
	if (!format) return wrong("the name does not tell how to write it", endingHint(file));
	const path = resolvePath(file, cwd);
	const made = textOf(profile, format, file, directoryOf(path));
	if ("problems" in made) return made.problems;
	try {
		if (!canReplace(path)) return wrong("there is something else than a plain file", "name another, or take it away");
		replace(path, made.text);
		return [];
	} catch (error) {
		return wrong(`cannot be written: ${codeOf(error)}`);
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
