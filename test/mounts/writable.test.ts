import { describe, expect, test } from "bun:test";
import type { MountRule } from "../../src/mounts/rules.ts";
import { writablePlaces } from "../../src/mounts/writable.ts";

const bind = { type: "bind", source: "/a", target: "/bind" } as const;

describe("`writablePlaces`", () => {
	test("are everything where the root is open", () => {
		expect(writablePlaces(false, [{ ...bind, readOnly: true }])).toEqual([{ path: "/", optional: false }]);
	});

	test("are what is mounted writable where it is closed", () => {
		const rows: [MountRule, boolean][] = [
			[bind, true],
			[{ ...bind, readOnly: true }, false],
			[{ type: "tmpfs", target: "/tmpfs" }, true],
			[{ type: "tmpfs", target: "/tmpfs", readOnly: true }, false],
			[{ type: "overlay", lower: ["/a"], target: "/overlay" }, true],
			[{ type: "overlay", lower: ["/a"], target: "/overlay", writes: "nowhere" }, false],
			[{ type: "overlay", lower: ["/a"], target: "/overlay", writes: { keep: "/b" } }, true],
			[{ type: "dev", target: "/dev" }, true],
			[{ type: "mqueue", target: "/dev/mqueue" }, true],
			[{ type: "sys", target: "/sys" }, false],
			[{ type: "symlink", to: "a", target: "/link" }, false],
			[{ type: "directory", target: "/directory" }, false],
			[{ type: "file", target: "/file", content: "" }, false],
			[{ type: "mask", target: "/mask" }, false],
			[{ type: "read-only", target: "/read-only" }, false],
			[{ type: "remount", target: "/" }, false],
		];
		for (const [rule, writable] of rows) {
			const places = writablePlaces(true, [rule]);
			expect(places).toEqual(writable ? [{ path: rule.target, optional: false }] : []);
		}
	});

	test("may not be there where the rule may come to nothing", () => {
		expect(writablePlaces(true, [{ ...bind, optional: true }])).toEqual([{ path: "/bind", optional: true }]);
	});
});
