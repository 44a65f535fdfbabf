import { expect, test } from "bun:test";
import { changesText } from "../../src/overlay/text.ts";

test("`changesText` has a line for each change, with nothing that plays with the terminal", () => {
	expect(changesText([])).toBe("");
	expect(
		changesText([
			{ path: "a b", kind: "added", type: "file", what: [] },
			{ path: "c/d", kind: "changed", type: "file", what: ["content", "mode"] },
			{ path: "\u001b[31m\n\udcff", kind: "removed", type: "directory", what: [] },
		]),
	).toBe("A a b\nM c/d (content, mode)\nD \\u001b[31m\\u000a\\udcff");
});
