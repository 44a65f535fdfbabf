import { describe, expect, test } from "bun:test";
import { largestState, readState, stateText } from "../../src/named/state.ts";
import type { NamedState } from "../../src/named/types.ts";

const directory = "/run/nskit/web";
const whole: NamedState = {
	version: 1,
	name: "web",
	boot: "b9e1567e-4775-479d-9351-4b59acc15f21",
	created: 1795388552605,
	owner: { uid: 0, gid: 0 },
	seen: { pid: 4026531836, mount: 4026531841 },
	holder: { pid: 4242, startTime: 3619998, pidfd: "4678001" },
	netns: "/run/netns/web",
	namespaces: {
		user: { inode: 4026532248, file: `${directory}/user`, joined: true },
		pid: { inode: 4026532252 },
		net: { inode: 4026532254, file: `${directory}/net` },
	},
};

test("a state is read as it was written", () => {
	expect(readState(stateText(whole), directory)).toEqual(whole);
	const { holder, netns, ...pinned } = whole;
	const small = { ...pinned, namespaces: { net: whole.namespaces.net } } as NamedState;
	expect(holder && netns && readState(stateText(small), directory)).toEqual(small);
});

describe("what is not exactly a state is refused", () => {
	const changed: [string, unknown][] = [
		["a list", []],
		["null", null],
		["another version", { ...whole, version: 2 }],
		["a version as text", { ...whole, version: "1" }],
		["another name", { ...whole, name: "other" }],
		["a name that leads elsewhere", { ...whole, name: "../web" }],
		["no boot", { ...whole, boot: undefined }],
		["a wrong boot", { ...whole, boot: "b9e1567e" }],
		["a time below 0", { ...whole, created: -1 }],
		["an owner that is none", { ...whole, owner: { uid: 4294967295, gid: 0 } }],
		["an owner with more", { ...whole, owner: { uid: 0, gid: 0, name: "root" } }],
		["no place", { ...whole, seen: undefined }],
		["the machine's init as holder", { ...whole, holder: { ...whole.holder, pid: 1 } }],
		["a group of processes as holder", { ...whole, holder: { ...whole.holder, pid: -1 } }],
		["part of a process id", { ...whole, holder: { ...whole.holder, pid: 4242.5 } }],
		["a process id as text", { ...whole, holder: { ...whole.holder, pid: "4242" } }],
		["a number as pidfd", { ...whole, holder: { ...whole.holder, pidfd: 4678001 } }],
		["no start time", { ...whole, holder: { pid: 4242 } }],
		["no holder for what has no file", { ...whole, holder: undefined }],
		["another network name", { ...whole, netns: "/run/netns/other" }],
		["a file elsewhere", { ...whole, namespaces: { net: { inode: 4026532254, file: "/etc/passwd" } } }],
		["the file of another", { ...whole, namespaces: { net: { inode: 4026532254, file: `${directory}/uts` } } }],
		["a pinned PID namespace", { ...whole, namespaces: { pid: { inode: 4026532252, file: `${directory}/pid` } } }],
		["an inode of 0", { ...whole, namespaces: { pid: { inode: 0 } } }],
		["an inode that is too large", { ...whole, namespaces: { pid: { inode: 4294967296 } } }],
		["joined that is no", { ...whole, namespaces: { pid: { inode: 4026532252, joined: false } } }],
		["no namespace", { ...whole, namespaces: {} }],
		["an unknown namespace", { ...whole, namespaces: { ...whole.namespaces, mnt: { inode: 1 } } }],
		["something more", { ...whole, more: 1 }],
	];
	for (const [what, value] of changed)
		test(what, () => expect(readState(JSON.stringify(value), directory)).toBeString());

	test("no JSON, and a text that is too long", () => {
		for (const text of ["", "{", stateText(whole).slice(0, -3), " ".repeat(largestState + 1)])
			expect(readState(text, directory)).toBeString();
	});
});
