/** More ids than one: the lines of /etc/subuid and /etc/subgid, and the programs that map them. */
import { accountOfNumber } from "../../ids/lines.ts";
import { isUnmapped, statusField } from "../judge.ts";
import { type Subids, subidsOf } from "../subids.ts";
import { type Check, type Facts, type Judgement, limited, missing, ok, unknown } from "../types.ts";

const lostIds =
	"only one user and one group can be mapped: package managers and servers that change their user fail inside";

/** What other tools take as enough for a whole system of users. */
const usualCount = 65_536;

function lines(facts: Facts, path: string, option: string): Judgement {
	const { host, sight } = facts;
	if (host.privileged) return ok("root maps whatever ids it wants, without such lines");
	const name = accountOfNumber(sight.read("/etc/passwd") ?? "", host.uid)?.name;
	const text = sight.read(path);
	const add = `as root: usermod --add-${option} ${spare(sight.read(path) ?? "")} ${name ?? host.uid}`;
	if (text === undefined && sight.exists(path)) return unknown(`${path} cannot be read`);
	const who = name ?? `user ${host.uid}`;
	if (text === undefined) return missing(`there is no ${path}`, lostIds, add);
	const found = subidsOf(text, name, host.uid);
	if (found.own.length === 0) return missing(`${path} has no line for ${who}`, lostIds, add);
	return ofRanges(found, path, who, add);
}

function ofRanges({ total, wrong, shared }: Subids, path: string, who: string, add: string): Judgement {
	if (shared.length > 0) {
		const others = shared.join(", ");
		return limited(
			`${path} gives ids of ${who} to ${others} as well`,
			`${others} may change what belongs to the sandboxes of ${who}`,
			`as root, give each a range of its own in ${path}`,
		);
	}
	if (wrong.length > 0) {
		return limited(
			`${path}: nobody can read line ${wrong.join(", ")}`,
			"what it was meant to allow",
			`a line is NAME:FIRST:COUNT, see subuid(5)`,
		);
	}
	return total < usualCount
		? limited(`${path} has ${total} ids for ${who}`, `systems with more than ${total} users and groups`, add)
		: ok(`${path} has ${total} ids for ${who}`);
}

/** A range behind all others, as `FIRST-LAST`. */
function spare(text: string): string {
	let next = 100_000;
	for (const line of text.split("\n")) {
		const [, first = "", count = ""] = line.split(":");
		const end = Number(first) + Number(count);
		if (/^\d+$/.test(first) && /^\d+$/.test(count) && end > next && end < 0x7fff_0000) next = end;
	}
	return `${next}-${next + usualCount - 1}`;
}

const setuid = 0o4000;

/** newuidmap(1) or newgidmap(1): there, with the right that it needs, and not kept from using that. */
function helper(facts: Facts, name: string): Judgement {
	const { host, sight } = facts;
	if (host.privileged) return ok("root needs no help to map ids");
	const path = sight.which(name);
	const install = "install the package uidmap (shadow-utils on Fedora, shadow on Arch)";
	if (path === undefined) return missing(`${name} is not in PATH`, lostIds, install);
	const file = sight.stat(path);
	if (!file) return unknown(`${path} cannot be looked at`);
	if ((file.mode & setuid) !== 0 && !file.capable && isUnmapped(facts, file.uid)) {
		return missing(
			`the owner of ${path} is not mapped in this user namespace, so its set-user-ID bit gives nothing`,
			lostIds,
			"start ns outside of this user namespace",
		);
	}
	if (!file.capable && ((file.mode & setuid) === 0 || file.uid !== 0)) {
		return missing(
			`${path} has neither a set-user-ID bit of root nor a file capability`,
			lostIds,
			`as root: chmod u+s ${path}, and chown root`,
		);
	}
	if (statusField(facts, "NoNewPrivs") === "1") {
		return missing(
			`${path} is there, but this process may not gain privileges (no_new_privs)`,
			lostIds,
			"start ns where no_new_privs is not set: it was by a service, a container or an editor",
		);
	}
	return ok(`${path} may map them`);
}

export const idChecks: readonly Check[] = [
	{
		...{ id: "subuid", group: "ids", title: "More user ids", tries: "/etc/subuid" },
		judge: (facts) => lines(facts, "/etc/subuid", "subuids"),
	},
	{
		...{ id: "subgid", group: "ids", title: "More group ids", tries: "/etc/subgid" },
		judge: (facts) => lines(facts, "/etc/subgid", "subgids"),
	},
	{
		...{ id: "newuidmap", group: "ids", title: "newuidmap", tries: "PATH, its rights, and no_new_privs" },
		judge: (facts) => helper(facts, "newuidmap"),
	},
	{
		...{ id: "newgidmap", group: "ids", title: "newgidmap", tries: "PATH, its rights, and no_new_privs" },
		judge: (facts) => helper(facts, "newgidmap"),
	},
];
