/** The steps of unshare(1), in its order and with its words. Pure. */
import type { IdRange } from "../../src/namespaces/idmap.ts";
import { mapLines } from "../../src/namespaces/idmap.ts";
import { call, flags, ref } from "../../src/plan/step.ts";
import type { Call, Plan, Role } from "../../src/plan/types.ts";
import { type Called, failure } from "./end.ts";
import type { ToolFacts } from "./facts.ts";
import { withOwn } from "./maps.ts";
import {
	begin,
	commandOf,
	execute,
	fileOrder,
	flagOf,
	openForWriting,
	ToolSteps,
	toDefault,
	toolPlan,
	write,
} from "./steps.ts";
import { insideSteps } from "./unshare-inside.ts";
import type { UnshareRequest } from "./unshare-request.ts";

/** The maps as they are written: by a helper where there are ranges, else by the command's process for itself. */
interface Maps {
	readonly users: readonly IdRange[];
	readonly groups: readonly IdRange[];
	readonly user: number | undefined;
	readonly group: number | undefined;
}

/** How newuidmap(1) and newgidmap(1) are found; `undefined` where they are not. */
export type FindProgram = (name: string) => string | undefined;

/** The plan of a request. Throws a `ToolEnd` where it cannot be carried out, in the tool's words. */
export function unsharePlan(request: UnshareRequest, called: Called, facts: ToolFacts, find: FindProgram): Plan {
	const { host } = facts;
	const { creates, pins } = request;
	const steps = new ToolSteps();
	const command = commandOf(request.rest, facts);
	const maps = mapsOf(request, facts);
	const binds = pins.size > 0;
	const bindsFirst = binds && (creates.has("mount") || creates.has("user"));
	begin(steps, host, called.name);
	if (bindsFirst) {
		startHelper(steps, "relay", "bind");
		bindFiles(steps, "relay", request, host.pid);
		steps.add("relay", "exit failed", [call("exit_group", [0])]);
	}
	const mapsOutside = maps.users.length > 0 || maps.groups.length > 0;
	if (mapsOutside) {
		startHelper(steps, "helper", "map");
		if (host.uid === 0) mapByWriting(steps, maps, host.pid, called);
		else mapByPrograms(steps, maps, called, facts, find);
	}
	become(steps, request);
	steps.add("outer", "unshare failed", [call("unshare", [created(request)])]);
	if (mapsOutside) letGo(steps, "map");
	for (const [clock, offset] of [
		[7, request.boottime],
		[1, request.monotonic],
	] as const) {
		if (offset === undefined) continue;
		const file = "/proc/self/timens_offsets";
		write(steps, "outer", file, `${clock} ${offset} 0`, `failed to open ${file}`, `failed to write to ${file}`);
	}
	if (request.fork) fork(steps, request);
	if (bindsFirst) letGo(steps, "bind");
	else if (binds) bindFiles(steps, "outer", request, host.pid);
	if (request.fork) {
		steps.add("outer", "waitpid failed", [], request.forwardSignals ? "awaitForwarding" : "await");
		begun(steps, request);
	}
	mapByItself(steps, request, maps, called, facts);
	insideSteps(steps, request);
	execute(steps, { ...command, argv: request.rest.length > 0 ? command.argv : [shellName(command.argv)] });
	return toolPlan(steps, host, command, request.fork);
}

const shellName = ([path = ""]: readonly string[]): string => (path.startsWith("./") ? path.slice(2) : path);

function created({ creates }: UnshareRequest) {
	const names = fileOrder.filter((kind) => creates.has(kind)).map(flagOf);
	return names.length === 0 ? 0 : flags(names.join("|"));
}

function mapsOf({ users, groups, mapUser, mapGroup, owner }: UnshareRequest, { host }: ToolFacts): Maps {
	const usersOutside = users.length > 0 || (mapUser !== undefined && owner !== undefined);
	const groupsOutside = groups.length > 0 || (mapGroup !== undefined && owner !== undefined);
	return {
		users: usersOutside ? withOwn(users, host.uid, mapUser) : [],
		groups: groupsOutside ? withOwn(groups, host.gid, mapGroup) : [],
		user: usersOutside ? undefined : mapUser,
		group: groupsOutside ? undefined : mapGroup,
	};
}

/** A child that waits for a word, and ends when nobody can give it any more. */
function startHelper(steps: ToolSteps, role: Role, name: string): void {
	const pipe = { pair: [`${name}.read`, `${name}.write`] } as const;
	steps.add("outer", "eventfd failed", [call("pipe2", [pipe, flags("O_CLOEXEC")])]);
	steps.add("outer", "fork failed", [
		call("clone", [flags("SIGCHLD"), null, null, null, null], { result: name, child: role }),
		call("close", [ref(`${name}.read`)]),
	]);
	steps.add(role, "failed to read eventfd", [
		call("close", [ref(`${name}.write`)]),
		call("read", [ref(`${name}.read`), { out: `${name}.word`, size: 8 }, 1], { check: { endOfFile: true } }),
	]);
}

/** Gives a helper its word, and waits for its end. */
function letGo(steps: ToolSteps, name: string): void {
	steps.add("outer", "write failed", [
		call("write", [ref(`${name}.write`), "x", 1]),
		call("close", [ref(`${name}.write`)]),
	]);
	steps.add("outer", "waitpid failed", [waitFor(name)]);
}

const waitFor = (name: string): Call =>
	call("wait4", [ref(name), { out: `${name}.status`, size: 8 }, flags("__WALL"), null], {
		check: { status: `${name}.status` },
	});

const fileNames = {
	user: "user",
	cgroup: "cgroup",
	ipc: "ipc",
	uts: "uts",
	net: "net",
	pid: "pid_for_children",
	mount: "mnt",
	time: "time_for_children",
} as const;

function bindFiles(steps: ToolSteps, who: Role, { pins }: UnshareRequest, pid: number): void {
	for (const kind of fileOrder) {
		const target = pins.get(kind);
		if (target === undefined) continue;
		const source = `/proc/${pid}/ns/${fileNames[kind]}`;
		steps.add(who, `mount ${source} on ${target} failed`, [
			call("mount", [source, target, null, flags("MS_BIND"), null]),
		]);
	}
}

function mapByWriting(steps: ToolSteps, { users, groups }: Maps, pid: number, called: Called): void {
	for (const [file, ranges] of [
		["uid_map", users],
		["gid_map", groups],
	] as const) {
		if (ranges.length === 0) continue;
		const path = `/proc/${pid}/${file}`;
		const text = mapLines(ranges);
		if (text.length > 4096) throw failure(called, `${path} too large for kernel 4k limit`);
		write(steps, "helper", path, text, `failed to open ${path}`, `failed to write ${path}`);
	}
}

/** Programs with the privilege to map subordinate ids; the first of two runs in a child of the helper. */
function mapByPrograms(
	steps: ToolSteps,
	{ users, groups }: Maps,
	called: Called,
	facts: ToolFacts,
	find: FindProgram,
): void {
	const both = users.length > 0 && groups.length > 0;
	if (both) {
		const child = call("clone", [flags("SIGCHLD"), null, null, null, null], { result: "first", child: "init" });
		steps.add("helper", "fork failed", [child]);
		steps.add("helper", "waitpid failed", [waitFor("first")]);
	}
	for (const [program, ranges, who] of [
		["newuidmap", users, both ? "init" : "helper"],
		["newgidmap", groups, "helper"],
	] as const) {
		if (ranges.length === 0) continue;
		const path = find(program);
		if (path === undefined) throw failure(called, `failed to execute ${program}: No such file or directory`, 127);
		const words = ranges.flatMap(({ inside, outside, size }) => [inside, outside, size]).map(String);
		const argv = [program, String(facts.host.pid), ...words];
		steps.add(who, `failed to execute ${program}`, [call("execve", [path, { strings: argv }, { strings: facts.env }])]);
	}
}

/** Becomes the owner of the user namespace that is about to be made. */
function become(steps: ToolSteps, { owner }: UnshareRequest): void {
	const noId = 0xffffffff;
	if (owner && owner.gid !== noId) {
		steps.add("outer", "setgroups failed", [call("setgroups", [0, null])]);
		steps.add("outer", "setgid() failed", [call("setgid", [owner.gid])]);
	}
	if (owner && owner.uid !== noId) steps.add("outer", "setuid() failed", [call("setuid", [owner.uid])]);
}

const savedMask = { out: "signals.mask", size: 8 } as const;
/** SIGINT and SIGTERM; with SIGCHLD, where they are taken one by one. */
const interrupts = { bytes: [0x02, 0x40, 0, 0, 0, 0, 0, 0], shows: "[INT TERM]" } as const;
const taken = { bytes: [0x02, 0x40, 0x01, 0, 0, 0, 0, 0], shows: "[INT TERM CHLD]" } as const;

function fork(steps: ToolSteps, { forwardSignals, killChild }: UnshareRequest): void {
	const mask = forwardSignals ? taken : interrupts;
	if (forwardSignals) steps.add("outer", "sigaction SIGTERM failed", [toDefault("SIGTERM"), toDefault("SIGINT")]);
	steps.add("outer", "sigprocmask block failed", [call("rt_sigprocmask", [flags("SIG_BLOCK"), mask, savedMask, 8])]);
	if (killChild !== undefined) {
		steps.add("outer", "pidfd_open failed", [
			call("getpid", [], { result: "self" }),
			call("pidfd_open", [ref("self"), 0], { result: "life" }),
		]);
	}
	steps.add("outer", "fork failed", [
		call("clone", [flags("SIGCHLD"), null, null, null, null], { result: "command", child: "command" }),
	]);
}

/** The first things the child does. */
function begun(steps: ToolSteps, { killChild }: UnshareRequest): void {
	steps.add("command", "sigprocmask restore failed", [
		call("rt_sigprocmask", [flags("SIG_SETMASK"), savedMask, null, 8]),
	]);
	if (killChild === undefined) return;
	steps.add("command", "prctl failed", [call("prctl", [flags("PR_SET_PDEATHSIG"), killChild, 0, 0, 0])], "lifeline");
}

/** The maps of one id, which the kernel lets a process write for itself. */
function mapByItself(
	steps: ToolSteps,
	{ setgroups }: UnshareRequest,
	{ user, group }: Maps,
	called: Called,
	{ host }: ToolFacts,
): void {
	const map = (file: string, inside: number, outside: number): void => {
		const path = `/proc/self/${file}`;
		write(steps, "command", path, `${inside} ${outside} 1`, `cannot open ${path}`, `write failed ${path}`);
	};
	if (user !== undefined) map("uid_map", user, host.uid);
	if (group !== undefined) {
		if (setgroups === "allow") {
			throw failure(called, "options --setgroups=allow and --map-group are mutually exclusive");
		}
		controlSetgroups(steps, "deny");
		map("gid_map", group, host.gid);
	}
	if (setgroups) controlSetgroups(steps, setgroups);
}

/** Where the kernel has no such file there is nothing to say. */
function controlSetgroups(steps: ToolSteps, word: string): void {
	const path = "/proc/self/setgroups";
	steps.add("command", `cannot open ${path}`, [{ ...openForWriting(path), mayFail: ["ENOENT"] }]);
	steps.add("command", `write failed ${path}`, [
		call("write", [ref("file"), word, word.length], { onlyIf: "file" }),
		call("close", [ref("file")], { onlyIf: "file" }),
	]);
}
