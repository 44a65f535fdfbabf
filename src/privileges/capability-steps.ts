/** The steps that take capabilities away, keep them for another user, and see to it that nothing gains any. */
import { capabilityName, capabilityNames, capabilityNumbers } from "../linux/capabilities.ts";
import { flagValue } from "../linux/constants.ts";
import { call, flags, step, writeFile } from "../plan/step.ts";
import type { Arg, Call, Context, Step } from "../plan/types.ts";
import { type CapabilitySets, capabilitySets, lastCapability, setText } from "./capability-sets.ts";
import type { CapabilityOptions } from "./types.ts";

const { CAP_SETPCAP } = capabilityNumbers;

/** Securebits by the names that options have for them. */
export const secureBitNames = {
	noroot: "SECBIT_NOROOT",
	"no-setuid-fixup": "SECBIT_NO_SETUID_FIXUP",
	"keep-caps": "SECBIT_KEEP_CAPS",
	"no-cap-ambient-raise": "SECBIT_NO_CAP_AMBIENT_RAISE",
} as const;

/** Whether nothing may gain privileges: said, or what others need, or what makes dropping capabilities last. */
function gainsNothing({ noNewPrivileges, drop = [] }: CapabilityOptions, context: Context): boolean {
	return noNewPrivileges ?? (context.noNewPrivileges || drop.length > 0);
}

/** The steps in the order of what they need: what takes CAP_SETPCAP stands before a change of user takes that away. */
export function capabilitySteps(options: CapabilityOptions, context: Context): Step[] {
	const sets = capabilitySets(options, context);
	const { secureBits = [], keep = false } = options;
	const steps: Step[] = [];
	if (options.disableUserNamespaces) steps.push(disableUserNamespaces);
	if (sets.drops.length > 0) steps.push(dropStep(sets.drops));
	if ((keep || secureBits.length > 0) && (context.uid ?? 0) !== 0) steps.push(keepOverUser);
	// To set securebits takes one more capability, and that may be none of those that stay.
	const forBits = secureBits.length > 0 && !sets.kept.includes(CAP_SETPCAP);
	const first = forBits ? [...sets.kept, CAP_SETPCAP].sort((a, b) => a - b) : sets.kept;
	const last = lastCapability(context);
	if (sets.changes || secureBits.length > 0) steps.push(setStep(first, sets, last));
	if (sets.ambient.length > 0) steps.push(ambientStep(sets.ambient));
	if (secureBits.length > 0) steps.push(secureBitsStep(secureBits, sets.secureBits));
	if (forBits) steps.push(setStep(sets.kept, sets, last));
	if (gainsNothing(options, context)) steps.push(noNewPrivileges);
	return steps;
}

const disableUserNamespaces: Step = step({
	phase: "parameters",
	module: "capabilities",
	does: "allow no further user namespaces",
	why: "each gives all capabilities, and more of the kernel to attack; only CAP_SYS_RESOURCE can raise the limit again",
	man: "user_namespaces(7)",
	calls: writeFile(null, "/proc/sys/user/max_user_namespaces", "0"),
	hints: {
		ENOENT:
			"/proc/sys is hidden here, or no /proc is mounted: show it (docker run --security-opt systempaths=unconfined)",
	},
});

/** A constant where there is a name, so that the plan can be read. */
const capability = (number: number): Arg => {
	const name = capabilityNames[number];
	return name === undefined ? number : flags(name);
};

const dropStep = (drops: readonly number[]): Step =>
	step({
		phase: "credentials",
		module: "capabilities",
		does: `drop ${drops.length === 1 ? "a capability" : `${drops.length} capabilities`} from the bounding set`,
		why: "what is not in it no execve(2) gives, neither to root nor by a file; takes CAP_SETPCAP, which may be gone soon",
		man: "PR_CAPBSET_DROP(2const)",
		calls: ranges(drops).map(([first, last]) => call("prctl", [flags("PR_CAPBSET_DROP"), each(first, last), 0, 0, 0])),
	});

/** Numbers in ascending order as ranges without a gap. */
function ranges(numbers: readonly number[]): [first: number, last: number][] {
	const found: [number, number][] = [];
	for (const number of numbers) {
		const before = found.at(-1);
		if (before?.[1] === number - 1) before[1] = number;
		else found.push([number, number]);
	}
	return found;
}

const each = (first: number, last: number): Arg =>
	first === last
		? capability(first)
		: { each: [first, last], shows: `${capabilityName(first)}...${capabilityName(last)}` };

const keepOverUser: Step = step({
	phase: "credentials",
	module: "capabilities",
	does: "keep capabilities over the change of user",
	why: "who stops being user 0 loses them otherwise; execve(2) takes this back",
	man: "PR_SET_KEEPCAPS(2const)",
	calls: [call("prctl", [flags("PR_SET_KEEPCAPS"), 1, 0, 0, 0])],
});

function setStep(set: readonly number[], { kept, ambient }: CapabilitySets, last: number): Step {
	const more = set.length > kept.length;
	return step({
		phase: "capabilities",
		module: "capabilities",
		does: set.length === 0 ? "give up all capabilities" : "give up all other capabilities",
		why: more
			? "asked for; the last one that is needed goes when securebits are set"
			: "every step that needs one is done, and none is inherited that was not asked for",
		man: "capset(2)",
		calls: [setCall(set, ambient, last)],
	});
}

/** capset(2) takes two structures of three 32-bit words: the lower halves of the sets, and the upper ones. */
function setCall(set: readonly number[], inheritable: readonly number[], last: number): Call {
	const bytes = new Array<number>(24).fill(0);
	const put = (numbers: readonly number[], word: number): void => {
		for (const number of numbers) {
			const at = (number >= 32 ? 12 : 0) + 4 * word + ((number & 31) >> 3);
			bytes[at] = (bytes[at] ?? 0) | (1 << (number & 7));
		}
	};
	put(set, 0);
	put(set, 1);
	put(inheritable, 2);
	const text = setText(set, last);
	const shows = `{effective=${text}, permitted=${text}, inheritable=${setText(inheritable, last)}}`;
	return call("capset", [{ struct: { version: { flags: "_LINUX_CAPABILITY_VERSION_3" } } }, { bytes, shows }]);
}

const ambientStep = (ambient: readonly number[]): Step =>
	step({
		phase: "capabilities",
		module: "capabilities",
		does: "let the command keep its capabilities",
		why: "execve(2) leaves a user other than 0 only those that are ambient",
		man: "PR_CAP_AMBIENT(2const)",
		calls: ranges(ambient).map(([first, last]) =>
			call("prctl", [flags("PR_CAP_AMBIENT"), flags("PR_CAP_AMBIENT_RAISE"), each(first, last), 0, 0]),
		),
	});

/** The bits that were asked for and their locks, next to those of the caller. */
function secureBitsStep(names: readonly string[], own: number): Step {
	const bits: string[] = [];
	for (const [name, bit] of Object.entries(secureBitNames)) if (names.includes(name)) bits.push(bit, `${bit}_LOCKED`);
	const asked = bits.join("|");
	return step({
		phase: "capabilities",
		module: "capabilities",
		does: "set and lock securebits",
		why: "asked for; nobody inside can take them back",
		man: "PR_SET_SECUREBITS(2const)",
		calls: [
			call("prctl", [flags("PR_SET_SECUREBITS"), own === 0 ? flags(asked) : flagValue(asked, "x64") | own, 0, 0, 0]),
		],
	});
}

const noNewPrivileges: Step = step({
	phase: "capabilities",
	module: "capabilities",
	does: "gain no privileges any more",
	why: "set-user-ID bits and capabilities of files count for nothing from here on, and nobody inside can change that",
	man: "PR_SET_NO_NEW_PRIVS(2const)",
	calls: [call("prctl", [flags("PR_SET_NO_NEW_PRIVS"), 1, 0, 0, 0])],
});
