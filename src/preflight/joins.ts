/** A look at what a plan is about to join, so that every mistake is said at once. The kernel still has the last word. */
import { close, openToRead } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { type NamespaceKind, namespaceInfo } from "../plan/namespaces.ts";
import type { Fragment, Host, Problem, Target } from "../plan/types.ts";
import { targetPath } from "../process/join.ts";
import { kindOf, statusOf } from "../targets/kernel.ts";

/** A problem for each fragment that joins something that is no namespace of its kind. */
export function joinProblems(fragments: readonly Fragment[], host: Host): Problem[] {
	const problems: Problem[] = [];
	for (const { namespace } of fragments)
		if (namespace?.use === "join") problems.push(...joinProblem(namespace.kind, namespace.target, host));
	return problems;
}

function joinProblem(kind: NamespaceKind, target: Target, host: Host): Problem[] {
	// It was opened to be joined, and the kernel says what it thinks of it.
	if (typeof target === "object" && "pidfd" in target) return [];
	const path = targetPath(kind, target, host);
	const found = namespaceOf(path);
	const { file } = namespaceInfo(kind);
	if (found === undefined && typeof target === "object") {
		const hint = "it has to be open, and readable, in the process that joins";
		return [{ code: "DESCRIPTOR_CLOSED", message: `--join ${kind}: there is no descriptor ${target.fd}`, hint }];
	}
	// What else cannot be opened is left to the plan's own step, whose failure names the reason.
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

/** `"net:[4026531840]"` for a namespace's file, an empty text for other files, `undefined` for what cannot be opened. */
function namespaceOf(path: string): string | undefined {
	let fd: number;
	try {
		fd = openToRead(path);
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
	try {
		const kind = kindOf(fd);
		return kind === undefined ? "" : `${namespaceInfo(kind).file}:[${statusOf(fd).inode}]`;
	} finally {
		close(fd);
	}
}
