import { describe, expect, test } from "bun:test";
import { readTargetWord } from "../../src/targets/words.ts";

describe("the word for a target", () => {
	test("is a process, a descriptor, a path, a container or a name", () => {
		expect(readTargetWord("4242")).toEqual({ is: "process", pid: 4242 });
		expect(readTargetWord("4242:99")).toEqual({ is: "process", pid: 4242, pidfd: "99" });
		expect(readTargetWord("fd:3")).toEqual({ is: "descriptor", fd: 3 });
		expect(readTargetWord("/run/netns/x")).toEqual({ is: "path", path: "/run/netns/x" });
		expect(readTargetWord("./4242")).toEqual({ is: "path", path: "./4242" });
		expect(readTargetWord("web")).toEqual({ is: "name", name: "web" });
		expect(readTargetWord("net")).toEqual({ is: "name", name: "net" });
		expect(readTargetWord("runc:a.b")).toEqual({ is: "container", maker: "runc", id: "a.b" });
		expect(readTargetWord("containerd:k8s.io/a1")).toEqual({ is: "container", maker: "containerd", id: "k8s.io/a1" });
	});

	test.each([
		...["", "a\0", ".", "..", "-x", "0", "01", "4194305", "99999999999", "4242:", "4242:x", "4242:0", "4242:1:2"],
		...["fd:", "fd:x", "fd:-1", "fd:2147483648", "runc:", "runc:..", "runc:../x", "runc:a/b", "runc:/x", "machine:.x"],
		...["containerd:a/b/c", "containerd:a/..", "web:x", `runc:${"x".repeat(256)}`, "x".repeat(256)],
	])("is none of them: %p", (word) => {
		expect(readTargetWord(word)).toMatchObject({ code: "TARGET_INVALID" });
	});

	test("names what may have been meant", () => {
		expect(readTargetWord("rnc:x")).toMatchObject({ message: expect.stringContaining("did you mean runc:?") });
	});
});
