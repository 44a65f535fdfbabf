/** The process of an OCI configuration. */
import type { Personality } from "../../process/attributes.ts";
import { personalities } from "../../process/attributes.ts";
import { type Limit, type LimitValue, type Resource, resourceNames } from "../../process/limits.ts";
import type { IoPriority, Scheduler } from "../../process/priority.ts";
import { type Members, unknown } from "./members.ts";
import type { Import } from "./types.ts";

/** The command, who it is, and what it may do. */
export function ociProcess(process: Members | undefined, made: Import): void {
	if (!process) return;
	const { profile } = made;
	const cwd = process.text("cwd");
	if (cwd === undefined || !cwd.startsWith("/")) made.problem("process.cwd is no absolute path");
	const argv = process.texts("args");
	profile.command = { ...(argv && argv.length > 0 && { argv }), cwd };
	profile.environment = environment(process.texts("env") ?? [], made);
	profile.terminal = { session: process.flag("terminal") ? "pty" : "new" };
	const uid = user(process.members("user"), made);
	capabilities(process, uid, made);
	profile.limits = limits(process, made);
	const oomScoreAdjust = process.number("oomScoreAdj");
	const priority = {
		oomScoreAdjust,
		io: ioPriority(process.members("ioPriority"), made),
		...scheduling(process, made),
	};
	if (Object.values(priority).some((value) => value !== undefined)) profile.priority = priority;
	process.lacks("consoleSize", "a terminal of its own is as large as the caller's");
	process.lacks("commandLine", "it is about Windows");
	process.lacks("apparmorProfile", "no AppArmor profile is entered: what it would forbid is allowed");
	process.lacks("selinuxLabel", "no SELinux label is set: what it would forbid is allowed");
	process.lacks("execCPUAffinity", "nothing is executed in a sandbox that is there already");
	for (const name of process.others) made.lacks(`process.${name}`, unknown);
}

function environment(variables: readonly string[], made: Import) {
	const set = new Map<string, string>();
	for (const variable of variables) {
		const equals = variable.indexOf("=");
		if (equals > 0) set.set(variable.slice(0, equals), variable.slice(equals + 1));
		else made.problem(`process.env: ${JSON.stringify(variable)} is not NAME=VALUE`);
	}
	return { clear: true, ...(set.size > 0 && { set: Object.fromEntries(set) }) };
}

/** Returns the user id. */
function user(members: Members | undefined, made: Import): number {
	const uid = members?.number("uid") ?? 0;
	const gid = members?.number("gid") ?? 0;
	const groups = members?.numbers("additionalGids") ?? [];
	made.profile.identity = { uid, gid, ...(groups.length > 0 && { groups }) };
	const umask = members?.number("umask");
	if (umask !== undefined) made.profile.attributes = { ...made.profile.attributes, umask };
	members?.lacks("username", "users are named by number");
	for (const name of members?.others ?? []) made.lacks(`process.user.${name}`, unknown);
	return uid;
}

/**
 * What a command really has: execve(2) gives user 0 everything in the bounding set, and others what is ambient. The
 * permitted and effective sets before it mean nothing after it.
 */
function capabilities(process: Members, uid: number, made: Import): void {
	const sets = process.members("capabilities");
	const set = (name: string) => sets?.texts(name) ?? [];
	const bounding = set("bounding");
	const ambient = set("ambient");
	const noNewPrivileges = process.flag("noNewPrivileges") ?? false;
	const add = uid === 0 ? bounding : ambient;
	const known = new Set(add);
	for (const name of ["permitted", "effective", "inheritable"]) {
		const more = set(name).filter((one) => !known.has(one));
		if (more.length === 0) continue;
		const reason =
			name === "inheritable"
				? "the inheritable set is always empty, so that files cannot give these back"
				: "execve(2) would take these away from the command anyway";
		made.lacks(`process.capabilities.${name}: ${more.join(", ")}`, reason);
	}
	const lost = uid === 0 ? [] : bounding.filter((one) => !known.has(one));
	if (lost.length > 0 && !noNewPrivileges) {
		made.lacks(
			`process.capabilities.bounding: ${lost.join(", ")}`,
			"the bounding set holds what the command has and no more: set-user-ID programs inside do not gain these",
		);
	}
	if (!sets) made.lacks("process.capabilities", "it says nothing, and runtimes differ: none are left here");
	for (const name of sets?.others ?? []) made.lacks(`process.capabilities.${name}`, unknown);
	made.profile.capabilities = {
		drop: "all",
		...(add.length > 0 && { add }),
		...(add.length > 0 && uid !== 0 && { keep: true }),
		noNewPrivileges,
	};
}

function limits(process: Members, made: Import) {
	const found: { [name in Resource]?: LimitValue } = {};
	for (const one of process.list("rlimits")) {
		const type = one.text("type") ?? "";
		const name = resourceNames.find((resource) => `RLIMIT_${resource.toUpperCase()}` === type);
		const value = (key: string): Limit => {
			const number = one.number(key);
			if (number === undefined || number < 0) made.problem(`${one.path}${key} is no number from 0 on`);
			return number === Number.POSITIVE_INFINITY ? "unlimited" : (number ?? 0);
		};
		const [soft, hard] = [value("soft"), value("hard")];
		if (!name) made.problem(`${one.path}type: there is no limit ${JSON.stringify(type)}`);
		else if (found[name] !== undefined) made.problem(`${one.path}type: ${type} is there twice`);
		else found[name] = { soft, hard };
	}
	return Object.keys(found).length > 0 ? found : undefined;
}

function ioPriority(members: Members | undefined, made: Import): IoPriority | undefined {
	if (!members) return undefined;
	const level = members.number("priority") ?? 0;
	switch (members.text("class")) {
		case "IOPRIO_CLASS_IDLE":
			return "idle";
		case "IOPRIO_CLASS_BE":
			return { class: "best-effort", level };
		case "IOPRIO_CLASS_RT":
			return { class: "realtime", level };
		default:
			return made.problem("process.ioPriority.class is none of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE");
	}
}

function scheduling(process: Members, made: Import): { nice?: number; scheduler?: Scheduler } {
	const members = process.members("scheduler");
	if (!members) return {};
	const policy = (members.text("policy") ?? "").replace("SCHED_", "").toLowerCase();
	const priority = members.number("priority") ?? 0;
	const nice = members.number("nice");
	for (const name of ["flags", "runtime", "deadline", "period"]) {
		members.lacks(name, "the scheduler has a policy, a priority and a nice value, and no more");
	}
	for (const name of members.others) made.lacks(`process.scheduler.${name}`, unknown);
	const said = nice === undefined ? {} : { nice };
	if (policy === "other" || policy === "batch" || policy === "idle") return { ...said, scheduler: policy };
	if (policy === "fifo" || policy === "rr") return { ...said, scheduler: { policy, priority } };
	made.lacks(
		"process.scheduler.policy",
		"only OTHER, BATCH, IDLE, FIFO and RR can be chosen: the policy is the caller's",
	);
	return said;
}

/** The execution domain, which the specification keeps among what is of Linux alone. */
export function ociPersonality(members: Members | undefined, made: Import): void {
	if (!members) return;
	const found: Personality[] = members.text("domain") === "LINUX32" ? ["linux32"] : [];
	for (const flag of members.texts("flags") ?? []) {
		const name = personalities.find((one) => one === flag);
		if (name) found.push(name);
		else made.lacks(`linux.personality.flags: ${flag}`, "there is no such part of an execution domain");
	}
	made.profile.attributes = { ...made.profile.attributes, personality: found };
}
