import { expect, test } from "bun:test";
import { statField, withoutEscapes } from "../../src/linux/proc.ts";

test("a field of stat is counted from the end of the name, whatever that is", () => {
	for (const name of ["sh", "a b", ") S 1 2", "((", "\n)\n"]) {
		const stat = `42 (${name}) R 7 42 42 34816 50 4194304 1 2\n`;
		expect([3, 4, 5, 8, 11].map((field) => statField(stat, field))).toEqual(["R", "7", "42", "50", "2"]);
		expect(statField(stat, 22)).toBeUndefined();
	}
	expect(statField("", 22)).toBeUndefined();
});

test("a field of mountinfo is what it was before it was written", () => {
	expect(withoutEscapes("/a\\040b\\011\\012\\134040\\043")).toBe("/a b\t\n\\040#");
	expect(withoutEscapes("/plain")).toBe("/plain");
	// No escape of the kernel's: a file system has written it itself.
	expect(withoutEscapes("\\x41\\777\\08")).toBe("\\x41\\777\\08");
});
