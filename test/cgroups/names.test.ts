import { expect, test } from "bun:test";
import { processOf } from "../../src/cgroups/names.ts";

test("only names of ours tell a process", () => {
	expect(["nskit-12", "nskit-web-12", "nskit-a-1-7", "nskit-9-rest"].map(processOf)).toEqual([12, 12, 7, 9]);
	const others = [
		"nskit",
		"nskit-",
		"nskit-0",
		"nskit-012",
		"nskit-x",
		"xnskit-1",
		"nskit-1x",
		"nskit-1/",
		"nskit-../-1",
		"",
	];
	expect(others.map(processOf)).toEqual(others.map(() => undefined));
});
