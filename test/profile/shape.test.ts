import { describe, expect, test } from "bun:test";
import type { Values } from "../../src/profile/schema.ts";
import type { profileFileShape, profileShape } from "../../src/profile/shape.ts";
import type { Profile, ProfileFile } from "../../src/profile/types.ts";

/** Every key there and none optional, so that a key that one of two types lacks is seen. */
type Complete<T> = T extends string | number | bigint | boolean | undefined | Uint8Array
	? T
	: T extends readonly (infer Element)[]
		? readonly Complete<Element>[]
		: { readonly [Name in keyof T]-?: Complete<Exclude<T[Name], undefined>> };
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** The compiler says here which of both knows an option that the other does not. */
const shapeIsTheType: Same<Complete<Values<typeof profileShape>>, Complete<Profile>> = true;
const optionalToo: Same<Values<typeof profileShape>, Profile> = true;
const fileToo: Same<Complete<Omit<Values<typeof profileFileShape>, "$schema">>, Complete<ProfileFile>> = true;

describe("the shape of a profile", () => {
	test("is that of its type", () => {
		expect([shapeIsTheType, optionalToo, fileToo]).toEqual([true, true, true]);
	});
});
