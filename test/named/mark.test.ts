import { expect, test } from "bun:test";
import { markText, readMark } from "../../src/named/mark.ts";

test("a mark says who a process is, with and without the inode of its pidfd", () => {
	for (const holder of [
		{ pid: 2, startTime: 0 },
		{ pid: 4_194_303, startTime: 123_456_789_012, pidfd: "18446744073709551615" },
	])
		expect(readMark(markText(holder))).toEqual(holder);
});

test("anything else is no mark", () => {
	for (const text of [
		"",
		"1:5",
		"0:5",
		"-2:5",
		"2",
		"2:",
		"2:5:",
		"2:5:0",
		"2:5:7:8",
		" 2:5",
		"2:5\n",
		"2:0x5",
		`2:${"9".repeat(16)}`,
	])
		expect([text, readMark(text)]).toEqual([text, undefined]);
});
