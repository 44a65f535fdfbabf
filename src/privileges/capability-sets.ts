/** Which capabilities the command is left with, by number: what was asked for, and what the process has by then. */
import { capabilityNames, capabilityNumber, capabilityNumbers, lastNamed } from "../linux/capabilities.ts";
import { emptyMask, hasBit } from "../linux/mask.ts";
import type { Context } from "../plan/types.ts";
import type { CapabilityOptions } from "./types.ts";

const { CAP_SETPCAP, CAP_SYS_ADMIN, CAP_SYS_RESOURCE } = capabilityNumbers;

/** What is done about capabilities. Numbers are in ascending order. */
export interface CapabilitySets {
	/** Taken out of the bounding set. */
	readonly drops: readonly number[];
	/** Permitted and effective until the command is executed. */
	readonly kept: readonly number[];
	/** In the inheritable and the ambient set. */
	readonly ambient: readonly number[];
	/** The process may have others than `kept`, or inherits some. */
	readonly changes: boolean;
	/** Added by name, but not there to be kept. */
	readonly missing: readonly number[];
	/** CAP_SETPCAP is there to change the bounding set and securebits. */
	readonly setsBounding: boolean;
	/** What the kernel calls seccomp filters and Landlock without no_new_privs by is there afterwards. */
	readonly administers: boolean;
	/** Securebits that the caller has. */
	readonly secureBits: number;
}

/** Names as they were given: all of them, and those of capabilities. */
export interface AskedCapabilities {
	readonly all: boolean;
	readonly numbers: readonly number[];
	/** What is no name of a capability. */
	readonly unknown: readonly string[];
}

/** Reads a list of names, among which may be `all`. */
export function askedCapabilities(names: "all" | readonly string[] = []): AskedCapabilities {
	const numbers: number[] = [];
	const unknown: string[] = [];
	let all = false;
	for (const name of names === "all" ? [names] : names) {
		const number = capabilityNumber(name);
		if (name.toLowerCase() === "all") all = true;
		else if (number === undefined) unknown.push(name);
		else numbers.push(number);
	}
	return { all, numbers, unknown };
}

/** A new or joined user namespace gives every capability, a full bounding set, and no securebits. */
export const entersUser = ({ creates, joins }: Context): boolean => creates.has("user") || joins.has("user");

/** The highest capability of the running kernel. */
export const lastCapability = ({ host }: Context): number => host.capabilities?.last ?? lastNamed;

/** What becomes of the sets with these options. */
export function capabilitySets(options: CapabilityOptions, context: Context): CapabilitySets {
	const { keep = false, secureBits = [], disableUserNamespaces = false } = options;
	const drop = askedCapabilities(options.drop);
	const add = askedCapabilities(options.add);
	const stays = (number: number): boolean => {
		if (disableUserNamespaces && number === CAP_SYS_RESOURCE) return false;
		return add.all || add.numbers.includes(number) || !(drop.all || drop.numbers.includes(number));
	};
	const had = capabilitiesBefore(context);
	const remaining = had.permitted.filter(stays);
	const kept = !keep && (context.uid ?? 0) !== 0 ? [] : remaining;
	const staysRoot = commandUser(context) === 0 && !secureBits.includes("noroot");
	const ambient = keep && !staysRoot ? kept.filter((number) => had.bounding.includes(number)) : [];
	return {
		drops: had.bounding.filter((number) => !stays(number)),
		kept,
		ambient,
		changes: remaining.length < had.permitted.length || ambient.length > 0 || had.inherits,
		missing: add.numbers.filter((number) => !(had.permitted.includes(number) && had.bounding.includes(number))),
		setsBounding: had.setsBounding,
		administers: kept.includes(CAP_SYS_ADMIN),
		secureBits: had.secureBits,
	};
}

/** What the process has when the sandbox is made. Where /proc does not tell, root is taken at its word. */
function capabilitiesBefore(context: Context) {
	const { privileged, capabilities: own } = context.host;
	const all: number[] = [];
	for (let number = 0; number <= lastCapability(context); number++) all.push(number);
	if (entersUser(context) || !own) {
		const has = entersUser(context) || privileged;
		return { permitted: has ? all : [], bounding: all, inherits: false, setsBounding: has, secureBits: 0 };
	}
	return {
		permitted: all.filter((number) => hasBit(own.permitted, number)),
		bounding: all.filter((number) => hasBit(own.bounding, number)),
		inherits: own.inheritable !== emptyMask || own.ambient !== emptyMask,
		setsBounding: hasBit(own.effective, CAP_SETPCAP),
		secureBits: own.secureBits,
	};
}

/** The user that the command is inside; `undefined` where that is not known. */
function commandUser({ uid, creates, joins, maps, host }: Context): number | undefined {
	if (uid !== undefined) return uid;
	if (joins.has("user")) return undefined;
	if (!creates.has("user")) return host.uid;
	if (maps?.identity?.uid !== undefined) return maps.identity.uid;
	const caller = maps?.owner?.uid ?? host.uid;
	const own = maps?.uids.find(({ outside, size }) => caller >= outside && caller < outside + size);
	return own && own.inside + caller - own.outside;
}

/** A set as a plan shows it. */
export function setText(set: readonly number[], last: number): string {
	const left: string[] = [];
	for (let number = 0; number <= last; number++) if (!set.includes(number)) left.push(nameOf(number));
	if (set.length === 0) return "0";
	if (left.length === 0) return "all";
	return left.length < set.length ? `all but ${left.join("|")}` : set.map(nameOf).join("|");
}

const nameOf = (number: number): string => capabilityNames[number] ?? `1<<${number}`;
