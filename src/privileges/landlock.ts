import type { Arch } from "../linux/syscalls.ts";
import { unreachable } from "../mounts/calls.ts";
import { pathProblems } from "../mounts/problems.ts";
import { nearest } from "../nearest.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Fragment, Problem, Step } from "../plan/types.ts";
import { missingOf } from "./landlock-missing.ts";
import { portFilter } from "./landlock-network.ts";
import {
	givenBy,
	handledFiles,
	type PathList,
	portRights,
	portsSince,
	scopeNames,
	scopesSince,
} from "./landlock-rights.ts";
import type { LandlockOptions } from "./types.ts";

/**
 * What the command and all that it starts can reach, by paths, ports and scopes, whatever their user may do; nothing takes
 * it back. Needs no privilege and no namespace. It is the last but the filter of system calls: neither the supervisor nor
 * the init are held by it, and descriptors that are open already, standard input and passed ones, stay of use. Behind it
 * nothing can be mounted where there are lists of paths, and no process outside of it can be traced. landlock(7).
 *
 * @example
 * ```ts
 * import { landlock, sandbox } from "nskit";
 * const box = sandbox(landlock({ execute: ["/usr"], write: ["/dev/null"] }));
 * console.log(box.spawnSync(["sh", "-c", "cat /etc/passwd 2> /dev/null || echo refused"]).stdout?.toString()); // refused
 * ```
 */
export function landlock(options: LandlockOptions): Fragment {
	return {
		module: "landlock",
		noNewPrivileges: true,
		...(restrictsFiles(options) && { executeHints: { EACCES: notExecutable } }),
		problems: (context) => landlockProblems(options, context),
		reduced: ({ host }) => (options.bestEffort ? missingOf(options, host).map(({ message }) => message) : []),
		steps: (context) => landlockSteps(options, context),
	};
}

const notExecutable =
	"it is no executable file; or it, the interpreter of a script, or the dynamic loader is in no path that Landlock lets be executed: add --landlock-execute, such as with /usr";

const pathLists = ["read", "write", "execute"] as const satisfies readonly PathList[];
const portLists = ["bind", "connect"] as const;

const restrictsFiles = (options: LandlockOptions): boolean =>
	options.writeMounts === true || pathLists.some((list) => options[list] !== undefined);

/** What is done with a path of a list, and with a port of one. */
const doing = {
	read: "reading",
	write: "reading and writing",
	execute: "reading and executing",
	bind: "binding to",
	connect: "connecting to",
} as const;

/** Through no magic link: /proc/self/fd/N would lead out of the sandbox. */
const howToOpen = {
	struct: { flags: { flags: "O_PATH|O_CLOEXEC" }, mode: 0, resolve: { flags: "RESOLVE_NO_MAGICLINKS" } },
} as const;

function landlockSteps(options: LandlockOptions, { host, writable }: Context): Step[] {
	const abi = host.landlock ?? 0;
	const ruleset = rulesetOf(options, abi);
	if (ruleset === undefined) return [];
	const steps: Step[] = [];
	const add = (does: string, why: string, man: string, ...calls: Call[]): void => {
		steps.push(step({ phase: "landlock", module: "landlock", does, why, man, calls }));
	};
	add(
		"make a Landlock ruleset",
		"all this is refused, but where a rule allows it",
		"landlock_create_ruleset(2)",
		ruleset,
	);
	for (const list of pathLists) {
		for (const path of options[list] ?? []) {
			const why = "with all below it, as the path is called inside; a file takes only the rights that files have";
			add(`allow ${doing[list]} ${path}`, why, "landlock_add_rule(2)", ...pathRule(list, path, abi));
		}
	}
	for (const { path, optional } of options.writeMounts ? writable() : []) {
		const why = "it is mounted writable";
		add(`allow ${doing.write} ${path}`, why, "landlock_add_rule(2)", ...pathRule("write", path, abi, optional));
	}
	for (const list of portLists) {
		const ports = [...new Set(options[list])];
		if (ports.length === 0 || abi < portsSince) continue;
		const does = `allow ${doing[list]} TCP ${ports.length === 1 ? "port" : "ports"} ${ports.join(", ")}`;
		add(does, "whatever the address", "landlock_add_rule(2)", ...ports.map((port) => portRule(list, port)));
	}
	if (abi >= portsSince && portLists.some((list) => options[list] !== undefined)) steps.push(closeDetours(host.arch));
	add(
		"enter the Landlock domain",
		"it holds for the command and all that it starts, and nothing takes it back",
		"landlock_restrict_self(2)",
		call("landlock_restrict_self", [ref("ruleset"), 0]),
		call("close", [ref("ruleset")]),
	);
	return steps;
}

/** The ruleset, of as much as this ABI knows; `undefined` where it knows nothing of what is asked for. */
function rulesetOf(options: LandlockOptions, abi: number): Call | undefined {
	const files = restrictsFiles(options) && abi > 0 ? handledFiles(abi) : "";
	const ports = abi < portsSince ? [] : portLists.filter((list) => options[list] !== undefined);
	const scopes = abi < scopesSince ? [] : [...new Set(options.scope)];
	if (files === "" && ports.length === 0 && scopes.length === 0) return undefined;
	const names = (all: readonly string[]) => (all.length === 0 ? 0 : { flags: all.join("|") });
	const attributes = {
		handled_access_fs: names(files === "" ? [] : [files]),
		handled_access_net: names(ports.map((list) => portRights[list])),
		scoped: names(scopes.map((scope) => scopeNames[scope])),
	};
	return call("landlock_create_ruleset", [{ struct: attributes }, 24, 0], { result: "ruleset" });
}

/** The rights of a directory are tried first: the kernel takes no file for one, nor may it change in between. */
function pathRule(list: PathList, path: string, abi: number, optional = false): Call[] {
	const mayFail = optional ? { mayFail: unreachable } : {};
	const onlyIf = optional ? { onlyIf: "path" } : {};
	const rule = (to: "directory" | "file"): Call => {
		const rights = { allowed_access: { flags: givenBy(list, abi, to) }, parent_fd: { ref: "path" } };
		const args = [ref("ruleset"), flags("LANDLOCK_RULE_PATH_BENEATH"), { struct: rights }, 0];
		return call("landlock_add_rule", args, onlyIf);
	};
	return [
		call("openat2", [flags("AT_FDCWD"), path, howToOpen, 24], { result: "path", ...mayFail }),
		{ ...rule("directory"), result: "allowed", mayFail: ["EINVAL"] },
		{ ...rule("file"), onlyIfFailed: "allowed" },
		call("close", [ref("path")], onlyIf),
	];
}

function portRule(list: "bind" | "connect", port: number): Call {
	const rights = { allowed_access: { flags: portRights[list] }, port };
	return call("landlock_add_rule", [ref("ruleset"), flags("LANDLOCK_RULE_NET_PORT"), { struct: rights }, 0]);
}

/** A filter, so that lists of ports hold for whoever looks for a way around them. */
function closeDetours(arch: Arch): Step {
	const filter = portFilter(arch);
	const bytes = { bytes: Array.from(filter), shows: "MPTCP|SMC|MSG_FASTOPEN|io_uring_setup: refused" };
	const hint =
		"lists of ports need filters of system calls, CONFIG_SECCOMP_FILTER: leave them out, and the network too";
	return step({
		phase: "landlock",
		module: "landlock",
		does: "close the ways around TCP ports",
		why: "Landlock sees neither Multipath TCP nor TCP Fast Open, and no filter sees what io_uring does",
		man: "seccomp(2)",
		calls: [
			call("seccomp", [flags("SECCOMP_SET_MODE_FILTER"), 0, { struct: { len: filter.length / 8, filter: bytes } }]),
		],
		hints: { ENOSYS: hint, EINVAL: hint, EPERM: hint, EACCES: hint },
	});
}

const lastPort = 65535;

function landlockProblems(options: LandlockOptions, { host, command }: Context): Problem[] {
	const problems: Problem[] = [];
	const add = (code: string, message: string, hint: string): void => {
		problems.push({ code, message, hint });
	};
	for (const list of pathLists) {
		for (const path of options[list] ?? []) {
			const what = `path to allow ${doing[list]}`;
			problems.push(...pathProblems(what, path));
			if (path !== "" && !path.startsWith("/"))
				add("PATH_NOT_ABSOLUTE", `the ${what}, ${path}, does not begin with /`, "paths are those inside the sandbox");
		}
	}
	for (const list of portLists) {
		const first = list === "bind" ? 0 : 1;
		for (const port of new Set(options[list])) {
			if (Number.isInteger(port) && port >= first && port <= lastPort) continue;
			add("PORT_INVALID", `${port} is no TCP port to allow ${doing[list]}`, `ports are from ${first} to ${lastPort}`);
		}
	}
	for (const scope of new Set(options.scope)) {
		if (Object.hasOwn(scopeNames, scope)) continue;
		const known = Object.keys(scopeNames);
		const near = nearest(String(scope), known);
		const hint = near ? `did you mean ${near}?` : `known are ${known.join(", ")}`;
		add("SCOPE_INVALID", `Landlock has no scope ${JSON.stringify(scope)}`, hint);
	}
	const restricts = restrictsFiles(options) || options.bind || options.connect || options.scope?.length;
	if (!restricts)
		add("LANDLOCK_EMPTY", "Landlock is asked for, and nothing to refuse", "give a list of paths or ports, or a scope");
	if (restrictsFiles(options) && !options.execute?.length && command.descriptor === undefined)
		add(
			"NOTHING_EXECUTABLE",
			"with lists of paths for Landlock and none to execute, the command itself could not be executed",
			'add --landlock-execute /usr, or execute: ["/usr"] to landlock()',
		);
	return options.bestEffort && host.landlock !== undefined ? problems : [...problems, ...missingOf(options, host)];
}
