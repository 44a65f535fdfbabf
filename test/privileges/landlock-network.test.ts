import { describe, expect, test } from "bun:test";
import { portFilter } from "../../src/privileges/landlock-network.ts";

/** Runs a filter as the kernel would, on one call. */
function run(filter: Uint8Array, architecture: number, call: number, args: readonly bigint[] = []): number {
	const data = new DataView(new ArrayBuffer(64));
	data.setUint32(0, call, true);
	data.setUint32(4, architecture, true);
	args.forEach((arg, i) => {
		data.setBigUint64(16 + 8 * i, arg, true);
	});
	const program = new DataView(filter.buffer);
	let accumulator = 0;
	for (let at = 0; at < filter.length; at += 8) {
		const [code, value] = [program.getUint16(at, true), program.getUint32(at + 4, true)];
		const jump = (yes: boolean) => 8 * program.getUint8(at + (yes ? 2 : 3));
		if (code === 0x20) accumulator = data.getUint32(value, true);
		else if (code === 0x15) at += jump(accumulator === value);
		else if (code === 0x35) at += jump(accumulator >= value);
		else if (code === 0x45) at += jump((accumulator & value) !== 0);
		else if (code === 0x06) return value;
		else throw new Error(`the instruction ${code} at ${at / 8} is not known`);
	}
	throw new Error("the filter ran past its end");
}

const allow = 0x7fff0000;
const [EPERM, ENOSYS, EPROTONOSUPPORT, EOPNOTSUPP] = [1, 38, 93, 95].map((error) => 0x50000 + error) as [
	number,
	number,
	number,
	number,
];
const [X86_64, I386, AARCH64, ARM] = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028];
const fastOpen = 0x20000000n;
/** What the kernel does not look at. */
const upper = 7n << 32n;

/** Architecture, socket, sends with their flags, and the call of all calls. */
const ways = [
	["x64", X86_64, 41, [44, 46, 307], [3, 2, 3], undefined],
	["x64", I386, 359, [369, 370, 345], [3, 2, 3], 102],
	["arm64", AARCH64, 198, [206, 211, 269], [3, 2, 3], undefined],
	["arm64", ARM, 281, [289, 290, 296, 374], [3, 3, 2, 3], 102],
] as const;

describe("the filter of ways around TCP ports", () => {
	for (const [arch, architecture, socket, sends, places, all] of ways) {
		const filter = portFilter(arch);
		const on = (call: number, ...args: bigint[]) => run(filter, architecture, call, args);

		test(`on ${arch}, called as ${architecture.toString(16)}`, () => {
			for (const protocol of [256n, 262n]) {
				for (const domain of [2n, 10n]) {
					expect(on(socket, domain, 1n, protocol)).toBe(EPROTONOSUPPORT);
					expect(on(socket, domain | upper, 1n, protocol | upper)).toBe(EPROTONOSUPPORT);
				}
			}
			for (const protocol of [0n, 1n]) expect(on(socket, 43n, 1n, protocol)).toBe(EPROTONOSUPPORT);
			for (const domain of [1n, 2n, 10n, 16n]) {
				for (const protocol of [0n, 6n, 17n]) expect(on(socket, domain, 1n, protocol)).toBe(allow);
			}
			sends.forEach((call, i) => {
				for (const more of [0n, 0x4000n, upper]) {
					const args = (flags: bigint) => [1n, 2n, 3n, 4n, 5n].with(places[i] ?? 0, flags);
					expect(on(call, ...args(fastOpen | more))).toBe(EOPNOTSUPP);
					expect(on(call, ...args(more))).toBe(allow);
				}
			});
			expect(on(425)).toBe(EPERM);
			if (all !== undefined) expect(on(all)).toBe(ENOSYS);
			const looked = [socket, ...sends, 425, all];
			for (let call = 0; call < 600; call++) if (!looked.includes(call)) expect(on(call, fastOpen)).toBe(allow);
		});
	}

	test("refuses x32, and leaves other architectures alone", () => {
		for (const call of [41, 44, 518, 538, 425]) expect(run(portFilter("x64"), X86_64, 0x40000000 + call)).toBe(ENOSYS);
		expect(run(portFilter("x64"), AARCH64, 198, [2n, 1n, 262n])).toBe(allow);
		expect(run(portFilter("arm64"), X86_64, 41, [2n, 1n, 262n])).toBe(allow);
	});
});
