import { describe, expect, test } from "bun:test";
import { nameOf, normal, Points, parentOf } from "../../src/mounts/points.ts";
import { texts } from "../plan/fixtures.ts";

/** What is opened and made for a target, in short: `/a`, `+/a (parent)`. */
const short = (points: Points, target: string, kind: "directory" | "file" = "directory"): string[] =>
	texts(points.open(target, kind)).flatMap((text) => {
		const opened = /^openat2\(\$root, "([^"]*)".* = \$(\w+)$/.exec(text);
		const made = /^(mkdirat|mknodat)\(\$(\w+), "([^"]*)"/.exec(text);
		return opened ? `${opened[2]} ${opened[1]}` : made ? `${made[1]} ${made[2]}/${made[3]}` : [];
	});

describe("paths", () => {
	test("`normal` takes slashes and dots away", () => {
		expect(["/a/b", "//a/./b/", "/", "/.", "///", "/a.b/..c"].map(normal)).toEqual([
			"/a/b",
			"/a/b",
			"/",
			"/",
			"/",
			"/a.b/..c",
		]);
	});

	test("`parentOf` and `nameOf` take a path apart", () => {
		expect(["/a", "/a/b", "/a/b/c"].map((path) => [parentOf(path), nameOf(path)])).toEqual([
			["/", "a"],
			["/a", "b"],
			["/a/b", "c"],
		]);
	});
});

describe("`Points`", () => {
	test("makes nothing where nothing is private", () => {
		expect(short(new Points(), "/a/b")).toEqual(["target /a/b"]);
	});

	test("makes every directory on the way in a private root, and the target itself", () => {
		expect(short(new Points("root"), "/a/b/c")).toEqual([
			...["target /a/b/c", "mkdirat root/a", "parent /a", "mkdirat parent/b", "parent /a/b", "mkdirat parent/c"],
			"target /a/b/c",
		]);
		expect(short(new Points("root"), "/f", "file")).toEqual(["target /f", "mknodat root/f", "target /f"]);
	});

	test("makes what it has made once, until something is mounted over it", () => {
		const points = new Points("root");
		short(points, "/a/b");
		expect(short(points, "/a/c")).toEqual(["target /a/c", "parent /a", "mkdirat parent/c", "target /a/c"]);
		expect(short(points, "/a/b")).toEqual(["target /a/b"]);
		points.mounted("/a", "over");
		expect(short(points, "/a/b")).toEqual(["target /a/b", "parent /a", "mkdirat parent/b", "target /a/b"]);
		points.mounted("/a/");
		expect(short(points, "/a/b")).toEqual(["target /a/b"]);
		expect(short(points, "/ab")).toEqual(["target /ab", "mkdirat root/ab", "target /ab"]);
	});

	test("makes what lies in a private mount on the caller's root, and nothing beside it", () => {
		const points = new Points();
		points.mounted("/t", "tmpfs");
		expect(short(points, "/t/a")).toEqual(["target /t/a", "parent /t", "mkdirat parent/a", "target /t/a"]);
		expect(short(points, "/u/a")).toEqual(["target /u/a"]);
		expect([points.isPrivate("/t/a"), points.isPrivate("/t"), points.isPrivate("/u/a")]).toEqual([true, false, false]);
	});

	test("takes a mount that may have come to nothing for what was there before", () => {
		const points = new Points("root");
		points.mounted("/a", undefined, true);
		expect(short(points, "/a/b")).toEqual([
			"target /a/b",
			"mkdirat root/a",
			"parent /a",
			"mkdirat parent/b",
			"target /a/b",
		]);
		const foreign = new Points();
		foreign.mounted("/a", undefined, true);
		expect(short(foreign, "/a/b")).toEqual(["target /a/b"]);
	});

	test("asks the kernel which mount a directory lies in before anything is made in it", () => {
		const points = new Points("root");
		points.mounted("/t", "one");
		points.mounted("/t/u", "two");
		const calls = points.open("/t/u/a", "directory");
		const checks = calls.flatMap(({ check }) => check ?? []);
		expect(checks).toEqual([
			{ mountIn: "statx", among: ["root.mount", "one.mount", "two.mount"] },
			{ mountIn: "statx", among: ["root.mount", "one.mount", "two.mount"] },
		]);
		for (const [i, { name }] of calls.entries()) {
			if (name === "mkdirat" && i > 1) expect(calls[i - 1]?.name).toBe("statx");
		}
	});

	test("for a rule that may come to nothing, fails in no call and makes nothing after a refusal", () => {
		const calls = new Points("root").open("/a/b", { like: "source" }, { onlyIf: "source", optional: true });
		for (const { name, mayFail, check, onlyIf } of calls) {
			expect([onlyIf].flat()).toContain("source");
			if (name === "openat2") expect(mayFail).toEqual(["ENOENT", "ENOTDIR", "EACCES", "ELOOP"]);
			if (name === "mkdirat" || name === "mknodat") expect(mayFail).toEqual(["EEXIST", "EACCES", "EROFS"]);
			if (check && "mountIn" in check) expect(check.otherwise).toBe("result");
		}
		const inParent = calls.filter(
			({ name, args }) => name.startsWith("mk") && JSON.stringify(args[0]).includes("parent"),
		);
		expect(inParent.map(({ onlyIf }) => [onlyIf].flat().includes("private"))).toEqual([true, true]);
	});

	test("makes a directory for a directory, and a file for a file", () => {
		const calls = new Points("root").open("/a", { like: "source" }, {});
		const [look, mkdir, mknod] = calls.slice(1, 4);
		expect(look).toMatchObject({
			name: "statx",
			result: "kind",
			check: { isDirectory: "statx" },
			onlyIfFailed: "target",
		});
		expect(mkdir).toMatchObject({ name: "mkdirat", onlyIf: ["kind"], onlyIfFailed: "target" });
		expect(mknod).toMatchObject({ name: "mknodat", onlyIfFailed: ["target", "kind"] });
	});
});
