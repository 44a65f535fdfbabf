import { expect, test } from "bun:test";
import { nameOfMount, namespaceLink, namespaceMounts } from "../../src/survey/mountinfo.ts";

test("a namespace is read in the kernel's form, and nothing else is", () => {
	expect(namespaceLink("net:[4026531840]")).toEqual({ kind: "net", inode: 4026531840 });
	expect(namespaceLink("mnt:[1]")).toEqual({ kind: "mount", inode: 1 });
	for (const text of [
		"mount:[1]",
		"net:[]",
		"net:[01]",
		"net:[1",
		"net:[1]x",
		"net:[-1]",
		"socket:[5]",
		"",
		"net:[0x1]",
	])
		expect(namespaceLink(text)).toBeUndefined();
});

test("mounts of nsfs are found among others, with optional fields and escapes, the last at a path", () => {
	const text = [
		"22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw",
		"400 30 0:4 net:[4026532000] /run/netns/a rw shared:9 master:1 - nsfs nsfs rw",
		String.raw`401 30 0:4 uts:[4026532001] /tmp/a\040b\134c rw - nsfs nsfs rw`,
		"402 30 0:4 net:[4026532002] /run/netns/a rw - nsfs nsfs rw",
		"403 30 0:4 /x /nsfs rw - ext4 nsfs rw",
		"garbage",
		"",
	].join("\n");
	expect(namespaceMounts(text)).toEqual([
		{ kind: "net", inode: 4026532002, path: "/run/netns/a" },
		{ kind: "uts", inode: 4026532001, path: "/tmp/a b\\c" },
	]);
});

test("only the directories of names give one", () => {
	expect(nameOfMount("/run/netns/blue")).toBe("blue");
	expect(nameOfMount("/var/run/netns/blue")).toBe("blue");
	expect(nameOfMount("/run/nskit/web/net")).toBe("web");
	for (const path of ["/run/netns/", "/run/netns/a/b", "/x/run/netns/a", "/run/nskit/web", "/run/nskit/a/b/c"])
		expect(nameOfMount(path)).toBeUndefined();
});
