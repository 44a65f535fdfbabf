import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { readProfile } from "../../cli/fragments.ts";
import { optionsOf } from "../../cli/options.ts";

const read = (...words: string[]) => readProfile(readArgv(words, optionsOf("run")).given, [], "/work");

describe("the options for labels and against side channels", () => {
	test("become the parts of a profile", () => {
		expect(read("--apparmor", "a b").profile.label).toEqual({ apparmor: "a b", selinux: undefined, files: undefined });
		const both = read("--selinux", "a:b:c", "--file-label", "d:e:f").profile.label;
		expect(both).toMatchObject({ selinux: "a:b:c", files: "d:e:f" });
		const { hardening } = read("--core-scheduling", "--disable-tsc", "--mitigate", "store-bypass,l1d-flush").profile;
		expect(hardening).toEqual({
			...{ coreScheduling: true, timestampCounter: false, mitigate: ["store-bypass", "l1d-flush"] },
		});
	});

	test("ask for nothing where they are not given", () => {
		const { profile } = read("--uts");
		expect([profile.label, profile.hardening]).toEqual([undefined, undefined]);
		expect(read("--mitigate", "store-bypass").profile.hardening).toMatchObject({ timestampCounter: undefined });
	});
});
