import { describe, expect, test } from "bun:test";
import { statsOf } from "../../src/stats/parse.ts";
import { type LiveStats, topRows, topText } from "../../src/stats/top.ts";
import { columnsOf } from "../../src/survey/text-width.ts";

const at = (wall: number, user: number, more: Partial<LiveStats> = {}): LiveStats => ({
	...{ target: "web", name: "web", pid: 8, supervisor: 7, command: "sh", paused: false },
	stats: statsOf([{ name: "cpu.stat", text: `user_usec ${user}\nsystem_usec 0\n` }], { wall, live: true }),
	...more,
});
const table = (rows: readonly LiveStats[], width?: number) => topText(topRows(rows, []), width);

describe("the rows of ns top", () => {
	test("tell percent of one processor since the look before, and nothing at first", () => {
		expect(topRows([at(2e6, 5e5)], [])[0]?.cpu).toBeNull();
		expect(topRows([at(2e6, 5e5)], [at(1e6, 0)])[0]?.cpu).toBe(50);
		expect(topRows([at(2e6, 3e6)], [at(1e6, 1e6)])[0]?.cpu).toBe(200);
		expect(topRows([at(1e6, 3e6)], [at(1e6, 1e6)])[0]?.cpu).toBeNull();
		expect(topRows([at(2e6, 0)], [at(1e6, 1e6)])[0]?.cpu).toBe(0);
		expect(topRows([at(2e6, 5e5)], [at(1e6, 0, { supervisor: 9 })])[0]?.cpu).toBeNull();
	});

	test("say who is paused and who lacked memory", () => {
		const oom = statsOf([{ name: "memory.events", text: "oom_kill 1\n" }], { live: true });
		expect(table([at(0, 0, { paused: true, stats: oom })])).toContain("paused,oom");
	});

	test.each(["\x1b[2J", "a\nb", "\u202e", "\x9b31m"])("cannot play with the terminal by the name %j", (command) => {
		const text = table([at(0, 0, { command })]);
		expect(text).not.toContain(command);
		expect(text.split("\n")).toHaveLength(3);
	});

	test("are no wider than the terminal, as far as numbers let them", () => {
		const long = at(3_725e6, 0, { name: "n".repeat(64), command: "宽".repeat(16) });
		for (const width of [20, 40, 80, 120])
			for (const line of table([long], width).split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(width);
		expect(table([long], 80)).not.toContain("WRITTEN");
		expect(table([long])).toContain("1:02:05");
	});
});
