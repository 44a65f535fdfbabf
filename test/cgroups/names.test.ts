import { expect, test } from "bun:test";
import { readGroupName } from "../../src/cgroups/names.ts";

test.each([
	["nskit-4242", { pid: 4242, isRest: false }],
	["nskit-9-rest", { pid: 9, isRest: true }],
	["nskit-web-4242", { pid: 4242, isRest: false }],
	["nskit-a-b.c_d-7", { pid: 7, isRest: false }],
])("the name %s is one of ours", (directory, read) => expect(readGroupName(directory)).toEqual(read));

test.each([
	...["", "nskit", "nskit-", "nskit-0", "nskit-01", "nskit-web", "nskit--1", "nskit-web-", "nskit-12345678"],
	...["xnskit-1", "nskit-1x", "nskit-1/", "nskit-../-1", "nskit-1 ", "nskit-we/b-1", "nskit-\n-1", "nskit-1\n"],
	...["NSKIT-1", `nskit-${"a".repeat(65)}-1`],
])("the name %j is none of ours", (directory) => expect(readGroupName(directory)).toBeUndefined());
