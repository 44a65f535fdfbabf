import { describe, expect, test } from "bun:test";
import { flaggedMounts, keptFlags } from "../../src/selftest/cases/mounts.ts";
import { judgeOutside } from "../../src/selftest/cases/outside.ts";
import { chosenRows, rowNames, selftestCases } from "../../src/selftest/run.ts";
import type { Came } from "../../src/selftest/types.ts";

const came = (fields: Partial<Came>): Came => {
	return { exitCode: 0, signal: null, stdout: "", answers: [], late: false, ...fields };
};

describe("the cases", () => {
	const all = chosenRows();

	test("have names of their own, and say what is expected in one sentence", () => {
		const names = all.flatMap(rowNames).map((name) => name.toLowerCase());
		expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
		expect(all.filter(({ title }) => !/^[A-Z].*[^.]$/.test(title))).toEqual([]);
		expect(selftestCases.filter(({ tries }) => tries === "")).toEqual([]);
	});

	test("are chosen by any of their names, in their own order", () => {
		const ids = (names: readonly string[]) => chosenRows(names).map(({ id }) => id);
		expect(ids(["IO_uring", "cve-2019-7303", "CVE-2019-10063"])).toEqual(["CVE-2019-10063", "io_uring"]);
		expect(ids([])).toEqual(all.map(({ id }) => id));
		expect(() => ids(["bpf", "x", "y"])).toThrow(new RangeError("no case is called x, y"));
	});
});

describe("`judgeOutside`", () => {
	const before = [". 40755", "victim 100644"];

	test("holds where everything is as it was", () => {
		expect(judgeOutside({ before, after: [...before] })).toEqual({ verdict: "held" });
	});

	test("names what has come, gone or changed", () => {
		for (const [after, name] of [
			[[...before, "new 100644"], "new"],
			[[". 40755"], "victim"],
			[[". 40755", "victim 100777"], "victim"],
		] as const) {
			const because = `"${name}" is no longer as it was outside`;
			expect(judgeOutside({ before, after })).toEqual({ verdict: "not held", because });
		}
	});

	test("says nothing where no sandbox was made", () => {
		const verdict = judgeOutside({ before, after: before, refused: "cannot bind" });
		expect(verdict).toEqual({ verdict: "cannot be tried here", because: "cannot bind" });
	});
});

describe("flags of mounts", () => {
	const line = (point: string, flags: string) => `36 25 0:32 / ${point} ${flags} shared:1 - tmpfs tmpfs rw`;

	test("are found where one of them must not be lost", () => {
		const text = [
			line("/", "rw,relatime"),
			line("/proc/sys", "ro,nosuid"),
			line("/sys", "rw,nosuid"),
			line("/with\\040space", "rw,nosuid"),
			line("/dev/shm", "rw,nosuid,nodev"),
		];
		expect(flaggedMounts(text.join("\n"))).toEqual([{ point: "/dev/shm", flags: ["nosuid", "nodev"] }]);
	});

	test("are all there inside, and read-only besides", () => {
		const mount = { point: "/dev/shm", flags: ["nosuid", "nodev"] };
		const inside = (flags: string) => keptFlags(mount, came({ stdout: `${line("/", "rw")}\n${line("/t", flags)}\n` }));
		expect(inside("ro,nosuid,nodev,relatime")).toEqual({ verdict: "held" });
		expect(inside("rw,nosuid")).toEqual({ verdict: "not held", because: "nodev, ro of /dev/shm is lost" });
		expect(keptFlags(mount, came({})).verdict).toBe("cannot be tried here");
		expect(keptFlags(mount, came({ refused: "no" })).verdict).toBe("cannot be tried here");
	});
});
