import { describe, expect, test } from "bun:test";
import { namesOf, type Task, type Visit, visitProgram, visitResults } from "../../src/inspect/visit.ts";
import { constants } from "../../src/linux/constants.ts";
import { syscallName } from "../../src/linux/syscalls.ts";
import { readHeader } from "../../src/stub/header.ts";
import { decodeInstruction, type Instruction, instructionWords, setWord } from "../../src/stub/instruction.ts";

const tasks: readonly Task[] = [
	{ task: "enter", kind: "net", fd: 4 },
	{ task: "enter", kind: "uts", fd: 5 },
	{ task: "dump", dump: "links" },
	{ task: "file", path: "mountinfo", below: "self" },
	{ task: "names" },
];

/** The system calls of a program, in the order they stand. */
function calls(visit: Visit): (Instruction & { name: string | undefined })[] {
	const { bytes } = visitProgram(visit, "x64", 0x1000);
	const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
	const all = Array.from({ length: readHeader(bytes).instructions }, (_, i) =>
		decodeInstruction(words, instructionWords * (i + 1)),
	);
	return all.filter(({ op }) => op === "syscall").map((one) => ({ ...one, name: syscallName(one.nr, "x64") }));
}

describe("the program of a visit", () => {
	test("forbids tracing before anything else", () => {
		const [first] = calls({ owners: [3], tasks });
		expect([first?.name, ...(first?.args.slice(0, 2) ?? [])]).toEqual(["prctl", constants.PR_SET_DUMPABLE, 0]);
	});

	test("enters an owner only behind an attempt without", () => {
		const entered = calls({ owners: [3], tasks }).filter(({ name }) => name === "setns");
		expect(entered.map(({ args }) => args.slice(0, 2))).toEqual([
			[4, constants.CLONE_NEWNET],
			[5, constants.CLONE_NEWUTS],
			[3, constants.CLONE_NEWUSER],
			[4, constants.CLONE_NEWNET],
			[5, constants.CLONE_NEWUTS],
		]);
	});

	test("writes to its output alone, and executes nothing", () => {
		const all = calls({ owners: [3], tasks });
		expect(new Set(all.filter(({ name }) => name === "write").map(({ args }) => args[0]))).toEqual(new Set([1]));
		expect(all.filter(({ name }) => name?.startsWith("exec") || name === "clone")).toEqual([]);
		expect(all.at(-1)?.name).toBe("exit_group");
	});
});

describe("the results of a visit", () => {
	const record = (task: number, count: number, bytes: readonly number[] = []): number[] => {
		const words = new Uint32Array(4);
		setWord(words, 0, task);
		setWord(words, 2, count);
		return [...new Uint8Array(words.buffer), ...bytes];
	};
	const told = (...records: number[][]) => visitResults(Uint8Array.from(records.flat()), { owners: [], tasks });
	const rest = [record(2, -11), record(3, 0), record(4, 0)];

	test("are put together of their pieces", () => {
		const found = told(record(0, 0), record(1, -1), record(2, 2, [1, 2]), record(2, 1, [3]), ...rest);
		expect(found).toEqual([
			{ bytes: new Uint8Array(), errno: undefined },
			{ bytes: new Uint8Array(), errno: 1 },
			{ bytes: Uint8Array.of(1, 2, 3), errno: 11 },
			{ bytes: new Uint8Array(), errno: undefined },
			{ bytes: new Uint8Array(), errno: undefined },
		]);
	});

	test("are refused when the visitor was ended in between", () => {
		const whole = [record(0, 0), record(1, 0), ...rest];
		for (const records of [[], whole.slice(0, -1), [...whole.slice(0, 2), record(2, 9, [1])], [record(9, 0), ...whole]])
			expect(() => told(...records)).toThrow("was ended before it was done");
	});

	test("hold the two names of a machine", () => {
		const bytes = new Uint8Array(6 * 65);
		bytes.set([98, 111, 120], 65);
		bytes.set([100], 5 * 65);
		expect(namesOf(bytes, (part) => new TextDecoder().decode(part))).toEqual({ hostname: "box", domainname: "d" });
	});
});
