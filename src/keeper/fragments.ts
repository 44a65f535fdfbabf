/** What of a sandbox can stay when nothing runs in it. */
import { PlanError } from "../plan/errors.ts";
import { namespaceKinds } from "../plan/namespaces.ts";
import type { Fragment, Problem } from "../plan/types.ts";
import { terminal } from "../process/terminal.ts";

/** Modules whose work stays in the namespaces. */
const lasting: readonly string[] = [...namespaceKinds, "sysctl", "terminal"];

/** The modules as they make namespaces for a name: the holder is PID 1, and has no terminal. */
export function keptFragments(fragments: readonly Fragment[]): Fragment[] {
	const problems: Problem[] = [];
	for (const { module, init, links } of fragments) {
		if (links) {
			const hint = "leave them out: they last as long as a command";
			problems.push({ code: "NAME_WITHOUT_COMMAND", message: "a network with a name has no interfaces of ours", hint });
		}
		if (!lasting.includes(module)) {
			const hint = "give it to what enters the namespaces";
			problems.push({
				code: "NAME_WITHOUT_COMMAND",
				message: `${module}() is about a command, and a name has none`,
				hint,
			});
		}
		if (init) {
			const hint = "leave it out: a process that keeps the namespace is its PID 1";
			problems.push({ code: "INIT_UNUSED", message: "a PID namespace with a name has no init besides that", hint });
		}
	}
	if (!fragments.some(({ namespace }) => namespace)) {
		problems.push({
			code: "NAMESPACE_NONE",
			message: "there is no namespace to keep",
			hint: "name one, such as net()",
		});
	}
	if (problems.length > 0) throw new PlanError(problems);
	return [
		...fragments
			.filter(({ module }) => module !== "terminal")
			.map((one) => (one.module === "pid" ? { ...one, init: false } : one)),
		terminal({ session: "new", injection: true }),
	];
}
