/** A profile as it is written: every key in its place, nothing that says nothing, each namespace named. */
import { namespaceKinds } from "../plan/namespaces.ts";
import { isNamed } from "./fragments.ts";
import { isTable, memberFor, own, type Shape } from "./schema.ts";
import { profileShape } from "./shape.ts";
import type { Profile } from "./types.ts";

/** Modules that do nothing when nothing is said. */
const silent: readonly string[] = ["terminal", "environment", "command"];

/** The profile in the order of its shape, without keys that have no value. */
export function savedForm(profile: Profile): Record<string, unknown> {
	const table = ordered(profile, profileShape) as Record<string, unknown>;
	const all = !namespaceKinds.some((kind) => isNamed(profile[kind]));
	const saved: Record<string, unknown> = {};
	for (const kind of namespaceKinds) saved[kind] = namespaceForm(table[kind], all);
	for (const [name, value] of Object.entries(table)) {
		const says = value !== false && !(silent.includes(name) && isTable(value) && Object.keys(value).length === 0);
		if (!(name in saved) && says) saved[name] = value;
	}
	return saved;
}

/** `all`: none is named, so that every one is made that is not taken away. */
function namespaceForm(value: unknown, all: boolean): unknown {
	if (!isTable(value)) return value ?? all;
	const { create, ...options } = value;
	if (Object.keys(options).length === 0) return create !== false;
	return create === false ? { create, ...options } : options;
}

function ordered(value: unknown, shape: Shape): unknown {
	switch (shape.is) {
		case "union": {
			const member = memberFor(shape.of, value);
			return member ? ordered(value, member) : value;
		}
		case "list":
			return Array.isArray(value) ? value.map((one) => ordered(one, shape.of)) : value;
		case "tagged": {
			const member = isTable(value) ? shape.of[String(own(value, "type"))] : undefined;
			return member ? ordered(value, member) : value;
		}
		case "object": {
			if (!isTable(value)) return value;
			const made: Record<string, unknown> = {};
			for (const name of Object.keys(shape.keys)) {
				const key = shape.keys[name];
				if (key && own(value, name) !== undefined) made[name] = ordered(value[name], key);
			}
			return made;
		}
		default:
			return value;
	}
}
