/** A look at the descriptors of the calling process that a plan names. */
import { isOpen } from "../descriptors.ts";
import type { Fragment, Problem } from "../plan/types.ts";

/** A problem for each descriptor that is to be bound, waited for, passed on or executed and is not open. */
export function descriptorProblems(fragments: readonly Fragment[], executed?: number): Problem[] {
	const problems: Problem[] = [];
	const closed = (what: string, fd: number, hint: string): void => {
		problems.push({ code: "DESCRIPTOR_CLOSED", message: `${what}: there is no descriptor ${fd}`, hint });
	};
	const toStart = "it has to be open in the process that starts the command, as with N<FILE in a shell";
	if (executed !== undefined && !isCallers(executed)) closed(`--execute-fd ${executed}`, executed, toStart);
	for (const { module, held = [], passes = [] } of fragments) {
		// What is no descriptor at all the plan refuses; those of a lifetime are looked at more closely.
		for (const fd of module === "mount" ? held : [])
			if (fd >= 0 && !isOpen(fd)) closed("bind", fd, "it has to be open in the calling process");
		for (const fd of module === "user" ? held : [])
			if (fd >= 0 && !isCallers(fd)) closed(`--map-block-fd ${fd}`, fd, toStart);
		for (const { from } of passes) if (!isCallers(from)) closed(`--pass-fd ${from}`, from, toStart);
	}
	return problems;
}

/**
 * Whether a descriptor is open, and none of those that Bun has made for itself, an epoll descriptor and an eventfd, at
 * numbers that the caller left free: neither kind can be passed on.
 */
export const isCallers = (fd: number): boolean => isOpen(fd) && !isBuns(fd);

function isBuns(fd: number): boolean {
	const link = process.getBuiltinModule("node:fs").readlinkSync(`/proc/self/fd/${fd}`);
	return link === "anon_inode:[eventpoll]" || link === "anon_inode:[eventfd]";
}
