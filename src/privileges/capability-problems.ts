/** What is wrong with the options for capabilities, found before anything is done. */
import { capabilityName, capabilityNames, capabilityNumbers } from "../linux/capabilities.ts";
import { nearest } from "../nearest.ts";
import type { Context, Problem } from "../plan/types.ts";
import { askedCapabilities, capabilitySets, entersUser, lastCapability } from "./capability-sets.ts";
import { secureBitNames } from "./capability-steps.ts";
import type { CapabilityOptions } from "./types.ts";

/** Every problem once, whether a name is in both lists or twice in one. */
export function capabilityProblems(options: CapabilityOptions, context: Context): Problem[] {
	return [
		...nameProblems(options, context),
		...secureBitProblems(options.secureBits ?? []),
		...rightsProblems(options, context),
		...userNamespaceProblems(options, context),
		...noNewPrivilegesProblems(options, context),
	];
}

function nameProblems(options: CapabilityOptions, context: Context): Problem[] {
	const problems: Problem[] = [];
	const lists = [askedCapabilities(options.drop), askedCapabilities(options.add)];
	for (const name of new Set(lists.flatMap(({ unknown }) => unknown))) {
		const upper = name.toUpperCase();
		const near = nearest(upper.startsWith("CAP_") ? upper : `CAP_${upper}`, capabilityNames);
		const hint = near
			? `did you mean ${near.slice(4)}?`
			: "capabilities(7) lists them, such as NET_RAW; all of them are ALL";
		problems.push({ code: "CAPABILITY_UNKNOWN", message: `there is no capability ${JSON.stringify(name)}`, hint });
	}
	const last = lastCapability(context);
	for (const number of new Set(lists.flatMap(({ numbers }) => numbers))) {
		if (number <= last) continue;
		const hint = `the last one that it knows is ${capabilityName(last)}: leave this one out`;
		const message = `this kernel has no ${capabilityName(number)}`;
		problems.push({ code: "CAPABILITY_NOT_IN_KERNEL", message, hint });
	}
	return problems;
}

function secureBitProblems(names: readonly string[]): Problem[] {
	const known = Object.keys(secureBitNames);
	const problems: Problem[] = [];
	for (const name of new Set(names)) {
		if (known.includes(name)) continue;
		const near = nearest(name.toLowerCase(), known);
		const hint = near ? `did you mean ${near}?` : `known are ${known.join(", ")}`;
		problems.push({ code: "SECUREBIT_UNKNOWN", message: `there is no securebit ${JSON.stringify(name)}`, hint });
	}
	return problems;
}

/** What takes more than the caller has. */
function rightsProblems(options: CapabilityOptions, context: Context): Problem[] {
	const { drop = [], add = [], secureBits = [], disableUserNamespaces } = options;
	if (drop.length + add.length + secureBits.length === 0 && !disableUserNamespaces) return [];
	const { drops, missing, setsBounding } = capabilitySets(options, context);
	const problems: Problem[] = [];
	const last = lastCapability(context);
	for (const number of new Set(missing)) {
		if (number > last) continue;
		const hint = "add --user, or user(): root of a new user namespace has all capabilities over what it makes";
		const message = `the caller does not have ${capabilityName(number)} to give`;
		problems.push({ code: "CAPABILITY_NOT_HELD", message, hint });
	}
	const needs: string[] = [];
	if (drops.length > 0) needs.push("to drop capabilities from the bounding set");
	if (secureBits.length > 0) needs.push("to set securebits");
	if (needs.length > 0 && !setsBounding) {
		const message = `${needs.join(" and ")} takes CAP_SETPCAP, which the caller does not have`;
		problems.push({ code: "SETPCAP_MISSING", message, hint: "add --user, or user()" });
	}
	return problems;
}

function userNamespaceProblems({ disableUserNamespaces, add }: CapabilityOptions, context: Context): Problem[] {
	if (!disableUserNamespaces) return [];
	const problems: Problem[] = [];
	if (!context.creates.has("user")) {
		const whose = entersUser(context) ? "for everybody in the joined namespace" : "for everybody on this machine";
		const message = `without a new user namespace, user namespaces would be forbidden ${whose}`;
		problems.push({ code: "USERNS_WITHOUT_USER", message, hint: "add --user, or user()" });
	}
	const asked = askedCapabilities(add);
	if (asked.all || asked.numbers.includes(capabilityNumbers.CAP_SYS_RESOURCE)) {
		const message = "CAP_SYS_RESOURCE, which is to stay, could allow user namespaces again";
		problems.push({ code: "USERNS_WITH_RESOURCE", message, hint: "leave it out of what is added" });
	}
	return problems;
}

function noNewPrivilegesProblems(options: CapabilityOptions, context: Context): Problem[] {
	if (options.noNewPrivileges !== false || !context.noNewPrivileges) return [];
	if (capabilitySets(options, context).administers) return [];
	const message =
		"a filter of system calls or Landlock takes no_new_privs, or CAP_SYS_ADMIN, and neither is to be there";
	const hint = "leave --new-privs or noNewPrivileges: false out, or keep CAP_SYS_ADMIN";
	return [{ code: "NO_NEW_PRIVILEGES_NEEDED", message, hint }];
}
