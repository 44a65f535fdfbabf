/** Entering what is there, in the library: targets become modules that hold them open. */
import { PlanError } from "./plan/errors.ts";
import type { NamespaceKind } from "./plan/namespaces.ts";
import type { Fragment } from "./plan/types.ts";
import { chooseJoins, type Joins } from "./targets/choose.ts";
import { joinFragments } from "./targets/fragments.ts";
import { openDescriptor, openRunning, openTarget } from "./targets/open.ts";
import { namespacesOf } from "./targets/process.ts";
import type { OpenTarget } from "./targets/types.ts";

/**
 * What is entered: a process id, a word as for `ns enter` (a name, a path, a container), an open descriptor of a process
 * or of the file of a namespace, or a subprocess.
 */
export type EnterTarget =
	| number
	| string
	| { readonly pidfd: number }
	| { readonly fd: number }
	| { readonly pid: number };

/** Modules that hold their target open. */
export interface Joined extends ReadonlyArray<Fragment>, Disposable {
	/** Lets go of the target. Done as well once nobody refers to the modules any more. */
	close(): void;
}

/** Lets go of targets that nobody can enter any more. */
const forgotten = new FinalizationRegistry<() => void>((release) => release());

/**
 * The modules that enter the namespaces of a target: those of `kinds`, or all that this process is not in. The target is
 * found once, here, and held by descriptors of this process, so that no other can take its place; closed by `close`, by
 * `using`, or with the modules. setns(2).
 *
 * @example
 * ```ts
 * import { join, sandbox, user, uts } from "nskit";
 * const first = await sandbox(user(), uts({ hostname: "first" })).spawn(["cat"], { stdin: "pipe" });
 * using joined = join(first, ["user", "uts"]);
 * console.log(sandbox(...joined).spawnSync(["hostname"]).stdout?.toString()); // first
 * first.stdin.end();
 * ```
 */
export function join(target: EnterTarget, kinds?: readonly NamespaceKind[]): Joined {
	return joined(target, { kinds });
}

/** The modules for all that is not among these, which are made or joined otherwise. */
export function joinWithout(target: EnterTarget, without: readonly NamespaceKind[]): Joined {
	return joined(target, { without });
}

function joined(
	target: EnterTarget,
	choice: { kinds?: readonly NamespaceKind[] | undefined; without?: readonly NamespaceKind[] },
): Joined {
	const opened = openAny(target);
	try {
		const { joins, problems } = chooseJoins(opened, namespacesOf("self"), choice);
		if (problems.length > 0) throw new PlanError(problems);
		return holding(opened.close, joins);
	} catch (error) {
		opened.close();
		throw error;
	}
}

/** What every module refers to keeps the target: plans hold no more than its numbers. */
function holding(close: () => void, joins: Joins): Joined {
	const { kept, release } = keeping(joinFragments(joins), close);
	return Object.assign([...kept], { close: release, [Symbol.dispose]: release });
}

/** The modules, which `close` is called for once: by `release`, or when nobody refers to any of them any more. */
export function keeping(
	fragments: readonly Fragment[],
	close: () => void,
): { readonly kept: readonly Fragment[]; readonly release: () => void } {
	let isOpen = true;
	const closeOnce = (): void => {
		if (isOpen) close();
		isOpen = false;
	};
	const token = {};
	forgotten.register(token, closeOnce, token);
	const release = (): void => {
		forgotten.unregister(token);
		closeOnce();
	};
	return { kept: fragments.map((one) => ({ ...one, target: token })), release };
}

function openAny(target: EnterTarget): OpenTarget {
	if (typeof target === "string") return openTarget(target);
	if (typeof target === "number") return openTarget(String(target));
	if ("pid" in target) return openRunning(target.pid);
	return openDescriptor("fd" in target ? target.fd : target.pidfd);
}
