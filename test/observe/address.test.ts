import { describe, expect, test } from "bun:test";
import { decodeAddress, isLoopback } from "../../src/observe/address.ts";

const bytes = (...values: number[]) => new Uint8Array(values);
const named = (text: string) => new Uint8Array([1, 0, ...new TextEncoder().encode(text)]);

describe("`decodeAddress`", () => {
	test("reads addresses of the internet with their ports", () => {
		expect(decodeAddress(bytes(2, 0, 0x1f, 0x90, 127, 0, 0, 1))).toEqual({
			family: "inet",
			address: "127.0.0.1",
			port: 8080,
		});
		const six = (...groups: number[]) => bytes(10, 0, 0, 80, 0, 0, 0, 0, ...groups, 0, 0, 0, 0);
		const zeros = Array<number>(15).fill(0);
		expect(decodeAddress(six(...zeros, 1))).toMatchObject({ family: "inet6", address: "::1", port: 80 });
		expect(decodeAddress(six(...zeros, 0))?.address).toBe("::");
		expect(decodeAddress(six(0x20, 1, 0xd, 0xb8, ...zeros.slice(4), 0x12))?.address).toBe("2001:db8::12");
		expect(decodeAddress(six(0xfd, 0, ...zeros.slice(2), 2))?.address).toBe("fd00::2");
		expect(decodeAddress(six(0xfe, 0x80, ...zeros.slice(9), 0, 0xfc, 0, 0, 0, 1, 0, 1))?.address).toBe(
			"fe80::fc:0:1:1",
		);
		expect(decodeAddress(six(...zeros.slice(5), 0xff, 0xff, 10, 1, 2, 3))?.address).toBe("::ffff:10.1.2.3");
	});

	test("reads the two kinds of names of local sockets", () => {
		expect(decodeAddress(named("/run/x\0rest"))).toEqual({ family: "unix", address: "/run/x" });
		expect(decodeAddress(named("/run/x"))).toEqual({ family: "unix", address: "/run/x" });
		expect(decodeAddress(named("\0name"))).toEqual({ family: "unix", address: "@name" });
	});

	test("says what it can of what is too short or unknown", () => {
		expect(decodeAddress(bytes(2))).toBeUndefined();
		expect(decodeAddress(bytes(2, 0, 1))).toEqual({ family: "inet" });
		expect(decodeAddress(bytes(10, 0, 1, 1, 1, 1, 1, 1))).toEqual({ family: "inet6" });
		expect(decodeAddress(bytes(99, 0, 1, 2))).toEqual({ family: "99" });
	});
});

test("`isLoopback` knows what stays within the machine", () => {
	expect(["127.0.0.1", "127.9.9.9", "::1", "0.0.0.0"].every(isLoopback)).toBe(true);
	expect(["1.2.3.4", "12.7.0.0", "fe80::1"].some(isLoopback)).toBe(false);
});
