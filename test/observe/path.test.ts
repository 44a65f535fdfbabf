import { describe, expect, test } from "bun:test";
import { absolutePath, isBelow, parentOf, resolveLinks, stripRoot } from "../../src/observe/path.ts";

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

describe("`resolveLinks`", () => {
	const tree: Record<string, string> = {
		...{ "/a/link": "../b/dir", "/abs": "/b//dir/./x", "/b/dir/again": "../../a/link/x", "/loop": "loop" },
		...{ "/up": "..", "/chain": "chain2", "/chain2": "b" },
	};
	const at = (path: string, follow = true) => {
		const { real, links } = resolveLinks(path, follow, (one) => tree[one]);
		return [real, ...links.map((one) => one.path)];
	};

	test("follows links in every part, and names them once", () => {
		expect(at("/b/dir/x")).toEqual(["/b/dir/x"]);
		expect(at("/a/link/y")).toEqual(["/b/dir/y", "/a/link"]);
		expect(at("/abs")).toEqual(["/b/dir/x", "/abs"]);
		expect(at("/a/link/again")).toEqual(["/b/dir/x", "/a/link", "/b/dir/again"]);
		expect(at("/chain/f")).toEqual(["/b/f", "/chain", "/chain2"]);
	});

	test("takes `..` behind a link from where that leads, and never above the root", () => {
		expect(at("/a/link/../z")).toEqual(["/b/z", "/a/link"]);
		expect(at("/up/../../q")).toEqual(["/q", "/up"]);
		expect(at("/")).toEqual(["/"]);
	});

	test("follows the last part only where that is asked for, and tells of it", () => {
		expect(at("/a/link", false)).toEqual(["/a/link", "/a/link"]);
		expect(at("/a/link/", false)).toEqual(["/b/dir", "/a/link"]);
		expect(at("/a/link/y", false)).toEqual(["/b/dir/y", "/a/link"]);
	});

	test("ends also in a circle", () => {
		expect(at("/loop")[1]).toBe("/loop");
	});
});
