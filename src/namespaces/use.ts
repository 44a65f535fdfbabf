/** What all eight modules share: creating, joining, or leaving their namespace alone. */
import { type NamespaceKind, namespaceInfo } from "../plan/namespaces.ts";
import type { Context, NamespaceUse, Problem, Target } from "../plan/types.ts";

/** Options every namespace module has. */
export interface NamespaceOptions {
	/**
	 * Enter an existing namespace instead of making one: that of a process id, a path such as `/run/netns/x`, or an open
	 * descriptor of the calling process. setns(2).
	 */
	readonly join?: Target;
	/**
	 * `false` makes and joins nothing: the module's other options then need another module's namespace, or are refused.
	 * @default true
	 */
	readonly create?: boolean;
}

/** The part of a fragment that says what happens to the namespace of this kind. */
export function use(kind: NamespaceKind, options: NamespaceOptions): { namespace?: NamespaceUse } {
	if (options.join !== undefined) return { namespace: { kind, use: "join", target: options.join } };
	return options.create === false ? {} : { namespace: { kind, use: "create" } };
}

/** A problem for each option that was given although the namespace is neither made nor joined. */
export function needsNamespace(
	kind: NamespaceKind,
	context: Context,
	code: string,
	given: readonly string[],
): Problem[] {
	if (given.length === 0 || context.creates.has(kind) || context.joins.has(kind)) return [];
	return [
		{
			code,
			message: `${given.join(" and ")} would change the caller's own ${kind} namespace`,
			hint: `add --${kind}, or ${namespaceInfo(kind).kind}() in the library`,
		},
	];
}
