import { describe, expect, test } from "bun:test";
import {
	addressFault,
	isInterfaceName,
	isLinkLocal,
	isNetwork,
	isSameAddress,
	isWithin,
	readAddress,
	readAddressWithPrefix,
	readMac,
} from "../../src/network/address.ts";

const read = (text: string) => readAddressWithPrefix(text) ?? expect.unreachable();
const plain = (text: string) => readAddress(text) ?? expect.unreachable();

describe("addresses", () => {
	test("are read with a prefix", () => {
		expect(read("10.77.0.2/24")).toEqual({ bytes: [10, 77, 0, 2], text: "10.77.0.2", prefix: 24 });
		expect(read("fd00::2/64").bytes).toEqual([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
	});

	for (const text of [
		...["10.77.0.2", "10.77.0.2/", "10.77.0.2/33", "10.77.0.2/024", "10.77.0.2/+4", "10.77.0.2/2 4", "10.77.0.2/24/8"],
		...[
			"10.77.0/24",
			"010.77.0.2/24",
			"10.77.0.256/24",
			"0x0a.77.0.2/24",
			" 10.77.0.2/24",
			"10.77.0.2/24\n",
			"/24",
			"",
		],
		...["fd00::2/129", "fd00:::2/64", "fd00::2::3/64", "fd00::12345/64", "fe80::1%eth0/64", "1:2:3:4:5:6:7/64"],
		...["1:2:3:4:5:6:7:8:9/64", ":1::2/64", "::ffff:1.2.3.4/96", "host/24"],
	])
		test(`${JSON.stringify(text)} is none`, () => expect(readAddressWithPrefix(text)).toBeUndefined());

	test("that no interface can have say why", () => {
		const faults = ["0.0.0.0/8", "10.0.0.1/0", "224.0.0.1/24", "255.255.255.255/32", "127.0.0.1/8", "10.0.0.0/24"];
		for (const text of [...faults, "10.0.0.255/24", "::/64", "ff02::1/64"])
			expect(addressFault(read(text))).toBeString();
		for (const text of ["10.0.0.1/24", "10.0.0.0/31", "10.0.0.0/32", "10.0.1.0/23", "fd00::/64", "fe80::1/64"])
			expect([text, addressFault(read(text))]).toEqual([text, undefined]);
	});

	test("are within a network, or are one", () => {
		expect(isWithin(plain("10.0.1.5"), read("10.0.0.9/23"))).toBe(true);
		expect(isWithin(plain("10.0.2.5"), read("10.0.0.9/23"))).toBe(false);
		expect(isWithin(plain("fd00::1"), read("10.0.0.9/1"))).toBe(false);
		expect(isWithin(plain("fd00:0:0:1::1"), read("fd00::/64"))).toBe(false);
		expect([isNetwork(read("10.0.0.0/8")), isNetwork(read("10.0.0.1/8")), isNetwork(read("0.0.0.0/0"))]).toEqual([
			true,
			false,
			true,
		]);
		expect(isSameAddress(plain("fd00::1"), plain("fd00:0::0:1"))).toBe(true);
		expect([isLinkLocal(plain("fe80::1")), isLinkLocal(plain("fec0::1"))]).toEqual([true, false]);
	});
});

describe("hardware addresses", () => {
	test("are six bytes of one interface", () => {
		expect(readMac("02:00:00:aB:00:01")).toEqual([2, 0, 0, 0xab, 0, 1]);
		for (const text of ["", "02:00:00:00:00", "02:00:00:00:00:01:02", "2:0:0:0:0:1", "02-00-00-00-00-01"])
			expect(readMac(text)).toBeUndefined();
		for (const text of ["01:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "02:00:00:00:00:0g"])
			expect(readMac(text)).toBeUndefined();
	});
});

describe("names of interfaces", () => {
	test("are what the kernel takes as they are", () => {
		for (const name of ["eth0", "a", "abcdefghijklmno", "br-1.2_x@y", "..."])
			expect([name, isInterfaceName(name)]).toEqual([name, true]);
		for (const name of [
			"",
			".",
			"..",
			"abcdefghijklmnop",
			"a/b",
			"a b",
			"a:b",
			"eth%d",
			"a\nb",
			"a\0",
			"ä",
			"all",
			"default",
		])
			expect([name, isInterfaceName(name)]).toEqual([name, false]);
	});
});
