import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { relativeProfile, resolvedProfile, resolvePath } from "../../src/profile/paths.ts";
import type { Profile } from "../../src/profile/types.ts";
import { profiles } from "./profiles.ts";

describe("paths in a profile", () => {
	test("begin at its directory, unless they are whole", () => {
		expect(["a", "./a", "../a", "./", "/a"].map((path) => resolvePath(path, "/work"))).toEqual([
			...["/work/a", "/work/./a", "/work/../a", "/work", "/a"],
		]);
		expect(resolvePath("a", "/")).toBe("/a");
	});

	test("are those of every module that has some, and no other text", () => {
		const made = resolvedProfile(
			{
				mount: {
					root: "r",
					mounts: [
						{ type: "bind", source: "s", target: "/t" },
						{ type: "bind", source: { fd: 3 }, target: "t" },
						{ type: "overlay", lower: ["l", "/m"], target: "/o", writes: { keep: "k" } },
						{ type: "file", target: "/f", content: { file: "f" } },
						{ type: "file", target: "/g", content: "text" },
						{ type: "symlink", to: "to", target: "/y" },
					],
				},
				net: { join: "n" },
				pid: { join: 7 },
				uts: { hostname: "h" },
				seccomp: { file: "q" },
				landlock: { read: ["r", "/usr"] },
				redirect: { stdin: "i" },
				lifetime: { lockFiles: ["l"], pidFile: "p", timeout: "5s" },
				command: { argv: ["a"], cwd: "c" },
			},
			"/w",
		);
		expect(made).toEqual({
			mount: {
				root: "/w/r",
				mounts: [
					{ type: "bind", source: "/w/s", target: "/t" },
					{ type: "bind", source: { fd: 3 }, target: "/w/t" },
					{ type: "overlay", lower: ["/w/l", "/m"], target: "/o", writes: { keep: "/w/k" } },
					{ type: "file", target: "/f", content: { file: "/w/f" } },
					{ type: "file", target: "/g", content: "text" },
					{ type: "symlink", to: "to", target: "/y" },
				],
			},
			net: { join: "n" },
			pid: { join: 7 },
			uts: { hostname: "h" },
			seccomp: { file: "/w/q" },
			landlock: { read: ["/w/r", "/usr"] },
			redirect: { stdin: "/w/i" },
			lifetime: { lockFiles: ["/w/l"], pidFile: "/w/p", timeout: "5s" },
			command: { argv: ["a"], cwd: "/w/c" },
		});
	});

	test("are made relative where they move with the directory, and nowhere else", () => {
		const profile = (source: string, target: string): Profile => ({
			mount: {
				mounts: [
					{ type: "bind", source, target },
					{ type: "mask", target: "/w/a/.git" },
				],
			},
			command: { cwd: "/w/a" },
		});
		expect(relativeProfile(profile("/w/a", "/w/a"), "/w")).toEqual({
			mount: {
				mounts: [
					{ type: "bind", source: "a", target: "a" },
					{ type: "mask", target: "a/.git" },
				],
			},
			command: { cwd: "a" },
		});
		expect(relativeProfile(profile("/w/a", "/b"), "/w")).toEqual({ ...profile("a", "/b") });
		expect(relativeProfile(profile("/w/a", "/w/a"), "/")).toEqual(profile("/w/a", "/w/a"));
		expect(relativeProfile(profile("/work", "/work"), "/w")).toEqual(profile("/work", "/work"));
	});

	test("become the same again", () => {
		fc.assert(
			fc.property(profiles, fc.constantFrom("/work", "/", "/x"), (profile, directory) => {
				const once = resolvedProfile(profile, directory);
				expect(resolvedProfile(relativeProfile(once, directory), directory)).toEqual(once);
			}),
		);
	});

	test("leave a word for a target a word, and never make one of a path", () => {
		const profile: Profile = {
			uts: { join: "web" },
			net: { join: "./n" },
			ipc: { join: "/w/n" },
			time: { join: "/w/a/n" },
		};
		expect(resolvedProfile(profile, "/w")).toMatchObject({ uts: { join: "web" }, net: { join: "/w/./n" } });
		expect(relativeProfile(profile, "/w")).toMatchObject({
			uts: { join: "web" },
			ipc: { join: "/w/n" },
			time: { join: "a/n" },
		});
	});
});
