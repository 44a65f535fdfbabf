import { describe, expect, test } from "bun:test";
import { callNumbers } from "../../src/linux/calls.ts";
import { isPrivileged, strictBase, strictFilters } from "../../src/observe/strict.ts";
import { strictProfile } from "../../src/profile/strict.ts";
import { answers, refuseWith } from "../../src/seccomp/actions.ts";
import { answerOf } from "../../src/seccomp/interpreter.ts";
import { architectures } from "../../src/seccomp/policy.ts";

const facts = { kernel: 618, uid: 1000, gid: 1000, home: "/home/u" };

describe("the base of what is learned", () => {
	test("shows what the preset binds and writes, and owns what it makes", () => {
		const { visible, own } = strictBase(facts);
		expect(visible).toEqual(expect.arrayContaining(["/usr", "/lib64", "/etc/ssl/certs", "/etc/passwd", "/etc/hosts"]));
		expect(own.toSorted()).toEqual(["/dev", "/home/u", "/proc", "/tmp"]);
		expect(strictBase({ ...facts, home: undefined }).own).not.toContain("/home/u");
	});

	test("has a place for every rule of the preset that shows something", () => {
		const { visible, own } = strictBase(facts);
		const { mount } = strictProfile(facts);
		const rules = typeof mount === "object" ? (mount.mounts ?? []) : [];
		const left = rules.filter(({ type, target }) => type !== "mask" && ![...visible, ...own].includes(target));
		expect(left).toEqual([]);
	});
});

describe("the filters of the preset", () => {
	for (const arch of ["x64", "arm64"] as const) {
		test(`refuse what it refuses, on ${arch}`, () => {
			const asked = (name: string, ...args: number[]) => {
				const data = new Uint32Array(16);
				data.set([callNumbers(arch).get(name) ?? -1, architectures[arch]]);
				args.forEach((value, i) => {
					data[4 + 2 * i] = value;
				});
				return Object.fromEntries(
					strictFilters(facts, arch).map(({ option, program }) => [option, answerOf(program, data)]),
				);
			};
			const { allow } = answers;
			expect(asked("keyctl")).toEqual({ profile: refuseWith("EPERM"), denySetId: allow });
			expect(asked("openat")).toEqual({ profile: allow, denySetId: allow });
			expect(asked("fchmodat", 0, 0, 0o4755)).toEqual({ profile: allow, denySetId: refuseWith("EPERM") });
			expect(asked("clone3").profile).toBe(refuseWith("ENOSYS"));
		});
	}
});

test("calls that need capabilities are told apart from those that are of use without", () => {
	const needs = (call: string, ...args: number[]) => isPrivileged({ call, args });
	expect(["mount", "chroot", "setns", "reboot", "open_by_handle_at"].map((one) => needs(one))).not.toContain(false);
	expect(["keyctl", "personality", "mbind", "kcmp", "perf_event_open"].map((one) => needs(one))).not.toContain(true);
	expect([needs("unshare", 0x200), needs("unshare", 0x1000_0000), needs("unshare", 0x80)]).toEqual([false, true, true]);
});
