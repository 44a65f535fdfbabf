import { describe, expect, test } from "bun:test";
import { readRecord } from "../../src/named/record.ts";

const boot = "b9e1567e-4775-479d-9351-4b59acc15f21";
const stat = (name: string, pid = "16026", began = "4691277") =>
	`${pid} (${name}) S 16025 13457 29537 0 -1 4194560 3623 0 20 0 3 2 0 0 20 0 1 0 ${began} 208896 0 0\n`;
const record = (text = stat("memfd:ns")) => `${boot}\npid:[4026531836]\n${text}`;

describe("the record of a running sandbox", () => {
	test("says which boot, whose numbers, and which process", () => {
		expect(readRecord(record())).toEqual({ boot, pidNamespace: 4026531836, pid: 16026, startTime: 4691277 });
	});

	test.each([") S 1 2 (", "a\nb", "((", "\u001b[2J"])("a process may be called %j", (name) => {
		expect(readRecord(record(stat(name)))).toMatchObject({ pid: 16026, startTime: 4691277 });
	});

	test.each([
		["nothing", ""],
		["another boot's form", record().replace("-", "")],
		["no namespace", record().replace("pid:", "net:")],
		["no number", record(stat("ns", "x"))],
		["the machine's own process", record(stat("ns", "1"))],
		["a number that is too large", record(stat("ns", "4294967295"))],
		["a time that is none", record(stat("ns", "5", "-1"))],
		["more behind it", `${record()}x\n`],
		["a link", "1:2:3"],
		["two of them", record() + record()],
		["half of it", record().slice(0, 80)],
	])("%s is refused", (_, text) => expect(readRecord(text)).toBeString());
});
