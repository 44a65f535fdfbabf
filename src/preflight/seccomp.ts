/** Reading what seccomp options only name: a profile in a file, and programs in descriptors. */
import { fromBytes } from "../bytes.ts";
import { close, openToRead, readUpTo } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { PlanError } from "../plan/errors.ts";
import type { Problem } from "../plan/types.ts";
import type { SeccompOptions, SeccompProfile } from "../privileges/types.ts";
import { mostInstructions } from "../seccomp/bpf.ts";
import { JsonError, parseJson } from "../seccomp/json.ts";
import { isCallers } from "./descriptors.ts";

/** What is longer is no profile, and no program that the kernel takes. Bytes. */
const [longestProfile, longestProgram] = [4 * 1024 * 1024, 8 * mostInstructions];

/**
 * The same options with everything read that they only name: `file` becomes the profile it holds in JSON, and programs in
 * descriptors become bytes. Throws a `PlanError` with every problem there is.
 *
 * @example
 * ```ts
 * import { loadSeccomp, PlanError } from "nskit";
 * try {
 * 	loadSeccomp({ file: "/nowhere/profile.json" });
 * } catch (error) {
 * 	if (error instanceof PlanError) console.log(error.problems[0]?.code); // SECCOMP_UNREADABLE
 * }
 * ```
 */
export function loadSeccomp(options: SeccompOptions): SeccompOptions {
	const problems: Problem[] = [];
	const { file, programs, ...others } = options;
	const profile = file === undefined || others.profile !== undefined ? undefined : readProfile(file, problems);
	const read: Uint8Array[] = [];
	for (const one of programs ?? []) read.push("fd" in one ? readProgram(one.fd, problems) : one);
	if (problems.length > 0) throw new PlanError(problems);
	return { ...others, ...(profile ? { profile } : { file }), ...(programs && { programs: read }) };
}

function readProfile(path: string, problems: Problem[]): SeccompProfile | undefined {
	const wrong = (code: string, message: string, hint: string): undefined => {
		problems.push({ code, message: `the seccomp profile ${path}: ${message}`, hint });
	};
	try {
		const fd = openToRead(path);
		try {
			const bytes = readUpTo(fd, longestProfile);
			if (!bytes) return wrong("SECCOMP_TOO_LONG", `it has more than ${longestProfile} bytes`, "it is no profile");
			return parseJson(fromBytes(bytes)) as unknown as SeccompProfile;
		} finally {
			close(fd);
		}
	} catch (error) {
		if (error instanceof JsonError)
			return wrong("SECCOMP_PROFILE_INVALID", `no JSON: ${error.message}`, "it has to be JSON, without comments");
		if (error instanceof SystemError)
			return wrong("SECCOMP_UNREADABLE", error.message, "name a file that can be read, or default, none or log");
		throw error;
	}
}

function readProgram(fd: number, problems: Problem[]): Uint8Array {
	const wrong = (code: string, message: string, hint: string): Uint8Array => {
		problems.push({ code, message: `the seccomp program in descriptor ${fd}: ${message}`, hint });
		return new Uint8Array();
	};
	const hint = "it has to be open in the process that starts the command, as with 3<FILE in a shell";
	try {
		if (!Number.isInteger(fd) || fd < 0 || fd > 0x7fff_ffff)
			return wrong("DESCRIPTOR_INVALID", "this is no number of a descriptor", hint);
		if (!isCallers(fd)) return wrong("DESCRIPTOR_CLOSED", "there is no such descriptor", hint);
		const bytes = readUpTo(fd, longestProgram);
		const instructions = `the kernel takes ${mostInstructions} instructions of 8 bytes`;
		return bytes ?? wrong("SECCOMP_TOO_LONG", `it has more than ${longestProgram} bytes`, instructions);
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
		return wrong("SECCOMP_UNREADABLE", error.message, "it has to be open on a file or a pipe, to be read");
	}
}
