/** Interfaces that are asked for are held against those that are there. */
import { collisions } from "../network/collisions.ts";
import { isOutside } from "../network/problems.ts";
import type { Link } from "../network/resolve.ts";
import { lookAtInterfaces } from "../network-look/interfaces.ts";
import type { Fragment, Problem } from "../plan/types.ts";

/** What collides or is missing in the caller's network namespace. Where that cannot be seen, the kernel says it later. */
export function networkProblems(fragments: readonly Fragment[]): Problem[] {
	const made: Link[] = [];
	const ports: Problem[] = [];
	for (const { links = [], outside } of fragments) {
		made.push(...links.filter(isOutside));
		if (outside?.published) ports.push(...portsOf(outside.published));
	}
	const present = made.length > 0 ? lookAtInterfaces() : undefined;
	return present ? [...collisions(made, present), ...ports] : ports;
}

/** Loaded only where ports are led inside. */
const portsOf: typeof import("../network-look/ports.ts").portProblems = (...given) =>
	(require("../network-look/ports.ts") as typeof import("../network-look/ports.ts")).portProblems(...given);
