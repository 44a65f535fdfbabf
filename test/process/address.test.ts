import { describe, expect, test } from "bun:test";
import { addressBytes, socketAddress } from "../../src/process/address.ts";

describe("addresses", () => {
	test("of IPv4 are four numbers without leading zeros", () => {
		expect(addressBytes("127.0.0.1")).toEqual([127, 0, 0, 1]);
		expect(addressBytes("255.255.255.255")).toEqual([255, 255, 255, 255]);
		const wrong = [
			"",
			"1",
			"1.2.3",
			"1.2.3.4.5",
			"256.0.0.1",
			"01.2.3.4",
			"1.2.3.04",
			"1.2.3.-4",
			" 1.2.3.4",
			"1.2.3.4\n",
		];
		for (const text of [...wrong, "0x7f.0.0.1", "localhost", "1..2.3", "１.2.3.4"])
			expect([text, addressBytes(text)]).toEqual([text, undefined]);
	});

	test("of IPv6 are eight groups, with zeros left out at most once", () => {
		const zeros = (count: number) => Array<number>(count).fill(0);
		expect(addressBytes("::")).toEqual(zeros(16));
		expect(addressBytes("::1")).toEqual([...zeros(15), 1]);
		expect(addressBytes("fe80::")).toEqual([0xfe, 0x80, ...zeros(14)]);
		expect(addressBytes("2001:DB8::a:1")).toEqual([0x20, 0x01, 0x0d, 0xb8, ...zeros(9), 0xa, 0, 1]);
		expect(addressBytes("1:2:3:4:5:6:7:8")).toEqual([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]);
		expect(addressBytes("1:2:3:4:5:6:7::")).toEqual([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]);
		const wrong = [
			":",
			":::",
			"1:2",
			"1::2::3",
			"12345::",
			"g::",
			"1:2:3:4:5:6:7:8:9",
			"1:2:3:4::5:6:7:8",
			":1::",
			"::1:",
		];
		for (const text of [...wrong, "::1%lo", "::127.0.0.1", "[::1]", "::1 "])
			expect([text, addressBytes(text)]).toEqual([text, undefined]);
	});

	test("are laid out as the kernel takes them, with the highest byte of a port first", () => {
		expect(socketAddress([127, 0, 0, 1], 0x1234, 2)).toEqual([2, 0, 0x12, 0x34, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
		const version6 = socketAddress(addressBytes("::1") ?? [], 80, 10);
		expect([version6.length, version6.slice(0, 9), version6[23]]).toEqual([28, [10, 0, 0, 80, 0, 0, 0, 0, 0], 1]);
	});
});
