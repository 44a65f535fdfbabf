import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { MountRule } from "../../src/mounts/rules.ts";
import { ruleParts } from "../../src/mounts/steps.ts";
import type { Arg, Call, Context } from "../../src/plan/types.ts";
import { context, rootHost, texts } from "../plan/fixtures.ts";
import { anyRule } from "./arbitrary.ts";

const rulesAndRoot = fc.record({
	rules: fc.array(anyRule, { maxLength: 8 }),
	root: fc.option(fc.constant("root"), { nil: undefined }),
});

/** All calls, in the order they are made. */
function callsOf(rules: readonly MountRule[], root?: string, more: Partial<Context> = {}): Call[] {
	const { opens, mounts } = ruleParts(rules, { ...context, ...more }, root);
	return [...opens, ...mounts].flatMap(({ calls }) => calls);
}

const refOf = (arg: Arg | undefined): string | undefined =>
	typeof arg === "object" && arg !== null && "ref" in arg ? arg.ref : undefined;
const flagsOf = (arg: Arg | undefined): string =>
	typeof arg === "object" && arg !== null && "flags" in arg ? arg.flags : "";
const changesDirectory = ({ name, args }: Call): boolean =>
	["mkdirat", "mknodat", "symlinkat", "unlinkat"].includes(name) ||
	(name === "openat" && flagsOf(args[2]).includes("O_CREAT"));
/** The directory that a call works in. */
const directoryOf = ({ name, args }: Call): string | undefined => refOf(name === "symlinkat" ? args[1] : args[0]);

/** The calls that change a directory which nothing has shown to be the sandbox's own. */
function unchecked(calls: readonly Call[], root?: string): string[] {
	const own = new Set(root === undefined ? [] : [root]);
	return calls.flatMap((one) => {
		const { name, args, result, check } = one;
		const wrong = changesDirectory(one) && !own.has(directoryOf(one) ?? "") ? texts([one]) : [];
		if (name === "statx" && check && "mountIn" in check) own.add(refOf(args[0]) ?? "");
		else if (name === "fsmount") own.add(result ?? "");
		else if (result !== undefined) own.delete(result);
		return wrong;
	});
}

describe("rules of any kind in any order", () => {
	test("make something only in a directory that is the sandbox's own, or that the kernel has just said to be", () => {
		fc.assert(
			fc.property(rulesAndRoot, ({ rules, root }) => {
				expect(unchecked(callsOf(rules, root), root)).toEqual([]);
			}),
			{ numRuns: 500 },
		);
	});

	test("the property above sees a call that nobody has checked", () => {
		const calls = callsOf([{ type: "directory", target: "/a/b" }], "root");
		expect(unchecked(calls, "root")).toEqual([]);
		expect(
			unchecked(
				calls.filter(({ name }) => name !== "statx"),
				"root",
			).length,
		).toBeGreaterThan(0);
		expect(unchecked(calls, undefined).length).toBeGreaterThan(0);
	});

	test("name no path but as the caller's source, or inside the root and by descriptor", () => {
		const sources = /^(\/[s-u]|\/f|\/k|\/dev\/\w+|\/proc\/self\/fd\/\d+|\/|upper|work)$/;
		fc.assert(
			fc.property(rulesAndRoot, ({ rules, root }) => {
				for (const { name, args } of callsOf(rules, root)) {
					if (flagsOf(args[0]) === "AT_FDCWD" && typeof args[1] === "string") expect(args[1]).toMatch(sources);
					if (name === "openat2") expect(refOf(args[0])).toBe("root");
					if (name === "move_mount") expect([args[1], args[3]]).toEqual(["", ""]);
					expect(["mount", "fchmodat"].includes(name) && refOf(args[0]) !== "memory").toBe(false);
				}
			}),
		);
	});

	test("open all sources before the first of them is mounted, and use no result that nothing has given", () => {
		fc.assert(
			fc.property(rulesAndRoot, ({ rules, root }) => {
				const { opens, mounts } = ruleParts(rules, context, root);
				for (const { calls } of mounts)
					for (const { name, args } of calls)
						expect(name === "open_tree" && flagsOf(args[0]) === "AT_FDCWD").toBe(false);
				const given = new Set(["root"]);
				for (const { args, result, onlyIf = [], onlyIfFailed = [], check } of [...opens, ...mounts].flatMap(
					({ calls }) => calls,
				)) {
					for (const name of [...args.map(refOf), ...[onlyIf].flat(), ...[onlyIfFailed].flat()])
						if (name !== undefined) expect(given).toContain(name);
					if (check && "mountIn" in check)
						for (const name of check.among) expect(given).toContain(name === "root.mount" ? "root" : name);
					if (check && "statx" in check)
						for (const field of ["mount", "mode", "uid", "gid"]) given.add(`${check.as}.${field}`);
					if (result !== undefined) given.add(result);
				}
			}),
		);
	});

	test("follow each other in the order given, but that what is to be read-only is so last", () => {
		fc.assert(
			fc.property(fc.array(anyRule, { maxLength: 8 }), (rules) => {
				const done = ruleParts(rules, context, "root").mounts.map(({ does }) => does);
				const own = done.filter((text) => !text.includes("umask"));
				const closed = rules.filter((rule) => rule.type === "tmpfs" && rule.readOnly);
				expect(own.length).toBe(rules.length + closed.length);
				expect(own.slice(rules.length)).toEqual(closed.map((rule) => `make ${rule.target} read-only`));
				for (const [i, rule] of rules.entries()) expect(own[i]).toContain(rule.target);
			}),
		);
	});
});

describe("the umask", () => {
	test("is put aside where something may be made, and taken back at the end", () => {
		const does = (rules: MountRule[], root?: string) => ruleParts(rules, context, root).mounts.map((part) => part.does);
		const tmpfs: MountRule = { type: "tmpfs", target: "/a" };
		expect(does([tmpfs])).toEqual(["mount an empty file system at /a"]);
		expect(does([tmpfs], "root")).toEqual([
			"put the umask aside",
			"mount an empty file system at /a",
			"take the umask back",
		]);
		const calls = callsOf([tmpfs], "root").filter(({ name }) => name === "umask");
		expect(texts(calls)).toEqual(["umask(0) = $umask", "umask($umask)"]);
	});
});

describe("an overlay's layers", () => {
	const overlay = (...lower: string[]): MountRule => ({ type: "overlay", lower, target: "/o", writes: "nowhere" });
	const options = (more: Partial<Context>) =>
		texts(callsOf([overlay("/s", "/t")], undefined, more)).filter((text) => text.includes("lowerdir"));

	test("are named one by one where the kernel takes that, and all at once before", () => {
		expect(options({})).toEqual([
			'fsconfig($fs, FSCONFIG_SET_STRING, "lowerdir+", "/proc/self/fd/64", 0)',
			'fsconfig($fs, FSCONFIG_SET_STRING, "lowerdir+", "/proc/self/fd/65", 0)',
		]);
		expect(options({ host: { ...rootHost, kernel: 607 } })).toEqual([
			'fsconfig($fs, FSCONFIG_SET_STRING, "lowerdir", "/proc/self/fd/64:/proc/self/fd/65", 0)',
		]);
	});

	test("have numbers that are not those of descriptors which are needed", () => {
		expect(options({ held: [64, 66] })).toEqual([
			expect.stringContaining("/proc/self/fd/65"),
			expect.stringContaining("/proc/self/fd/67"),
		]);
	});
});
