import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { errnoName, errnoNumber, lastErrno } from "../../src/linux/errno.ts";
import { needs } from "../needs.ts";

describe("the names of errors", () => {
	needs("linux")("are those the platform has", () => {
		const ours = Object.entries(constants.errno).filter(([name]) => errnoNumber(name) > 0);
		expect(ours.length).toBeGreaterThan(70);
		for (const [name, number] of ours) expect([name, errnoNumber(name)]).toEqual([name, number]);
	});

	test("are known for each number, and lead back to it", () => {
		const numbers = Array.from({ length: lastErrno }, (_, i) => i + 1);
		const nameless = numbers.filter((number) => errnoName(number) === `E${number}`);
		expect([lastErrno, errnoName(lastErrno)]).toEqual([133, "EHWPOISON"]);
		expect(nameless).toEqual([41, 58]);
		for (const number of numbers.filter((one) => !nameless.includes(one))) {
			expect(errnoNumber(errnoName(number))).toBe(number);
		}
	});

	test("are made of the number where there is none", () => {
		expect([0, 41, 134, 4095].map(errnoName)).toEqual(["E0", "E41", "E134", "E4095"]);
		expect(["-", "", "ENOTHING"].map(errnoNumber)).toEqual([-1, -1, -1]);
	});
});
