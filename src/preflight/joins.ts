/** A look at what a plan is about to join, so that every mistake is said at once. The kernel still has the last word. */
import { close, isOpen, openToRead, textOf } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { type NamespaceKind, namespaceInfo } from "../plan/namespaces.ts";
import type { Fragment, Problem, Target } from "../plan/types.ts";
import { targetPath } from "../process/join.ts";
import { kindOf, statusOf } from "../targets/kernel.ts";

/** A problem for each fragment that joins something that is no namespace of its kind. */
export function joinProblems(fragments: readonly Fragment[]): Problem[] {
	const problems: Problem[] = [];
	for (const { namespace } of fragments)
		if (namespace?.use === "join") problems.push(...joinProblem(namespace.kind, namespace.target));
	const joinsUser = fragments.some(({ namespace }) => namespace?.use === "join" && namespace.kind === "user");
	if (joinsUser && textOf("/proc/sys/fs/suid_dumpable")?.trim() === "1") problems.push(everybodyTraces);
	return problems;
}

/**
 * Entering a user namespace changes rights, and so makes the process as traceable as this setting says. With 1 those
 * inside could take it over before it has any chance to forbid that. proc_sys_fs(5).
 */
const everybodyTraces: Problem = {
	code: "TRACING_UNCHECKED",
	message: "fs.suid_dumpable is 1: who enters a user namespace could be taken over by those inside",
	hint: "set it to 0 or 2: sysctl fs.suid_dumpable=0",
};

function joinProblem(kind: NamespaceKind, target: Target): Problem[] {
	const fd = typeof target === "object" ? ("fd" in target ? target.fd : target.pidfd) : undefined;
	if (fd !== undefined && !isOpen(fd)) {
		const hint = "it has to be open in the process that joins";
		return [{ code: "DESCRIPTOR_CLOSED", message: `--join ${kind}: there is no descriptor ${fd}`, hint }];
	}
	// The kernel says what it thinks of a process.
	if (typeof target === "object" && "pidfd" in target) return [];
	const path = typeof target === "object" ? `/proc/self/fd/${target.fd}` : targetPath(kind, target);
	const found = typeof target === "object" ? nameOf(target.fd) : namespaceAt(path);
	const { file } = namespaceInfo(kind);
	// What cannot be opened is left to the plan's own step, whose failure names the reason.
	if (found === undefined || found.startsWith(`${file}:[`)) return [];
	const what = found === "" ? "no namespace" : `the namespace ${found}`;
	return [
		{
			code: "NOT_A_NAMESPACE",
			message: `${path} is ${what}, and a ${kind} namespace is to be joined`,
			hint: `such files are /proc/PID/ns/${file} and what is bound to them`,
		},
	];
}

/** What a path leads to; `undefined` for what cannot be opened. */
function namespaceAt(path: string): string | undefined {
	let fd: number;
	try {
		fd = openToRead(path);
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
	try {
		return nameOf(fd);
	} finally {
		close(fd);
	}
}

/** `"net:[4026531840]"` for a namespace's file that is open, an empty text for other files. */
function nameOf(fd: number): string {
	const kind = kindOf(fd);
	return kind === undefined ? "" : `${namespaceInfo(kind).file}:[${statusOf(fd).inode}]`;
}
