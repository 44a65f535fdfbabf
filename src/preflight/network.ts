/** Interfaces that are asked for are held against those that are there. */
import { collisions } from "../network/collisions.ts";
import { isOutside } from "../network/problems.ts";
import type { Link } from "../network/resolve.ts";
import { lookAtInterfaces } from "../network-look/interfaces.ts";
import type { Fragment, Problem } from "../plan/types.ts";

/** What collides or is missing in the caller's network namespace. Where that cannot be seen, the kernel says it later. */
export function networkProblems(fragments: readonly Fragment[]): Problem[] {
	const outside: Link[] = [];
	for (const { links = [] } of fragments) outside.push(...links.filter(isOutside));
	const present = outside.length > 0 ? lookAtInterfaces() : undefined;
	return present ? collisions(outside, present) : [];
}
