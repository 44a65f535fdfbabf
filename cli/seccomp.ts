/** The options about system calls. Profiles and programs are read here, before anything is done. */
import { PlanError } from "../src/plan/errors.ts";
import type { Problem } from "../src/plan/types.ts";
import type { SeccompOptions } from "../src/privileges/types.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** The options that ask for filters. */
export const seccompNames = ["seccomp", "seccomp-allow", "seccomp-log", "seccomp-fd", "deny-set-id"] as const;

/** What the options about system calls ask for. */
export function readSeccomp(reader: Reader): SeccompOptions {
	const asked = reader.text("seccomp");
	const programs = reader.each("seccomp-fd").flatMap((value) => {
		const fd = wholeNumber(value);
		if (fd !== undefined && fd <= 0x7fff_ffff) return [{ fd }];
		reader.problem(
			"DESCRIPTOR_INVALID",
			`--seccomp-fd ${value} is no number of a descriptor`,
			"such as 3, with 3<FILE",
		);
		return [];
	});
	const allow: string[] = [];
	for (const value of reader.each("seccomp-allow")) allow.push(...value.split(","));
	if (asked === "none" && allow.length > 0)
		reader.problem("OPTION_TWICE", "--seccomp none refuses nothing that --seccomp-allow could allow", "choose one");
	const log = reader.flag("seccomp-log") || asked === "log";
	if (asked === "none" && reader.flag("seccomp-log") && programs.length === 0)
		reader.problem("OPTION_TWICE", "--seccomp none and --seccomp-log contradict each other", "choose one");
	return {
		...(asked !== undefined && filter(asked, reader)),
		...(allow.length > 0 && { allow }),
		...(log && { log }),
		...(programs.length > 0 && { programs }),
		...(reader.flag("deny-set-id") && { denySetId: true }),
	};
}

function filter(asked: string, reader: Reader): Pick<SeccompOptions, "profile" | "file"> {
	if (asked === "none") return { profile: "none" };
	return asked === "default" || asked === "log" ? { profile: "default" } : { file: reader.resolve(asked) };
}

/**
 * The options with everything read that they only name. `again`: only to explain a failure, when that may be gone already.
 */
export function loadedSeccomp(options: SeccompOptions, again: boolean): SeccompOptions | readonly Problem[] {
	if (options.file === undefined && !options.programs) return options;
	if (again) return placeholder(options);
	// Only those read something who name it.
	const { loadSeccomp } = require("../src/preflight/seccomp.ts") as typeof import("../src/preflight/seccomp.ts");
	try {
		return loadSeccomp(options);
	} catch (error) {
		if (!(error instanceof PlanError)) throw error;
		return error.problems;
	}
}

/** As many filters as were set, which allow everything. */
function placeholder({ profile, file, programs = [], denySetId }: SeccompOptions): SeccompOptions {
	const allowAll = new Uint8Array([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);
	return {
		profile: file === undefined ? profile : { defaultAction: "SCMP_ACT_ALLOW" },
		denySetId,
		...(programs.length > 0 && { programs: programs.map(() => allowAll) }),
	};
}
