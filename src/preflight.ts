/** A look at what a plan is about to join, so that every mistake is said at once. The kernel still has the last word. */
import { close, isOpen, openToRead } from "./descriptors.ts";
import { SystemError } from "./ffi.ts";
import { PlanError } from "./plan/errors.ts";
import { type NamespaceKind, namespaceInfo } from "./plan/namespaces.ts";
import type { Fragment, Host, Plan, Problem, Target } from "./plan/types.ts";
import { targetPath } from "./process/join.ts";

/** Throws a `PlanError` when a fragment joins something that is no namespace of its kind, or names a descriptor that is closed. */
export function checkJoins(fragments: readonly Fragment[], host: Host): void {
	const problems: Problem[] = [];
	for (const { namespace, module, held = [] } of fragments) {
		if (namespace?.use === "join") problems.push(...joinProblem(namespace.kind, namespace.target, host));
		// Those of other modules are looked at more closely elsewhere; what is no descriptor at all the plan refuses.
		for (const fd of module === "mount" ? held : []) if (fd >= 0 && !isOpen(fd)) problems.push(closedProblem(fd));
	}
	if (problems.length > 0) throw new PlanError(problems);
}

/**
 * Throws a `PlanError` when a fragment passes on a descriptor that is not open. Bun has some for itself, an epoll
 * descriptor and an eventfd, at numbers that the caller left free: neither kind can be passed on.
 */
export function checkPasses(fragments: readonly Fragment[]): void {
	const problems: Problem[] = [];
	for (const { passes = [] } of fragments) {
		for (const { from } of passes) {
			if (isCallers(from)) continue;
			const hint = "it has to be open in the process that starts the command, as with N<FILE in a shell";
			problems.push({ code: "DESCRIPTOR_CLOSED", message: `--pass-fd ${from}: there is no descriptor ${from}`, hint });
		}
	}
	if (problems.length > 0) throw new PlanError(problems);
}

/** Makes what kept overlay layers need, and loads the code for that only where there are any. Throws a `LayerError`. */
export function makeLayers(fragments: readonly Fragment[], plan: Plan, host: Host): void {
	if (!fragments.some(({ layers }) => layers)) return;
	const { prepareLayers } = require("./layers.ts") as typeof import("./layers.ts");
	prepareLayers(fragments, plan, host);
}

/** Whether a descriptor is open, and none of those that Bun has made for itself. */
export const isCallers = (fd: number): boolean => isOpen(fd) && !isBuns(fd);

/** Whether a descriptor is one of those that Bun's event loop is made of, or of their kind. */
function isBuns(fd: number): boolean {
	const link = process.getBuiltinModule("node:fs").readlinkSync(`/proc/self/fd/${fd}`);
	return link === "anon_inode:[eventpoll]" || link === "anon_inode:[eventfd]";
}

function joinProblem(kind: NamespaceKind, target: Target, host: Host): Problem[] {
	const path = targetPath(kind, target, host);
	const found = namespaceOf(path);
	const { file } = namespaceInfo(kind);
	if (found === undefined && typeof target === "object") {
		const hint = "it has to be open, and readable, in the process that joins";
		return [{ code: "DESCRIPTOR_CLOSED", message: `--join ${kind}: there is no descriptor ${target.fd}`, hint }];
	}
	// What else cannot be opened is left to the plan's own step, whose failure names the reason.
	if (found === undefined || found.startsWith(`${file}:[`)) return [];
	const what = /^\w+:\[\d+\]$/.test(found) ? `the namespace ${found}` : "no namespace";
	return [
		{
			code: "NOT_A_NAMESPACE",
			message: `${path} is ${what}, and a ${kind} namespace is to be joined`,
			hint: `such files are /proc/PID/ns/${file} and what is bound to them`,
		},
	];
}

function closedProblem(fd: number): Problem {
	const hint = "it has to be open in the calling process";
	return { code: "DESCRIPTOR_CLOSED", message: `bind: there is no descriptor ${fd}`, hint };
}

/** `"net:[4026531840]"` for a namespace's file, another text for other files, `undefined` for what cannot be opened. */
function namespaceOf(path: string): string | undefined {
	let fd: number;
	try {
		fd = openToRead(path);
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
	try {
		return process.getBuiltinModule("node:fs").readlinkSync(`/proc/self/fd/${fd}`);
	} finally {
		close(fd);
	}
}
