/** What is different between a target and the caller, in words. */
import { namespaceKinds } from "../plan/namespaces.ts";
import { outsideOf } from "./proc.ts";
import type { InspectedDifference, InspectedLimit, InspectedRights, Inspection, Part } from "./types.ts";

type Side = Omit<Inspection, "differences">;

/** The differences of `target` from `you`, the most important first. What is not known of both is passed over. */
export function differences(target: Side, you: Side): InspectedDifference[] {
	const found: InspectedDifference[] = [];
	const say = (part: Part, texts: readonly string[]): void => {
		for (const text of texts) found.push({ part, text });
	};
	say("namespaces", namespaceTexts(target));
	say("ids", idTexts(target));
	both(target.process, you.process, (theirs, yours) => {
		const [uid, own] = [theirs.uids[1], yours.uids[1]];
		if (uid !== own) say("process", [`runs as user ${uid}, you as ${own}`]);
	});
	both(target.rights, you.rights, (theirs, yours) => say("rights", rightsTexts(theirs, yours, ownsItsUsers(target))));
	both(target.limits, you.limits, (theirs, yours) => say("limits", limitTexts(theirs, yours)));
	both(target.mounts, you.mounts, (theirs, yours) => {
		if (shares(target, "mount") !== true) say("mounts", [countText(theirs.length, yours.length, "mount")]);
	});
	both(target.process, you.process, (theirs, yours) => {
		both(theirs.root, yours.root, (root, own) => say("process", root === own ? [] : [`its root is ${root}`]));
	});
	both(target.network, you.network, (theirs, yours) => {
		if (shares(target, "net") === true) return;
		const count = countText(theirs.interfaces.length, yours.interfaces.length, "interface");
		say("network", [count, ...routeTexts(theirs, yours)]);
	});
	both(target.names, you.names, (theirs, yours) => {
		if (theirs.hostname !== yours.hostname) say("names", [`is called ${theirs.hostname}, not ${yours.hostname}`]);
	});
	both(target.clocks, you.clocks, (theirs, yours) => say("clocks", clockTexts(theirs, yours)));
	both(target.cgroups, you.cgroups, (theirs, yours) => say("cgroups", cgroupTexts(theirs, yours)));
	both(target.process, you.process, (theirs, yours) => {
		if (theirs.nice !== yours.nice) say("process", [`has the nice value ${theirs.nice}, you ${yours.nice}`]);
		both(theirs.label, yours.label, (label, own) => say("process", label === own ? [] : [`is labelled ${label}`]));
	});
	return found;
}

function both<T>(theirs: T | undefined, yours: T | undefined, body: (theirs: T, yours: T) => void): void {
	if (theirs !== undefined && yours !== undefined) body(theirs, yours);
}

const shares = ({ namespaces }: Side, kind: string): boolean | undefined =>
	namespaces?.find((one) => one.kind === kind)?.shared;

/** `"user, pid and net"` */
export function listText(words: readonly string[]): string {
	const last = words.at(-1) ?? "";
	return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

function namespaceTexts({ namespaces = [] }: Side): string[] {
	const shared = namespaces.filter((one) => one.shared).map(({ kind }) => kind);
	if (namespaces.length === 0) return [];
	if (namespaces.length === 1) return [shared.length === 1 ? "you are in it" : "you are not in it"];
	if (shared.length === namespaces.length)
		return [
			namespaces.length < namespaceKinds.length
				? `shares ${listText(shared)} with you`
				: "shares all namespaces with you",
		];
	return [shared.length === 0 ? "shares no namespace with you" : `shares ${listText(shared)} with you`];
}

/** Who is root inside, and where it is another, who the process's own user is. */
function idTexts(target: Side): string[] {
	const { ids, process } = target;
	if (ids?.outside !== "caller" || shares(target, "user") !== false) return [];
	if (ids.uids.length === 0) return ["no user is mapped into it"];
	const first = ids.uids[0];
	const inside = outsideOf(ids.uids, 0) === undefined ? first?.inside : 0;
	const texts = inside === undefined ? [] : [`user ${inside} inside is ${outsideOf(ids.uids, inside)} outside`];
	const own =
		process && ids.uids.find(({ outside, count }) => process.uids[1] >= outside && process.uids[1] < outside + count);
	if (process && !own) texts.push(`its own user ${process.uids[1]} has no number inside`);
	return texts;
}

/** Its capabilities are over another user namespace than the caller's. */
const ownsItsUsers = (target: Side): boolean => shares(target, "user") === false;

function rightsTexts(theirs: InspectedRights, yours: InspectedRights, elsewhere: boolean): string[] {
	const [inside, own] = [theirs.capabilities, yours.capabilities];
	const texts = setTexts(inside.effective, own.effective, "capabilit", "y", "ies");
	if (elsewhere && inside.effective.length > 0) texts.push("its capabilities count in its user namespace only");
	const bounding = setTexts(inside.bounding, own.bounding, "capabilit", "y", "ies");
	texts.push(...bounding.map((text) => `${text} to be gained`));
	if (theirs.noNewPrivileges !== yours.noNewPrivileges)
		texts.push(theirs.noNewPrivileges ? "no_new_privs" : "no no_new_privs, which you have");
	return [...texts, ...seccompTexts(theirs, yours)];
}

/** `"2 capabilities more (CAP_KILL and CAP_CHOWN)"`, `"38 capabilities fewer"` */
function setTexts(
	theirs: readonly string[],
	yours: readonly string[],
	stem: string,
	one: string,
	many: string,
): string[] {
	const text = (names: readonly string[], word: string): string[] => {
		if (names.length === 0) return [];
		const shown = names.length <= mostNamed ? ` (${listText(names)})` : "";
		return [`${names.length} ${stem}${names.length === 1 ? one : many} ${word}${shown}`];
	};
	return [
		...text(
			theirs.filter((name) => !yours.includes(name)),
			"more",
		),
		...text(
			yours.filter((name) => !theirs.includes(name)),
			"fewer",
		),
	];
}

/** More names in a sentence are not read. */
const mostNamed = 3;

function seccompTexts(theirs: InspectedRights, yours: InspectedRights): string[] {
	if (theirs.seccomp === "strict" && yours.seccomp !== "strict") return ["only four system calls (seccomp strict)"];
	const [count, own] = [filterCount(theirs), filterCount(yours)];
	if (count === own) return [];
	if (own === 0) return [count === 1 ? "a seccomp filter" : `${count} seccomp filters`];
	return count === 0 ? ["no seccomp filter, which you have"] : [countText(count, own, "seccomp filter")];
}

const filterCount = ({ seccomp, seccompFilters }: InspectedRights): number =>
	seccomp === "filter" ? (seccompFilters ?? 1) : 0;

/** `"3 mounts more"`, `"1 mount fewer"`, `"as many mounts as you"` */
function countText(theirs: number, yours: number, what: string): string {
	const difference = Math.abs(theirs - yours);
	if (difference === 0) return `as many ${what}s as you`;
	return `${difference} ${what}${difference === 1 ? "" : "s"} ${theirs > yours ? "more" : "fewer"}`;
}

function limitTexts(theirs: readonly InspectedLimit[], yours: readonly InspectedLimit[]): string[] {
	const texts: string[] = [];
	for (const { name, soft, hard } of theirs) {
		const own = yours.find((one) => one.name === name);
		if (own && soft !== own.soft) texts.push(`the limit ${name} is ${soft}, not ${own.soft}`);
		else if (own && hard !== own.hard) texts.push(`the hard limit ${name} is ${hard}, not ${own.hard}`);
	}
	return texts;
}

type Network = NonNullable<Inspection["network"]>;

function routeTexts(theirs: Network, yours: Network): string[] {
	const leaves = ({ routes }: Network): boolean =>
		routes.some(({ to, type }) => to === "default" && type === "unicast");
	return leaves(yours) && !leaves(theirs) ? ["no way out to other networks"] : [];
}

type Clocks = NonNullable<Inspection["clocks"]>;

function clockTexts(theirs: Clocks, yours: Clocks): string[] {
	const texts: string[] = [];
	for (const { clock, seconds, nanoseconds } of theirs) {
		const own = yours.find((one) => one.clock === clock) ?? { seconds: 0, nanoseconds: 0 };
		const difference = seconds - own.seconds + (nanoseconds - own.nanoseconds) / 1e9;
		if (difference === 0) continue;
		const shown = Math.abs(difference)
			.toFixed(9)
			.replace(/\.?0+$/, "");
		texts.push(`its ${clock} clock is ${shown} s ${difference > 0 ? "ahead" : "behind"}`);
	}
	return texts;
}

type Cgroups = NonNullable<Inspection["cgroups"]>;

function cgroupTexts(theirs: Cgroups, yours: Cgroups): string[] {
	const moved = theirs.filter((one) => {
		const own = yours.find(({ hierarchy }) => hierarchy === one.hierarchy);
		return own !== undefined && own.path !== one.path;
	});
	const [first] = moved;
	if (!first) return [];
	return moved.length === 1
		? [`is in the cgroup ${first.path}`]
		: [`is in ${moved.length} other cgroups, such as ${first.path}`];
}
