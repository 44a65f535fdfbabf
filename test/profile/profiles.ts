/** Any profile, made from the shape itself. */
import fc from "fast-check";
import type { Shape } from "../../src/profile/schema.ts";
import { profileShape } from "../../src/profile/shape.ts";
import type { Profile } from "../../src/profile/types.ts";

const words = fc.constantFrom("a", "b c", "ü", "yes", "1", "CAP_CHOWN", 'q"\\', "x\ny", "null", "- x", "__proto__");
const paths = fc.constantFrom("/work/a", "/work", "/work/./b", "/work/", "/x/y", "/work/ü z", "/work/~/a", "/work//b");

/** Values of this shape, as a file can hold them. */
function valuesOf(shape: Shape): fc.Arbitrary<unknown> {
	switch (shape.is) {
		case "boolean":
			return fc.boolean();
		case "constant":
			return fc.constantFrom(...shape.values);
		case "integer":
			return fc.integer({ min: shape.least, max: shape.most });
		case "number":
			return fc.double({ min: shape.least, max: shape.most, noNaN: true });
		case "string":
			return shape.path ? paths : words;
		case "span":
			return fc.oneof(fc.constantFrom("1d", "1.5s"), fc.integer({ min: 0, max: 99 }), fc.constant(1.5));
		case "bytes":
			throw new TypeError("no file holds bytes");
		case "list":
			return fc.array(valuesOf(shape.of), { maxLength: 3 });
		case "record":
			return fc.dictionary(fc.constantFrom("A", "B.c", "ü", "__proto__"), valuesOf(shape.of), { maxKeys: 3 });
		case "union":
			return fc.oneof(...shape.of.filter(({ is }) => is !== "bytes").map(valuesOf));
		case "tagged":
			return fc.oneof(
				...Object.entries(shape.of).map(([type, of]) => valuesOf(of).map((v) => ({ ...(v as object), type }))),
			);
		case "object": {
			const keys = Object.fromEntries(Object.entries(shape.keys).map(([name, key]) => [name, valuesOf(key)]));
			return fc.record(keys, { requiredKeys: [...shape.required], noNullPrototype: true });
		}
	}
}

export const profiles = valuesOf(profileShape) as fc.Arbitrary<Profile>;
