import { capabilityNames } from "../linux/capabilities.ts";
import { call, flags, step } from "../plan/step.ts";
import type { Arg, Context, Fragment, Host, Problem, Step } from "../plan/types.ts";
import { encode, instructionSize, mostInstructions } from "../seccomp/bpf.ts";
import type { Policy } from "../seccomp/policy.ts";
import { askedCapabilities } from "./capability-sets.ts";
import type { SeccompOptions, SeccompProfile } from "./types.ts";

/** One filter that is set: what it is called, the program, and flags of seccomp(2). */
interface Filter {
	readonly does: string;
	readonly why: string;
	/** An array of `struct sock_filter`. */
	readonly program: Uint8Array;
	readonly flags?: string;
}

interface Filters {
	readonly filters: readonly Filter[];
	readonly problems: readonly Problem[];
}

/**
 * Which system calls the command may make: a built-in profile at least as strict as that of containers, one of the OCI's
 * form, filters that are compiled already, or several of these. Implies that nothing gains privileges. seccomp(2).
 *
 * @example
 * ```ts
 * import { sandbox, seccomp, uts } from "nskit";
 * const profile = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }] };
 * sandbox(uts(), seccomp({ profile })).spawnSync(["mkdir", "/tmp/new"]).exitCode; // 1
 * ```
 */
export function seccomp(options: SeccompOptions = {}): Fragment {
	const made = new Map<Host, Filters>();
	const filtersFor = ({ host }: Context): Filters => {
		const filters = made.get(host) ?? makeFilters(options, host);
		made.set(host, filters);
		return filters;
	};
	return {
		module: "seccomp",
		noNewPrivileges: !isEmpty(options),
		refusesTyping: refusesTyping(options),
		problems: (context) => filtersFor(context).problems,
		steps: (context) => filtersFor(context).filters.map(filterStep),
	};
}

/** The built-in profile does, as it is: in earnest, and with nothing allowed in spite of it. */
const refusesTyping = (options: SeccompOptions): boolean =>
	profileOf(options) === "default" && options.file === undefined && !options.log && !options.allow?.length;

const isEmpty = (options: SeccompOptions): boolean =>
	profileOf(options) === "none" && options.file === undefined && !options.programs?.length && !options.denySetId;

/** Who gives a filter of another kind alone, means that one. */
function profileOf({
	profile,
	programs = [],
	denySetId = false,
	allow = [],
}: SeccompOptions): SeccompOptions["profile"] {
	const isOther = (programs.length > 0 || denySetId) && allow.length === 0;
	return profile ?? (isOther ? "none" : "default");
}

/**
 * Each has to let the next one be set: ours allow seccomp(2), a profile that somebody has written may not, so it comes
 * last. Programs keep their order.
 */
function makeFilters(options: SeccompOptions, host: Host): Filters {
	const { programs = [], denySetId = false } = options;
	const profile = profileOf(options);
	const problems: Problem[] = [...optionProblems(options), ...namesProblems(options, host)];
	// On another machine there is no plan in any case.
	if (problems.length > 0 || !isKnownArch(host)) return { filters: [], problems };
	const filters: Filter[] = [];
	// Both as one, unless calls are allowed in spite of the profile: those still set no such bits.
	const isJoint = profile === "default" && !options.allow?.length;
	if (denySetId && !isJoint) filters.push(setIdFilter(options, host));
	if (profile === "default") filters.push(defaultFilter({ ...options, denySetId: denySetId && isJoint }, host));
	programs.forEach((one, i) => {
		if ("fd" in one) problems.push(unread(`descriptor ${one.fd}`));
		else readRaw(one, i, options, { filters, problems });
	});
	if (typeof profile === "object") readProfile(profile, options, host, { filters, problems });
	for (const { does, program } of filters)
		if (program.length > mostInstructions * instructionSize)
			problems.push(tooLong(does, program.length / instructionSize));
	return { filters, problems };
}

const isKnownArch = ({ arch }: Host): boolean => arch === "x64" || arch === "arm64";

function optionProblems({ profile, file }: SeccompOptions): Problem[] {
	const isKnown = profile === undefined || profile === "default" || profile === "none";
	if (!isKnown && (typeof profile !== "object" || profile === null)) {
		const hint = '"default", "none", or an object of the OCI\'s form';
		return [{ code: "SECCOMP_PROFILE_INVALID", message: `${JSON.stringify(profile)} is no seccomp profile`, hint }];
	}
	if (file !== undefined && profile !== undefined) {
		const hint = "a file holds a profile: leave one of them out";
		return [{ code: "OPTION_TWICE", message: `the seccomp file ${file} and a profile contradict each other`, hint }];
	}
	return file === undefined ? [] : [unread(`file ${file}`)];
}

function namesProblems({ allow = [] }: SeccompOptions, host: Host): Problem[] {
	if (allow.length === 0 || !isKnownArch(host)) return [];
	const { allowProblems } = require("../seccomp/allow.ts") as typeof import("../seccomp/allow.ts");
	return allowProblems(allow, host.arch);
}

const unread = (what: string): Problem => ({
	code: "SECCOMP_UNREAD",
	message: `the seccomp filter in ${what} was not read`,
	hint: "loadSeccomp() reads it",
});

const tooLong = (does: string, length: number): Problem => ({
	code: "SECCOMP_TOO_LONG",
	message: `cannot ${does}: the filter has ${length} instructions, and the kernel takes ${mostInstructions}`,
	hint: "compare fewer arguments, or name calls that are refused instead of those that are allowed",
});

/** The compiler is loaded only by those who need one. */
function compiled(policy: Policy, { log }: SeccompOptions): Uint8Array {
	const { compile } = require("../seccomp/compile.ts") as typeof import("../seccomp/compile.ts");
	return encode(compile(policy, { log }));
}

/** A profile's policy, less what is allowed in spite of it. */
function relaxed(policy: Policy, { allow = [] }: SeccompOptions): Policy {
	if (allow.length === 0) return policy;
	return (require("../seccomp/allow.ts") as typeof import("../seccomp/allow.ts")).allowing(policy, allow);
}

/** A filter that was compiled before. */
function prebuilt(name: keyof typeof import("../seccomp/prebuilt.ts").prebuilt, arch: Host["arch"]): Uint8Array {
	const filters = (require("../seccomp/prebuilt.ts") as typeof import("../seccomp/prebuilt.ts")).prebuilt;
	return Uint8Array.fromBase64(filters[name][arch]);
}

/** The names with the kernel's prefix. */
function capabilitySet(names: SeccompOptions["capabilities"]): Set<string> {
	const { all, numbers, unknown } = askedCapabilities(names);
	if (all) return new Set(capabilityNames);
	const set = new Set(unknown);
	for (const number of numbers) set.add(capabilityNames[number] ?? "");
	return set;
}

function defaultFilter(options: SeccompOptions, { arch }: Host): Filter {
	const { log, denySetId = false } = options;
	const bits = denySetId ? ", and set-user-ID and set-group-ID bits on files" : "";
	const does = `${log ? "log" : "refuse"} the system calls of the built-in list${bits}`;
	const name = denySetId ? "defaultWithoutSetId" : "default";
	const isPlain = !log && !options.capabilities?.length && !options.allow?.length;
	if (isPlain) return { does, why: ordinary, program: prebuilt(name, arch) };
	const made = require("../seccomp/default.ts") as typeof import("../seccomp/default.ts");
	const policyOf = denySetId ? made.defaultWithoutSetId : made.defaultPolicy;
	const policy = relaxed(policyOf(arch, capabilitySet(options.capabilities)), options);
	return { does, why: ordinary, program: compiled(policy, options) };
}

function setIdFilter(options: SeccompOptions, { arch }: Host): Filter {
	const does = `${options.log ? "log" : "refuse"} set-user-ID and set-group-ID bits on files`;
	const why = "a program with such a bit would run with the rights of its owner for whoever finds it outside";
	if (!options.log) return { does, why, program: prebuilt("setId", arch) };
	const { setIdPolicy } = require("../seccomp/set-id.ts") as typeof import("../seccomp/set-id.ts");
	return { does, why, program: compiled(setIdPolicy(arch), options) };
}

const ordinary = "what ordinary programs do without is where the kernel has had its holes";

interface Made {
	readonly filters: Filter[];
	readonly problems: Problem[];
}

function readProfile(profile: SeccompProfile, options: SeccompOptions, host: Host, { filters, problems }: Made): void {
	const { profileProblems } = require("../seccomp/check.ts") as typeof import("../seccomp/check.ts");
	const { profilePolicy } = require("../seccomp/oci.ts") as typeof import("../seccomp/oci.ts");
	const { arch, kernel } = host;
	const profileHost = { arch, kernel, capabilities: capabilitySet(options.capabilities) };
	const found = profileProblems(profile, profileHost);
	problems.push(...found);
	if (found.length > 0) return;
	const program = compiled(relaxed(profilePolicy(profile, profileHost), options), options);
	// The process has one thread, so there are no others to take along.
	const asked = (profile.flags ?? []).filter((flag) => flag !== "SECCOMP_FILTER_FLAG_TSYNC");
	const does = `${options.log ? "log" : "refuse"} the system calls of the seccomp profile`;
	filters.push({ does, why: "the caller's profile says so", program, flags: asked.join("|") });
}

function readRaw(bytes: Uint8Array, i: number, { log }: SeccompOptions, { filters, problems }: Made): void {
	const { onlyLogging, readProgram } = require("../seccomp/raw.ts") as typeof import("../seccomp/raw.ts");
	const read = readProgram(bytes);
	const program = typeof read === "string" ? undefined : log ? onlyLogging(read) : read;
	if (!program) {
		const message = typeof read === "string" ? read : "it computes its answers, which cannot be only logged";
		const hint =
			"it has to be an array of struct sock_filter that seccomp(2) takes, with plain answers where they are logged";
		problems.push({ code: "SECCOMP_PROGRAM_INVALID", message: `seccomp program ${i + 1}: ${message}`, hint });
		return;
	}
	filters.push({
		does: `set the seccomp program ${i + 1}`,
		why: "the caller has compiled it",
		program: encode(program),
	});
}

/** Shown as its length: a listing would say less than the profile does. */
function filterStep({ does, why, program, flags: asked = "" }: Filter): Step {
	const count = program.length / instructionSize;
	const set: Arg = { struct: { len: count, filter: { bytes: [...program], shows: `${count} instructions` } } };
	return step({
		phase: "seccomp",
		module: "seccomp",
		does,
		why,
		man: "seccomp(2)",
		calls: [call("seccomp", [flags("SECCOMP_SET_MODE_FILTER"), asked === "" ? 0 : flags(asked), set])],
	});
}
