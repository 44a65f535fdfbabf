import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import {
	capabilityName,
	capabilityNames,
	capabilityNumber,
	capabilityNumbers,
	lastNamed,
} from "../../src/linux/capabilities.ts";
import { needs } from "../needs.ts";

describe("the numbers of capabilities", () => {
	needs("headers")("are those of the kernel's header, which names no other up to its last", () => {
		const text = readFileSync("/usr/include/linux/capability.h", "utf8");
		const theirs = [...text.matchAll(/^#define (CAP_\w+)\s+(\d+)$/gm)].map(([, name, number]) => [
			name,
			Number(number),
		]);
		const last = /^#define CAP_LAST_CAP\s+(\w+)$/m.exec(text)?.[1] ?? "";
		expect(theirs.length).toBeGreaterThan(40);
		expect(theirs.at(-1)?.[0]).toBe(last);
		const ours: [string, number][] = Object.entries(capabilityNumbers);
		expect(ours.slice(0, theirs.length)).toEqual(theirs as [string, number][]);
	});

	test("are without a gap, in order", () => {
		expect(Object.values(capabilityNumbers)).toEqual(capabilityNames.map((_, i) => i) as never);
		expect(lastNamed).toBe(40);
	});

	test("are found by names with and without CAP_, in either case", () => {
		for (const name of ["NET_RAW", "net_raw", "CAP_NET_RAW", "cap_net_raw", "Cap_Net_Raw"])
			expect([name, capabilityNumber(name)]).toEqual([name, 13]);
		for (const name of capabilityNames) expect(capabilityName(capabilityNumber(name) ?? -1)).toBe(name);
		expect(capabilityName(41)).toBe("41");
	});

	test("are found by nothing else", () => {
		for (const name of ["", "13", "CAP_", "CAP_CAP_KILL", "KILL ", " KILL", "KILL,CHOWN", "ALL", "toString", "net-raw"])
			expect([name, capabilityNumber(name)]).toEqual([name, undefined]);
	});
});
