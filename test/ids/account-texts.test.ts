import { expect, test } from "bun:test";
import { accountTexts, isAccountName, isAccountPath } from "../../src/ids/account-texts.ts";

test("a user has a line, and nobody has; root only where there is one", () => {
	expect(accountTexts({ uid: 1000, gid: 100, name: "ann", home: "/h", root: true })).toEqual({
		passwd: "ann:x:1000:100::/h:/bin/sh\nroot:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
		group: "ann:x:100:\nroot:x:0:\nnogroup:x:65534:\n",
	});
	expect(accountTexts({ uid: 0, gid: 0, home: "/", shell: "/x" })).toEqual({
		passwd: "root:x:0:0::/:/x\nnobody:x:65534:65534::/:/bin/false\n",
		group: "root:x:0:\nnogroup:x:65534:\n",
	});
	expect(accountTexts({ uid: 65534, gid: 65534, home: "/" }).passwd).toBe("user:x:65534:65534::/:/bin/sh\n");
});

test("no name and no path can make a line of its own", () => {
	for (const bad of ["", "a:b", "a\nb", "-a", "1a", "a b", "é", "x".repeat(33)]) expect(isAccountName(bad)).toBe(false);
	for (const good of ["ann", "_x", "A.b-c_1"]) expect(isAccountName(good)).toBe(true);
	for (const bad of ["", "h", "/a:b", "/a\nb", "/\0", "/\x7f"]) expect(isAccountPath(bad)).toBe(false);
	expect(isAccountPath("/home/ann b")).toBe(true);
});
