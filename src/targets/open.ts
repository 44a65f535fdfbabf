/** From a word to what it leads to: found, checked, and held by descriptors, so that it cannot become another. */
import { close } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { PlanError } from "../plan/errors.ts";
import type { Problem } from "../plan/types.ts";
import { copyOf, kindOf, openFile, statusOf } from "./kernel.ts";
import { openPidfdTarget, openProcessTarget } from "./process.ts";
import type { OpenTarget } from "./types.ts";
import { readTargetWord, type TargetWord } from "./words.ts";

/** Where `ip netns add` keeps its names. */
const netnsFolder = "/run/netns";

/** Opens what a word names. Throws a `PlanError` that says what was looked for. */
export function openTarget(word: string): OpenTarget {
	const read = readTargetWord(word);
	if ("code" in read) throw new PlanError([read]);
	return openRead(read);
}

function openRead(word: TargetWord): OpenTarget {
	if (word.is === "process") return openRunning(word.pid, word.pidfd);
	if (word.is === "path") return openPath(word.path);
	if (word.is === "descriptor") return openDescriptor(word.fd);
	if (word.is === "name") return openName(word.name);
	const { openContainer } = require("./containers.ts") as typeof import("./containers.ts");
	return openContainer(word.maker, word.id);
}

/** A process; in place of a supervisor of ours, which is not in all of its namespaces, the command. */
export function openRunning(pid: number, pidfd?: string): OpenTarget {
	const { commandOfSupervisor } = require("./supervisor.ts") as typeof import("./supervisor.ts");
	return commandOfSupervisor(pid, pidfd) ?? openProcessTarget(pid, { pidfd });
}

/** What a descriptor of this process is open on: the file of a namespace, or a process. It is left as it is. */
export function openDescriptor(fd: number): OpenTarget {
	const copy = copyOf(fd);
	if (copy < 0) throw failed("DESCRIPTOR_CLOSED", `there is no descriptor ${fd}`, "it has to be open in the caller");
	const file = ofFile(copy, `fd:${fd}`);
	if (file) return file;
	try {
		const running = openPidfdTarget(copy);
		if (running) return running;
	} finally {
		close(copy);
	}
	throw failed("NOT_A_NAMESPACE", `fd:${fd} is open on neither a namespace nor a process`, fileHint);
}

function openPath(path: string): OpenTarget {
	const fd = opened(path);
	if (typeof fd === "string") throw failed("TARGET_MISSING", `${path} cannot be opened: ${fd}`, fileHint);
	const target = ofFile(fd, path);
	if (target) return target;
	close(fd);
	throw failed("NOT_A_NAMESPACE", `${path} is no namespace`, fileHint);
}

/** The names of running sandboxes and those of `ns create`, of which nothing has both, and then those of `ip netns add`. */
function openName(name: string): OpenTarget {
	const running = openRunningName(name);
	if (running) return running;
	const named = openOwn(name);
	if (named) return named;
	const path = `${netnsFolder}/${name}`;
	const fd = opened(path);
	const target = typeof fd === "number" ? ofFile(fd, name) : undefined;
	if (target) return target;
	if (typeof fd === "number") close(fd);
	const looked = typeof fd === "number" ? `: ${path} is no namespace` : fd.endsWith(": ENOENT") ? "" : `: ${fd}`;
	const { nearestName } = require("../keeper/near.ts") as typeof import("../keeper/near.ts");
	const near = nearestName(name, netnsFolder);
	const forms = "see ns list; containers take a prefix, such as runc:ID, files a slash, such as ./FILE";
	const hint = near === undefined ? forms : `did you mean ${near}?`;
	throw failed("TARGET_MISSING", `nothing is called ${JSON.stringify(name)}${looked}`, hint);
}

/** The command of the running sandbox that has this name; `undefined` where none has. */
export function openRunningName(name: string): OpenTarget | undefined {
	const { findRunning } = require("../keeper/running.ts") as typeof import("../keeper/running.ts");
	const { isName } = require("../named/names.ts") as typeof import("../named/names.ts");
	const found = isName(name) ? unlessNone(() => findRunning(name)) : undefined;
	if (!found) return undefined;
	const { commandOfSupervisor } = require("./supervisor.ts") as typeof import("./supervisor.ts");
	const { openHolder } = require("../keeper/identity.ts") as typeof import("../keeper/identity.ts");
	// Held, so that its number is nobody else's while its command is looked for.
	const supervisor = openHolder(found);
	if (typeof supervisor === "number") {
		try {
			const command = commandOfSupervisor(found.pid, undefined);
			if (command) return { ...command, label: name };
		} finally {
			close(supervisor);
		}
	}
	throw failed("NAME_BUSY", `${name} is just starting or ending`, "try again in a moment");
}

/** What `ns create` has made under a name; `undefined` where it has made none. */
function openOwn(name: string): OpenTarget | undefined {
	const { openNamed } = require("../keeper/open.ts") as typeof import("../keeper/open.ts");
	return unlessNone(() => openNamed(name));
}

/** What is found by a name; `undefined` where nothing has it, or nothing could. */
function unlessNone<T>(find: () => T): T | undefined {
	const { NamedError } = require("../keeper/errors.ts") as typeof import("../keeper/errors.ts");
	try {
		return find();
	} catch (error) {
		if (!(error instanceof NamedError)) throw error;
		const other = error.problems.filter(({ code }) => code !== "NAME_NONE" && code !== "NAME_INVALID");
		if (other.length > 0) throw new PlanError(other);
		return undefined;
	}
}

/** A namespace's file that is open: the target takes the descriptor over. `undefined` for other files. */
function ofFile(fd: number, label: string): OpenTarget | undefined {
	const kind = kindOf(fd);
	if (!kind) return undefined;
	const { inode } = statusOf(fd);
	return { label, namespaces: { [kind]: { inode, fd } }, close: () => close(fd) };
}

/** A descriptor of the file, or why there is none. */
function opened(path: string): number | string {
	try {
		return openFile(path);
	} catch (error) {
		if (error instanceof SystemError) return error.message;
		throw error;
	}
}

const fileHint = "the files of namespaces are /proc/PID/ns/* and what is bound to them";

function failed(code: string, message: string, hint: string): PlanError {
	const problem: Problem = { code, message, hint };
	return new PlanError([problem]);
}
