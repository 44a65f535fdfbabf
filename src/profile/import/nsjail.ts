/** A configuration of nsjail becomes a profile. */
import type { NamedRange } from "../../ids/types.ts";
import type { IdRange } from "../../namespaces/idmap.ts";
import type { Personality } from "../../process/attributes.ts";
import { nsjailLacking } from "./nsjail-lacking.ts";
import { nsjailLimits } from "./nsjail-limits.ts";
import { nsjailMount } from "./nsjail-mounts.ts";
import { nsjailNetwork } from "./nsjail-network.ts";
import { nsjailResources } from "./nsjail-resources.ts";
import { nsjailConfig } from "./nsjail-schema.ts";
import { messageOfJson, messageOfText, ProtoMessage } from "./proto.ts";
import { readTextFormat, TextFormatError } from "./text-format.ts";
import { Import, type Imported, longestSource, type Surroundings } from "./types.ts";

/**
 * The profile of an nsjail configuration, in the text format of protocol buffers or in JSON. What nsjail does when nothing
 * is said is said in the profile: its namespaces, limits, time limit, host name, empty environment and read-only root.
 */
export function importNsjail(source: string, around: Surroundings): Imported {
	const made = new Import(around);
	const config = readConfig(source, made);
	for (const name of config.names) {
		const why = Object.hasOwn(nsjailLacking, name) ? nsjailLacking[name] : undefined;
		if (why !== undefined && asksForSomething(config, name)) made.lacks(name, why);
	}
	namespaces(config, made);
	ids(config, made);
	privileges(config, made);
	nsjailLimits(config, made);
	nsjailResources(config, made);
	command(config, made);
	environment(config, made);
	streams(config, made);
	lifetime(config, made);
	return made.done();
}

function readConfig(source: string, made: Import): ProtoMessage {
	const empty = new ProtoMessage(new Map());
	if (source.length > longestSource) {
		made.problem(`the configuration is longer than ${longestSource} characters`);
		return empty;
	}
	if (source.trim() === "") {
		made.problem("the configuration is empty");
		return empty;
	}
	try {
		// A message in the text format never begins with a brace.
		if (!source.trimStart().startsWith("{")) return messageOfText(readTextFormat(source), nsjailConfig, made);
		return messageOfJson(JSON.parse(source), nsjailConfig, made);
	} catch (error) {
		if (!(error instanceof TextFormatError || error instanceof SyntaxError)) throw error;
		made.problem(`the configuration cannot be read: ${error.message}`);
		return empty;
	}
}

function asksForSomething(config: ProtoMessage, name: string): boolean {
	return (
		config.flag(name) ||
		config.number(name, 0) !== 0 ||
		config.texts(name).some((text) => text !== "") ||
		config.messages(name).length > 0
	);
}

function namespaces(config: ProtoMessage, made: Import): void {
	const { profile } = made;
	const makes = (name: string, otherwise = true) => config.flag(`clone_new${name}`, otherwise);
	profile.mount = makes("ns") && nsjailMount(config, made);
	if (!makes("ns")) {
		for (const one of config.messages("mount")) {
			made.lacks(`mount of ${one.text("dst")}`, "nothing is mounted without clone_newns, in nsjail too");
		}
	}
	profile.pid = makes("pid") && { init: false };
	profile.net = nsjailNetwork(config, made);
	profile.ipc = makes("ipc");
	profile.uts = makes("uts") && { hostname: config.text("hostname", "NSJAIL") };
	if (!makes("uts") && config.has("hostname")) {
		made.lacks("hostname", "without clone_newuts the host name is the machine's");
	}
	profile.cgroup = makes("cgroup");
	profile.time = makes("time", false);
}

function ids(config: ProtoMessage, made: Import): void {
	const { uid, gid } = made.around;
	const uids = ranges(config.messages("uidmap"), uid, "uidmap", made);
	const gids = ranges(config.messages("gidmap"), gid, "gidmap", made);
	const isMapped = config.has("uidmap") || config.has("gidmap");
	if (!config.flag("clone_newuser", true)) made.profile.user = false;
	else made.profile.user = isMapped ? { uids, gids } : { map: "self" };
	const groups: number[] = [];
	for (const { inside } of gids.slice(1)) groups.push(inside);
	made.profile.identity = { uid: uids[0]?.inside, gid: gids[0]?.inside, ...(groups.length > 0 && { groups }) };
}

/** A range whose ids inside are numbers: the command's own is the first. */
type Range = NamedRange & Pick<IdRange, "inside">;

function ranges(maps: readonly ProtoMessage[], own: number, what: string, made: Import): Range[] {
	const found: Range[] = [];
	for (const map of maps) {
		const id = (name: string): number | string => {
			const text = map.text(name);
			if (text === "") return own;
			if (text === "root") return 0;
			return /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : text;
		};
		const [inside, outside] = [id("inside_id"), id("outside_id")];
		if (typeof inside === "number") found.push({ inside, outside, size: map.number("count", 1) });
		else {
			const message = `inside_id of a ${what} is ${JSON.stringify(inside)}`;
			made.problem(message, "write the number of the user or group");
		}
	}
	return found.length > 0 ? found : [{ inside: own, outside: own, size: 1 }];
}

function privileges(config: ProtoMessage, made: Import): void {
	const noNewPrivileges = !config.flag("disable_no_new_privs");
	const names = config.texts("cap");
	for (const name of names) {
		if (!/^CAP_[A-Z0-9_]+$/.test(name)) made.problem(`there is no capability ${JSON.stringify(name)}`);
	}
	if (config.flag("keep_caps")) {
		made.profile.capabilities = { keep: true, noNewPrivileges };
		if (names.length > 0) made.lacks("cap", "with keep_caps all capabilities are kept, in nsjail too");
	} else {
		const add = names.length > 0 ? { add: names, keep: true } : {};
		made.profile.capabilities = { drop: "all", ...add, noNewPrivileges };
	}
	if (config.has("seccomp_policy_file") || config.has("seccomp_string")) made.profile.seccomp = { profile: "default" };
	const personality: Personality[] = [];
	for (const name of ["ADDR_COMPAT_LAYOUT", "MMAP_PAGE_ZERO", "ADDR_LIMIT_3GB", "ADDR_NO_RANDOMIZE"] as const) {
		if (config.flag(`persona_${name.toLowerCase()}`)) personality.push(name);
	}
	const hardening = {
		...(config.flag("disable_tsc") && { timestampCounter: false }),
		...(config.flag("use_core_scheduling") && { coreScheduling: true }),
	};
	if (Object.keys(hardening).length > 0) made.profile.hardening = hardening;
	if (personality.length > 0) made.profile.attributes = { personality };
	made.profile.priority = {
		nice: config.number("nice_level", 19),
		oomScoreAdjust: config.has("oom_score_adj") ? config.number("oom_score_adj", 0) : undefined,
	};
}

function command(config: ProtoMessage, made: Import): void {
	const cwd = config.text("cwd", "/");
	const [binary] = config.messages("exec_bin");
	if (!binary) {
		made.profile.command = { cwd };
		return;
	}
	const path = binary.text("path");
	if (path === "") made.problem("exec_bin has no path");
	if (binary.flag("exec_fd")) {
		made.lacks(
			"exec_fd",
			"the command is executed by its path inside, and not by a descriptor that was opened outside: it has to be there",
		);
	}
	// execv(3) looks for nothing in PATH.
	const looked = path.includes("/") ? path : `./${path}`;
	const argv0 = binary.has("arg0") ? binary.text("arg0") : looked === path ? undefined : path;
	made.profile.command = { argv: [looked, ...binary.texts("arg")], argv0, cwd };
}

function environment(config: ProtoMessage, made: Import): void {
	const keep: string[] = [];
	const set = new Map<string, string>();
	for (const variable of config.texts("envar")) {
		const equals = variable.indexOf("=");
		if (equals > 0) set.set(variable.slice(0, equals), variable.slice(equals + 1));
		else if (equals < 0 && variable !== "") keep.push(variable);
		else made.problem(`envar ${JSON.stringify(variable)} has no name`);
	}
	const clear = !config.flag("keep_env");
	made.profile.environment = {
		...(clear && { clear }),
		...(clear && keep.length > 0 && { keep }),
		...(set.size > 0 && { set: Object.fromEntries(set) }),
	};
}

function streams(config: ProtoMessage, made: Import): void {
	const silent = config.flag("silent") ? { stdin: "/dev/null", stdout: "/dev/null" } : {};
	const stderr = config.flag("silent") || config.flag("stderr_to_null") ? { stderr: "/dev/null" } : {};
	if (config.flag("silent") || config.flag("stderr_to_null")) made.profile.redirect = { ...silent, ...stderr };
	made.profile.terminal = { session: config.flag("skip_setsid") ? "shared" : "new" };
	const passed = config.numbers("pass_fd").filter((fd) => fd > 2);
	if (passed.length > 0) made.profile.passDescriptors = passed.map((fd) => ({ from: fd, to: fd }));
}

function lifetime(config: ProtoMessage, made: Import): void {
	const seconds = config.number("time_limit", 600);
	const daemon = config.flag("daemon") || undefined;
	if (seconds > 0) made.profile.lifetime = { timeout: seconds, killSignal: "SIGKILL", daemon };
	else if (daemon) made.profile.lifetime = { daemon };
	if (config.has("forward_signals") && !config.flag("forward_signals")) {
		made.lacks("forward_signals: false", "signals that would end ns go to the command, which may end in its own way");
	}
	const mode = config.text("mode", "ONCE");
	if (mode === "EXECVE") made.lacks("mode: EXECVE", "a process of ours stays beside the command where that is needed");
	if (mode === "RERUN") made.profile.server = { again: true };
	if (mode === "LISTEN") listen(config, made);
	else {
		for (const name of ["port", "bindhost", "max_conns"]) {
			if (asksForSomething(config, name)) made.lacks(name, "it means something with mode: LISTEN only, in nsjail too");
		}
	}
}

function listen(config: ProtoMessage, made: Import): void {
	const port = config.number("port", 0);
	if (port < 1 || port > 65535) made.problem("mode: LISTEN needs a port from 1 to 65535");
	const most = config.number("max_conns", 0);
	if (most === 0)
		made.lacks("max_conns: 0", "the connections that are served at a time are limited to 64, others wait");
	made.profile.server = {
		listen: { port, address: config.text("bindhost", "::") },
		...(most > 0 && { most }),
	};
}
