/** A look at the descriptors and files that a lifetime needs, before anything is done. The kernel still has the last word. */
import { toBytes } from "../bytes.ts";
import { descriptorFlags } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import type { Lifetime } from "../plan/supervision.ts";
import type { Fragment, Host, Problem } from "../plan/types.ts";

/** A problem for each descriptor that cannot be used as is asked for, and each file that cannot be locked or made. */
export function lifetimeProblems(fragments: readonly Fragment[], host: Host): Problem[] {
	const asked = fragments.find(({ lifetime }) => lifetime)?.lifetime;
	return asked ? [...descriptorProblems(asked), ...fileProblems(asked, host)] : [];
}

function descriptorProblems({ info, status, block }: Lifetime): Problem[] {
	const problems: Problem[] = [];
	for (const [option, fd, mode, what] of [
		["info-fd", info, constants.O_WRONLY, "writing"],
		["status-fd", status, constants.O_WRONLY, "writing"],
		["block-fd", block, constants.O_RDONLY, "reading"],
	] as const) {
		// What is no descriptor or path at all, the plan says.
		if (fd === undefined || !Number.isInteger(fd) || fd < 0) continue;
		const flags = openFlags(fd);
		if (flags === undefined) {
			const hint = "it has to be open in the process that starts ns";
			problems.push({ code: "DESCRIPTOR_CLOSED", message: `--${option}: there is no descriptor ${fd}`, hint });
		} else if (!allows(flags, mode)) {
			const message = `--${option}: descriptor ${fd} is not open for ${what}`;
			const hint = what === "writing" ? `such as ${fd}>FILE in a shell` : `such as ${fd}<FILE in a shell`;
			problems.push({ code: "DESCRIPTOR_MODE", message, hint });
		}
	}
	return problems;
}

/** The lowest two bits of the flags: O_RDONLY, O_WRONLY or O_RDWR. */
const accessMode = 3;

const allows = (flags: number, mode: number): boolean =>
	(flags & constants.O_PATH) === 0 && [mode, constants.O_RDWR].includes(flags & accessMode);

/** How a descriptor of the caller's is open; `undefined` where there is none, or where it is one that Bun has made for itself. */
function openFlags(fd: number): number | undefined {
	try {
		const flags = descriptorFlags(fd);
		const { readlinkSync } = process.getBuiltinModule("node:fs");
		return readlinkSync(`/proc/self/fd/${fd}`).startsWith("anon_inode:") ? undefined : flags;
	} catch (error) {
		if (error instanceof SystemError && error.code === "EBADF") return undefined;
		throw error;
	}
}

function fileProblems({ locks, background, pidFile }: Lifetime, { uid }: Host): Problem[] {
	const problems: Problem[] = [];
	for (const path of locks) {
		if (path === "") continue;
		const found = statOf(path);
		if (found?.isFile()) continue;
		const what = found ? "is no plain file" : "cannot be found";
		problems.push({ code: "LOCK_FILE", message: `--lock-file: ${path} ${what}`, hint: "make it first, with touch(1)" });
	}
	if (!background || !pidFile || pidFile.name === "") return problems;
	const path = `${pidFile.folder === "/" ? "" : pidFile.folder}/${pidFile.name}`;
	const found = statOf(path, true);
	if (!statOf(pidFile.folder)?.isDirectory()) {
		const message = `--pid-file: there is no directory ${pidFile.folder}`;
		problems.push({ code: "PID_FILE", message, hint: "make it first: nothing but the file is made" });
	} else if (found && !(found.isFile() && found.uid === uid)) {
		const message = `--pid-file: ${path} is there, and is no plain file of ours`;
		problems.push({ code: "PID_FILE", message, hint: "take it away, or name another" });
	}
	return problems;
}

/** What stat(2), or lstat(2), says; `undefined` where nothing can be found. */
function statOf(path: string, link = false): { isFile(): boolean; isDirectory(): boolean; uid: number } | undefined {
	const { lstatSync, statSync } = process.getBuiltinModule("node:fs");
	const bytes = Buffer.from(toBytes(path));
	try {
		return link ? lstatSync(bytes) : statSync(bytes);
	} catch (error) {
		if (error instanceof Error && "code" in error) return undefined;
		throw error;
	}
}
