/**
 * A small language for the shape of data: what a value has to be, what it is for, and how two of them are merged. The
 * check of a profile, the published JSON Schema, the merge and the paths all work from it.
 */

/** What every shape may say. */
interface Common {
	/** What it is for: a sentence. */
	readonly doc?: string | undefined;
}

/** The shape of a value. */
export type Shape = Common &
	(
		| { readonly is: "boolean" }
		/** Exactly one of these. */
		| { readonly is: "constant"; readonly values: readonly (string | boolean)[] }
		| {
				readonly is: "integer";
				readonly least: number;
				readonly most: number;
				/** 64 bits: in an object also a bigint. */
				readonly wide?: boolean;
		  }
		/**
		 * `path`: one of the caller's (`outside`) or one of the sandbox (`inside`); in a file it may be relative to it.
		 * `target`: one of the caller's where it holds a slash, and otherwise a word for `ns enter`.
		 */
		/** Any number in these bounds. */
		| { readonly is: "number"; readonly least: number; readonly most: number }
		| { readonly is: "string"; readonly path?: "outside" | "inside" | "target" }
		/** A span of time: a number of seconds or a text; in an object also a bigint of nanoseconds. */
		| { readonly is: "span" }
		/** In an object only. */
		| { readonly is: "bytes" }
		/**
		 * `adds`: merged by putting the later behind the earlier; `names`: by joining two sets; `allowed`: so, too, but a later
		 * one that allows nothing stays alone.
		 */
		| { readonly is: "list"; readonly of: Shape; readonly merge?: "adds" | "names" | "allowed" }
		/** Any names, all values of one shape. */
		| { readonly is: "record"; readonly of: Shape; readonly names: "variable" | "parameter" | "host" }
		| ObjectShape
		/** One of several, told apart by what kind of value it is. */
		| { readonly is: "union"; readonly of: readonly Shape[] }
		/** One of several objects, told apart by their `type`. */
		| { readonly is: "tagged"; readonly of: Readonly<Record<string, ObjectShape>> }
	);

/** An object with known keys. */
export interface ObjectShape extends Common {
	readonly is: "object";
	readonly keys: Readonly<Record<string, Shape>>;
	readonly required: readonly string[];
	/** Merged key by key; otherwise the later takes the place of the earlier as a whole. */
	readonly byKey?: boolean;
	/** What a later key takes away of the earlier object: they are alternatives. */
	readonly replaces?: Readonly<Record<string, readonly string[]>>;
	/** Lists that a later list of paths takes `/` out of: to name some paths would mean nothing beside all of them. */
	readonly narrows?: Readonly<Record<string, readonly string[]>>;
	/** What is meant where none of `unless` is said. It has to be said when these are added, so that it stays. */
	readonly implies?: { readonly key: string; readonly value: string; readonly unless: readonly string[] };
	/**
	 * Two sets of names that contradict each other: a later name in one is taken out of the earlier other. With a prefix,
	 * names are the same with it and without, in capitals and in small letters.
	 */
	readonly opposes?: readonly (readonly [one: string, other: string, prefix?: string])[];
}

/** A shape, with the type of its values for the compiler alone. */
export type Typed<T> = Shape & { readonly type?: T };

/** An object's shape with the type of its values. */
export type TypedObject<T> = ObjectShape & { readonly type?: T };

/** A key that has to be there. */
interface Needed<T> {
	readonly needed: Typed<T>;
}

type Keys = Readonly<Record<string, Typed<unknown> | Needed<unknown>>>;

/** The values of a shape. */
export type Values<S> = S extends { readonly type?: infer T } ? Exclude<T, undefined> : never;

type NeededIn<K extends Keys> = { [N in keyof K]: K[N] extends Needed<unknown> ? N : never }[keyof K];

type OfKeys<K extends Keys> = {
	readonly [N in NeededIn<K>]: K[N] extends Needed<infer T> ? T : never;
} & {
	readonly [N in Exclude<keyof K, NeededIn<K>>]?: Values<K[N]> | undefined;
};

export const boolean = (doc?: string): Typed<boolean> => ({ is: "boolean", doc });
export const constant = <const T extends string | boolean>(values: readonly T[], doc?: string): Typed<T> => ({
	is: "constant",
	values,
	doc,
});
/** A whole number. */
export const integer = (least: number, most: number, doc?: string): Typed<number> => ({
	...{ is: "integer", least, most, doc },
});
export const number = (least: number, most: number, doc?: string): Typed<number> => ({
	...{ is: "number", least, most, doc },
});
export const wide = (doc?: string): Typed<number | bigint> => ({
	...{ is: "integer", least: 0, most: Number.MAX_SAFE_INTEGER, wide: true, doc },
});
export const string = (doc?: string): Typed<string> => ({ is: "string", doc });
export const outsidePath = (doc?: string): Typed<string> => ({ is: "string", path: "outside", doc });
export const targetWord = (doc?: string): Typed<string> => ({ is: "string", path: "target", doc });
export const insidePath = (doc?: string): Typed<string> => ({ is: "string", path: "inside", doc });
export const span = (doc?: string): Typed<number | bigint | string> => ({ is: "span", doc });
export const bytes = (doc?: string): Typed<Uint8Array> => ({ is: "bytes", doc });
export const list = <T>(of: Typed<T>, doc?: string): Typed<readonly T[]> => ({ is: "list", of, doc });
/** A list that a later profile adds to. */
export const adding = <T>(of: Typed<T>, doc?: string): Typed<readonly T[]> => ({ is: "list", of, merge: "adds", doc });
/** A set of names that a later profile adds to. */
export const names = <T>(of: Typed<T>, doc?: string): Typed<readonly T[]> => ({ is: "list", of, merge: "names", doc });
/** A set of names that a later profile adds to, or empties: what is not in it is refused. */
export const allowed = <T>(of: Typed<T>, doc?: string): Typed<readonly T[]> => ({
	...{ is: "list", of, merge: "allowed", doc },
});
export const record = <T>(
	kind: "variable" | "parameter" | "host",
	of: Typed<T>,
	doc?: string,
): Typed<Readonly<Record<string, T>>> => ({ is: "record", names: kind, of, doc });
export const union = <const S extends readonly Typed<unknown>[]>(of: S, doc?: string): Typed<Values<S[number]>> => ({
	is: "union",
	of,
	doc,
});
export const tagged = <const S extends Readonly<Record<string, TypedObject<unknown>>>>(
	of: S,
	doc?: string,
): Typed<Values<S[keyof S]>> => ({ is: "tagged", of, doc });
/** Makes a key one that has to be there. */
export const needed = <T>(shape: Typed<T>): Needed<T> => ({ needed: shape });

/** An object with these keys. */
export function object<const K extends Keys>(
	keys: K,
	more: Pick<ObjectShape, "doc" | "byKey" | "replaces" | "narrows" | "implies" | "opposes"> = {},
): TypedObject<OfKeys<K>> {
	const shapes: Record<string, Shape> = {};
	const required: string[] = [];
	for (const [name, value] of Object.entries(keys)) {
		if ("needed" in value) required.push(name);
		shapes[name] = "needed" in value ? value.needed : value;
	}
	return { is: "object", keys: shapes, required, ...more };
}

/** Which of several shapes a value is meant to be; `undefined` where it is of none's kind. */
export function memberFor(shapes: readonly Shape[], value: unknown): Shape | undefined {
	const same = shapes.filter((shape) => isOfKind(shape, value));
	return same.find((shape) => isMeant(shape, value)) ?? same.at(-1);
}

/** Whether this and no other shape is meant: by the value itself, or by the keys that an object has. */
function isMeant(shape: Shape, value: unknown): boolean {
	if (shape.is === "constant") return shape.values.includes(value as string);
	return shape.is === "object" && isTable(value) && shape.required.some((name) => Object.hasOwn(value, name));
}

/** Whether a value is of the kind that a shape has, however wrong it may be otherwise. */
function isOfKind(shape: Shape, value: unknown): boolean {
	switch (shape.is) {
		case "boolean":
			return typeof value === "boolean";
		case "constant":
			return shape.values.some((one) => typeof one === typeof value);
		case "integer":
			return typeof value === "number" || (shape.wide === true && typeof value === "bigint");
		case "number":
			return typeof value === "number";
		case "string":
			return typeof value === "string";
		case "span":
			return ["number", "string", "bigint"].includes(typeof value);
		case "bytes":
			return value instanceof Uint8Array;
		case "list":
			return Array.isArray(value);
		case "union":
			return shape.of.some((one) => isOfKind(one, value));
		default:
			return isTable(value);
	}
}

/** An object that holds names and values, and is nothing else. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const prototype = Object.getPrototypeOf(value);
	return prototype === null || prototype === Object.prototype;
}

/** The value of a key of its own: never one that every object has. */
export function own(table: Readonly<Record<string, unknown>>, name: string): unknown {
	return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** A table to be filled: without a prototype, so that every name is a name. */
export const newTable = (): Record<string, unknown> => Object.create(null);
