import { describe, expect, test } from "bun:test";
import { attribute, joined, message, nested, number32, raw, result32, text } from "../../src/network/message.ts";

describe("attributes", () => {
	test("are padded to four bytes, and their length is without that", () => {
		expect(attribute("IFLA_IFNAME", text("abcd")).bytes).toEqual([9, 0, 3, 0, 97, 98, 99, 100, 0, 0, 0, 0]);
		expect(attribute("IFLA_MTU", number32(0x01020304)).bytes).toEqual([8, 0, 4, 0, 4, 3, 2, 1]);
	});

	test("are never so long that their length wraps (CVE-2021-43784)", () => {
		const bytes = (size: number) => raw(Array<number>(size).fill(1), "");
		expect(attribute("IFLA_ADDRESS", bytes(65_531)).bytes.slice(0, 2)).toEqual([0xff, 0xff]);
		expect(() => attribute("IFLA_ADDRESS", bytes(65_532))).toThrow(
			new RangeError("IFLA_ADDRESS would have 65536 bytes, and an attribute has 65535 at most"),
		);
		expect(() => nested("IFLA_LINKINFO", [attribute("IFLA_ADDRESS", bytes(65_530))])).toThrow(RangeError);
	});

	test("keep the places of what is filled in, however deep they lie", () => {
		const made = message("RTM_NEWLINK", "NLM_F_REQUEST", [
			number32(0),
			nested("IFLA_LINKINFO", [attribute("IFLA_IFNAME", text("ab")), attribute("IFLA_MASTER", result32("x"))]),
		]);
		expect(made.fill).toEqual([{ at: 16 + 4 + 4 + 8 + 4, ref: "x", as: "number" }]);
		expect(made.bytes.length).toBe(made.size);
		expect(made.bytes[0]).toBe(made.size);
	});

	test("lie behind one another", () => {
		expect(joined([text("a"), result32("b")])).toEqual({
			bytes: [97, 0, 0, 0, 0, 0],
			shows: '"a", $b',
			fill: [{ at: 2, ref: "b", as: "number" }],
		});
	});
});
