import { describe, expect, test } from "bun:test";
import {
	classify,
	differences,
	isOpaque,
	isWhiteout,
	ownXattrs,
	specialsOf,
	unknownMarks,
} from "../../src/overlay/classify.ts";
import type { Entry } from "../../src/overlay/types.ts";

const time = { seconds: 5, nanoseconds: 7 };
const file: Entry = {
	type: "file",
	mode: 0o644,
	uid: 1000,
	gid: 1000,
	size: 4,
	accessed: time,
	modified: time,
	device: [0, 0],
	target: undefined,
	xattrs: new Map(),
};
const directory: Entry = { ...file, type: "directory", mode: 0o755 };
const whiteout: Entry = { ...file, type: "character device", mode: 0, size: 0 };
const link: Entry = { ...file, type: "symlink", mode: 0o777, target: "there" };
const same = { prefix: "user", sameContent: () => true } as const;
const other = { prefix: "user", sameContent: () => false } as const;
const later = { seconds: 5, nanoseconds: 8 };
const marked = (entry: Entry, ...marks: [string, string][]): Entry => ({ ...entry, xattrs: new Map(marks) });

describe("`isWhiteout`", () => {
	test("is a character device with the numbers 0 and 0, and nothing else", () => {
		expect(isWhiteout(whiteout)).toBe(true);
		expect(isWhiteout({ ...whiteout, device: [0, 1] })).toBe(false);
		expect(isWhiteout({ ...whiteout, device: [1, 0] })).toBe(false);
		expect(isWhiteout({ ...whiteout, type: "block device" })).toBe(false);
		expect(isWhiteout(file)).toBe(false);
	});
});

describe("`isOpaque`", () => {
	test("is a directory with the mark of the layer's own kind", () => {
		expect(isOpaque(marked(directory, ["user.overlay.opaque", "y"]), "user")).toBe(true);
		expect(isOpaque(marked(directory, ["trusted.overlay.opaque", "y"]), "trusted")).toBe(true);
		expect(isOpaque(marked(directory, ["user.overlay.opaque", "y"]), "trusted")).toBe(false);
		expect(isOpaque(marked(directory, ["user.overlay.opaque", "x"]), "user")).toBe(false);
		expect(isOpaque(marked(file, ["user.overlay.opaque", "y"]), "user")).toBe(false);
		expect(isOpaque(directory, "user")).toBe(false);
	});
});

describe("`unknownMarks`", () => {
	const codes = (entry: Entry) =>
		unknownMarks("a", entry, "user").map(({ message }) => message.split(" ")[4]?.slice(0, -1));

	test("passes over what says nothing about what is seen", () => {
		const names = ["origin", "impure", "nlink", "upper", "uuid"].map((name) => [`user.overlay.${name}`, "z"] as const);
		expect(
			unknownMarks("a", marked(file, ...names.map(([name, value]): [string, string] => [name, value])), "user"),
		).toEqual([]);
		expect(codes(marked(directory, ["user.overlay.opaque", "y"], ["user.other", ""]))).toEqual([]);
	});

	test("names each that cannot be applied", () => {
		const names = ["redirect", "metacopy", "whiteout", "whiteouts", "protattr", "overlay.opaque", "opaque", "", "x"];
		for (const name of names.map((one) => `user.overlay.${one}`)) {
			expect(codes(marked(file, [name, "y"]))).toEqual([name]);
		}
		expect(codes(marked(directory, ["user.overlay.opaque", "x"]))).toEqual(["user.overlay.opaque"]);
		expect(codes(marked(directory, ["user.overlay.opaque", ""], ["user.overlay.redirect", "/"])).length).toBe(2);
		expect(codes(marked(file, ["trusted.overlay.redirect", "y"]))).toEqual([]);
	});
});

describe("`ownXattrs`", () => {
	test("leaves marks of overlayfs and labels out, and keeps the rest", () => {
		const all = new Map(
			[
				"user.a",
				"user.overlay.origin",
				"trusted.overlay.opaque",
				"trusted.b",
				"security.selinux",
				"security.capability",
			]
				.concat("system.posix_acl_access")
				.map((name) => [name, name]),
		);
		const kept = ["user.a", "trusted.b", "security.capability", "system.posix_acl_access"];
		expect([...ownXattrs(all, "user").keys()]).toEqual(kept);
		expect([...ownXattrs(all, "trusted").keys()]).toEqual(["user.a", "user.overlay.origin", ...kept.slice(1)]);
	});
});

describe("`specialsOf`", () => {
	test("names what may give rights", () => {
		expect(specialsOf(file)).toEqual([]);
		expect(specialsOf({ ...file, mode: 0o6755 })).toEqual(["setuid", "setgid"]);
		expect(specialsOf({ ...directory, mode: 0o2775 })).toEqual([]);
		expect(specialsOf(link)).toEqual([]);
		expect(specialsOf({ ...whiteout, device: [1, 3] })).toEqual(["device"]);
		expect(specialsOf({ ...file, type: "block device" })).toEqual(["device"]);
		expect(specialsOf(marked(file, ["security.capability", "x"]))).toEqual(["file capabilities"]);
	});
});

describe("`differences`", () => {
	test("is empty for what is the same", () => {
		for (const one of [file, directory, link]) expect(differences(one, one, same)).toEqual([]);
		expect(differences({ ...file, accessed: later }, file, same)).toEqual([]);
		expect(differences({ ...directory, size: 0, modified: later }, directory, same)).toEqual([]);
		expect(differences(marked(file, ["user.overlay.origin", "x"]), file, same)).toEqual([]);
	});

	test("names each thing that differs, and the time where nothing else of the content does", () => {
		const changed = { ...file, mode: 0o600, uid: 0, modified: later, xattrs: new Map([["user.a", ""]]) };
		expect(differences(changed, file, same)).toEqual(["mode", "owner", "time", "xattrs"]);
		expect(differences(changed, file, other)).toEqual(["content", "mode", "owner", "xattrs"]);
		expect(differences({ ...file, gid: 0 }, file, same)).toEqual(["owner"]);
		expect(differences(file, marked(file, ["user.a", ""]), same)).toEqual(["xattrs"]);
		expect(differences(marked(file, ["user.a", "1"]), marked(file, ["user.a", "2"]), same)).toEqual(["xattrs"]);
	});

	test("reads contents only of files of the same size", () => {
		const sameContent = () => {
			throw new Error("was read");
		};
		expect(differences({ ...file, size: 5 }, file, { prefix: "user", sameContent })).toEqual(["content"]);
		expect(differences({ ...link, target: "here" }, link, { prefix: "user", sameContent })).toEqual(["content"]);
		expect(differences({ ...whiteout, device: [1, 3] }, { ...whiteout, device: [1, 5] }, same)).toEqual(["content"]);
	});

	test("is the type alone where that differs", () => {
		expect(differences(directory, file, other)).toEqual(["type"]);
	});
});

describe("`classify`", () => {
	test("tells added, changed and removed, and nothing where nothing is seen", () => {
		expect(classify("a", file, undefined, same)).toEqual({ path: "a", kind: "added", type: "file", what: [] });
		expect(classify("a", whiteout, directory, same)).toEqual({
			path: "a",
			kind: "removed",
			type: "directory",
			what: [],
		});
		expect(classify("a", whiteout, undefined, same)).toBeUndefined();
		expect(classify("a", file, file, same)).toBeUndefined();
		expect(classify("a", directory, link, same)).toEqual({
			path: "a",
			kind: "changed",
			type: "directory",
			what: ["type"],
		});
	});
});
