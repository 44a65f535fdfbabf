import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { signalName, signalNumber } from "../../src/linux/signals.ts";

/** The names that node has for the same numbers on Linux, and those it has twice. */
const theirs = Object.entries(constants.signals).filter(([name]) => !["SIGIOT", "SIGPOLL", "SIGUNUSED"].includes(name));

describe("signals", () => {
	test("have the numbers that the system gives them", () => {
		expect(theirs.length).toBeGreaterThan(28);
		for (const [name, number] of theirs)
			expect([name, signalNumber(name), signalName(number)]).toEqual([name, number, name]);
	});

	test("may be named with and without SIG, in either case, and by number", () => {
		expect(["TERM", "SIGTERM", "term", "SigTerm", "15"].map(signalNumber)).toEqual([15, 15, 15, 15, 15]);
	});

	test("in real time are counted from both ends", () => {
		expect(["RTMIN", "RTMIN+1", "SIGRTMIN+30", "RTMAX", "RTMAX-1", "64"].map(signalNumber)).toEqual([
			34, 35, 64, 64, 63, 64,
		]);
		expect([34, 35, 64, 33].map(signalName)).toEqual(["SIGRTMIN", "SIGRTMIN+1", "SIGRTMIN+30", "33"]);
	});

	test("are no others", () => {
		const wrong = [
			"",
			"0",
			"65",
			"-1",
			"015",
			"1e1",
			"SIG",
			"SIGSIGTERM",
			"TERM ",
			"FOO",
			"RTMIN+",
			"RTMIN-1",
			"RTMAX+1",
			"RTMIN+31",
			"RTMAX-31",
		];
		expect(wrong.map(signalNumber)).toEqual(wrong.map(() => undefined));
	});
});
