/** The options about system calls. Profiles and programs are read here, before anything is done. */
import { PlanError } from "../src/plan/errors.ts";
import type { SeccompOptions } from "../src/privileges/types.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** The options that ask for filters. */
export const seccompNames = ["seccomp", "seccomp-log", "seccomp-fd", "deny-set-id"] as const;

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
	const log = reader.flag("seccomp-log") || asked === "log";
	const others = asked === undefined && (programs.length > 0 || reader.flag("deny-set-id"));
	if (asked === "none" && reader.flag("seccomp-log") && programs.length === 0)
		reader.problem("OPTION_TWICE", "--seccomp none and --seccomp-log contradict each other", "choose one");
	return loaded(reader, {
		...(asked === undefined || asked === "default" || asked === "log"
			? { profile: others ? "none" : "default" }
			: asked === "none"
				? { profile: "none" }
				: { file: reader.resolve(asked) }),
		...(log && { log }),
		...(programs.length > 0 && { programs }),
		...(reader.flag("deny-set-id") && { denySetId: true }),
		...capabilitiesOf(reader),
	});
}

/** What --cap-add keeps, profiles take into account. */
function capabilitiesOf(reader: Reader): Pick<SeccompOptions, "capabilities"> {
	const capabilities = reader.each("cap-add").flatMap((value) => value.split(","));
	return capabilities.length > 0 ? { capabilities } : {};
}

function loaded(reader: Reader, options: SeccompOptions): SeccompOptions {
	if (reader.again) return { ...placeholder(options), ...(options.denySetId && { denySetId: true }) };
	if (options.file === undefined && !options.programs) return options;
	// Only those read something who name it.
	const { loadSeccomp } = require("../src/preflight/seccomp.ts") as typeof import("../src/preflight/seccomp.ts");
	try {
		return loadSeccomp(options);
	} catch (error) {
		if (!(error instanceof PlanError)) throw error;
		reader.problems.push(...error.problems);
		return { profile: "none" };
	}
}

/** As many filters as were set, which allow everything: where a failure is explained, what was read may be gone. */
function placeholder({ profile, file, programs = [] }: SeccompOptions): SeccompOptions {
	const allowAll = new Uint8Array([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);
	return {
		profile: file === undefined ? profile : { defaultAction: "SCMP_ACT_ALLOW" },
		...(programs.length > 0 && { programs: programs.map(() => allowAll) }),
	};
}
