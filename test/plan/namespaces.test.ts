import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { type ConstantName, constants } from "../../src/linux/constants.ts";
import { type NamespaceKind, namespaceInfo, namespaceKinds, namespaces } from "../../src/plan/namespaces.ts";
import { needs } from "../needs.ts";

describe("the table of namespaces", () => {
	test("has all eight, user first", () => {
		expect(namespaceKinds).toEqual(["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"]);
		expect(namespaces.map(({ kind }) => kind)).toEqual([...namespaceKinds]);
	});

	test("has the flags and files of namespaces(7)", () => {
		expect(namespaces.map(({ flag, file }) => `${file} ${flag}`)).toEqual([
			"user CLONE_NEWUSER",
			"mnt CLONE_NEWNS",
			"pid CLONE_NEWPID",
			"net CLONE_NEWNET",
			"ipc CLONE_NEWIPC",
			"uts CLONE_NEWUTS",
			"cgroup CLONE_NEWCGROUP",
			"time CLONE_NEWTIME",
		]);
		expect(namespaces.filter(({ flag }) => !constants[flag as ConstantName])).toEqual([]);
	});

	test("has a manual page and an explanation for each", () => {
		expect(namespaces.map(({ man }) => man.replace("_namespaces(7)", ""))).toEqual([
			...["user", "mount", "pid", "network", "ipc", "uts", "cgroup", "time"],
		]);
		expect(namespaces.filter(({ isolates }) => isolates.length < 10)).toEqual([]);
	});

	needs("linux", "time-namespaces")("has the files that this kernel has", () => {
		expect(namespaces.filter(({ file }) => !existsSync(`/proc/self/ns/${file}`))).toEqual([]);
	});
});

describe("`namespaceInfo`", () => {
	test("gives the row of a kind", () => {
		expect(namespaceKinds.map((kind) => namespaceInfo(kind))).toEqual([...namespaces]);
	});

	test("throws a TypeError when there is no such kind", () => {
		expect(() => namespaceInfo("mnt" as NamespaceKind)).toThrow(new TypeError("no namespace is called mnt"));
	});
});
