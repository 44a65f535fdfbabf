import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { constants } from "../../src/linux/constants.ts";
import type { Arch } from "../../src/linux/syscalls.ts";
import { injectionFilter } from "../../src/process/injection.ts";
import { decode } from "../../src/seccomp/bpf.ts";
import { compile } from "../../src/seccomp/compile.ts";
import { allowedWith, defaultPolicy, defaultWithoutSetId } from "../../src/seccomp/default.ts";
import { run as runProgram, type Seen } from "../seccomp/interpreter.ts";

const run = (filter: Uint8Array, seen: Seen): number => runProgram(decode(filter), seen).answer;

const [ALLOW, EPERM] = [0x7fff0000, 0x00050001];
const [X86_64, I386, AARCH64, ARM] = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028];
/** The request for typing, and for pasting on a console: CVE-2017-5226, CVE-2023-28100. */
const [TIOCSTI, TIOCLINUX] = [0x5412n, 0x541cn];
const x32 = 0x40000000;

/** The ways to ioctl(2) that a kernel of this architecture has. */
const ways: Record<Arch, readonly { readonly architecture: number; readonly call: number }[]> = {
	x64: [
		{ architecture: X86_64, call: 16 },
		{ architecture: X86_64, call: x32 + 514 },
		{ architecture: I386, call: 54 },
	],
	arm64: [
		{ architecture: AARCH64, call: 29 },
		{ architecture: ARM, call: 54 },
	],
};

const architectures = [X86_64, I386, AARCH64, ARM, 0, 0xffffffff];
const calls = [0, 1, 15, 16, 17, 28, 29, 30, 53, 54, 55, 157, 317, 514, x32 + 16, x32 + 54, x32 + 514, 0xffffffff];
/** What the kernel does not look at: it takes the request as 32 bits (CVE-2019-10063). */
const upperHalves = [0n, 1n, 2n, 1n << 31n, 0xffffffffn];
const requests = [TIOCSTI, TIOCLINUX, 0n, 1n, 0x5401n, 0x5411n, 0x5413n, 0x541bn, 0x541dn, 0xffffffffn];

function isRefused(arch: Arch, { architecture, call, args = [] }: Seen): boolean {
	const request = (args[1] ?? 0n) & 0xffffffffn;
	const isIoctl = ways[arch].some((way) => way.architecture === architecture && way.call === call);
	return isIoctl && (request === TIOCSTI || request === TIOCLINUX);
}

for (const arch of ["x64", "arm64"] as const) {
	const filter = injectionFilter(arch);
	const verdict = (seen: Seen) => (isRefused(arch, seen) ? EPERM : ALLOW);

	describe(`the filter against typing on ${arch}`, () => {
		test("refuses typing and pasting by every way to ioctl(2), whatever the upper half of the request is", () => {
			for (const way of ways[arch]) {
				for (const request of [TIOCSTI, TIOCLINUX]) {
					for (const upper of upperHalves) {
						expect(run(filter, { ...way, args: [0n, request | (upper << 32n), 0n] })).toBe(EPERM);
					}
				}
			}
		});

		test("refuses nothing that the built-in profile does not refuse, so that one of them is enough", () => {
			for (const capabilities of [[], Object.keys(allowedWith)]) {
				for (const policy of [defaultPolicy, defaultWithoutSetId]) {
					const program = compile(policy(arch, new Set(capabilities)));
					for (const way of ways[arch]) {
						for (const request of [TIOCSTI, TIOCLINUX]) {
							for (const upper of upperHalves) {
								const { answer } = runProgram(program, {
									...way,
									args: [0n, request | (upper << 32n), 0n, 0n, 0n, 0n],
								});
								expect(answer & 0xffff0000).toBe(EPERM & 0xffff0000);
							}
						}
					}
				}
			}
		});

		test("lets everything else through: other requests, other calls, other architectures", () => {
			let refused = 0;
			for (const architecture of architectures) {
				for (const call of calls) {
					for (const request of requests) {
						for (const upper of upperHalves) {
							const seen = { architecture, call, args: [0n, request | (upper << 32n)] };
							const given = run(filter, seen);
							if (given === EPERM) refused++;
							if (given !== verdict(seen)) throw new Error(`wrong for ${JSON.stringify(seen, (_, v) => String(v))}`);
						}
					}
				}
			}
			expect(refused).toBe(ways[arch].length * 2 * upperHalves.length);
		});

		test("looks at nothing but the architecture, the call and the lower half of the request", () => {
			const word = fc.oneof(fc.constantFrom(...calls, ...architectures), fc.nat(0xffffffff));
			const argument = fc.oneof(fc.constantFrom(TIOCSTI, TIOCLINUX), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
			const seen = fc.record({
				architecture: word,
				call: word,
				args: fc.array(argument, { minLength: 6, maxLength: 6 }),
			});
			fc.assert(fc.property(seen, (one) => run(filter, one) === verdict(one)));
			const likely = fc.tuple(fc.constantFrom(...ways[arch]), fc.array(argument, { minLength: 6, maxLength: 6 }));
			fc.assert(fc.property(likely, ([way, args]) => run(filter, { ...way, args }) === verdict({ ...way, args })));
		});

		test("is a program the kernel takes: whole instructions, jumps that stay inside, a return at the end", () => {
			expect(filter.length % 8).toBe(0);
			const last = filter.length / 8 - 1;
			for (let i = 0; i <= last; i++) {
				if (filter[8 * i] !== 0x15) continue;
				for (const distance of [filter[8 * i + 2] ?? 0, filter[8 * i + 3] ?? 0]) {
					expect(i + 1 + distance).toBeLessThanOrEqual(last);
				}
			}
			expect(filter[8 * last]).toBe(0x06);
		});
	});
}

test("the numbers are those of the kernel's headers", () => {
	const { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, AUDIT_ARCH_I386, AUDIT_ARCH_ARM } = constants;
	expect([SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO + 1, AUDIT_ARCH_I386, AUDIT_ARCH_ARM]).toEqual([
		ALLOW,
		EPERM,
		I386,
		ARM,
	]);
});
