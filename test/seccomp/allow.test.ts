import { expect, test } from "bun:test";
import { callNumbers } from "../../src/linux/calls.ts";
import { answers, refuseWith } from "../../src/seccomp/actions.ts";
import { allowing, allowProblems } from "../../src/seccomp/allow.ts";
import { compile } from "../../src/seccomp/compile.ts";
import { defaultPolicy } from "../../src/seccomp/default.ts";
import { profilePolicy } from "../../src/seccomp/oci.ts";
import { architectures, type Policy } from "../../src/seccomp/policy.ts";
import { run } from "./interpreter.ts";

const names = ["keyctl", "clone3", "socket", "personality", "set_mempolicy_home_node"];

/** The numbers of calls below 600 that two policies answer differently, on each machine. */
function differing(one: Policy, other: Policy, options = {}): Record<string, string[]> {
	const [a, b] = [compile(one, options), compile(other, options)];
	const found: Record<string, string[]> = {};
	for (const { machine } of one.machines) {
		const numbers = new Map([...callNumbers(machine)].map(([name, number]) => [number, name]));
		found[machine] = [];
		for (let call = 0; call < 600; call++) {
			// An address family, and a personality, that are refused.
			const seen = { call, architecture: architectures[machine], args: [40n, 0n, 0n, 0n, 0n, 0n] };
			const [before, after] = [run(a, seen).answer, run(b, seen).answer];
			if (before === after) continue;
			expect([call, after]).toEqual([call, answers.allow]);
			found[machine].push(numbers.get(call) ?? String(call));
		}
	}
	return found;
}

for (const arch of ["x64", "arm64"] as const) {
	test(`the built-in policy changes for the calls that are named and for no others, on ${arch}`, () => {
		const policy = defaultPolicy(arch);
		for (const options of [{}, { log: true }]) {
			const all = differing(policy, allowing(policy, names), options);
			for (const changed of Object.values(all)) expect(changed.toSorted()).toEqual(names.toSorted());
		}
		expect(differing(policy, allowing(policy, []))).toEqual(differing(policy, policy));
	});

	test(`a profile's rules about a call do not count any more, on ${arch}`, () => {
		const host = { arch, kernel: 618, capabilities: new Set<string>() };
		const profile = {
			defaultAction: "SCMP_ACT_ERRNO",
			syscalls: [
				{ names: ["read", "write"], action: "SCMP_ACT_ALLOW" },
				{ names: ["mkdirat"], action: "SCMP_ACT_KILL" },
				{ names: ["openat"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
			],
		};
		const policy = profilePolicy(profile, host);
		// The last one is newer than the profile, and so ENOSYS without.
		const own = ["keyctl", "mkdirat", "openat", "landlock_add_rule"];
		const changed = differing(policy, allowing(policy, own));
		expect(Object.values(changed).map((all) => all.toSorted())).toEqual([own.toSorted()]);
	});
}

test("x32 numbers and other machines are answered as before", () => {
	const program = compile(allowing(defaultPolicy("x64"), ["keyctl"]));
	const call = (callNumbers("x64").get("keyctl") ?? 0) + 0x4000_0000;
	expect(run(program, { call, architecture: architectures.x64 }).answer).toBe(refuseWith("ENOSYS"));
	expect(run(program, { call: 250, architecture: architectures.arm64 }).answer).toBe(answers.killProcess);
});

test("names that no machine has are problems, with what may have been meant", () => {
	expect(allowProblems(["keyctl", "breakpoint", "s390_pci_mmio_read"], "x64")).toEqual([]);
	expect(allowProblems(["kexctl", ""], "x64").map(({ hint }) => hint)).toEqual([
		"did you mean keyctl?",
		expect.stringContaining("syscalls(2)"),
	]);
});
