import { expect, test } from "bun:test";
import { absolutePath, isBelow, parentOf, stripRoot } from "../../src/observe/path.ts";

test("`absolutePath` puts a path together", () => {
	expect(absolutePath("/a", "b/./c//d")).toBe("/a/b/c/d");
	expect(absolutePath("/a/b", "../c")).toBe("/a/c");
	expect(absolutePath("/a", "/x/../../y")).toBe("/y");
	expect(absolutePath("/", ".")).toBe("/");
});

test("`stripRoot` takes the root of a process away", () => {
	expect(stripRoot("/new/home", "/new")).toBe("/home");
	expect(stripRoot("/new", "/new")).toBe("/");
	expect(stripRoot("/newer", "/new")).toBe("/newer");
	expect(stripRoot("/home", "/")).toBe("/home");
	expect(stripRoot("socket:[1]", "/")).toBe("/");
});

test("`parentOf` and `isBelow` go by whole names", () => {
	expect([parentOf("/a/b"), parentOf("/a")]).toEqual(["/a", "/"]);
	expect([isBelow("/a/b", "/a"), isBelow("/a", "/a"), isBelow("/ab", "/a"), isBelow("/ab", "/")]).toEqual([
		...[true, true, false, true],
	]);
});
