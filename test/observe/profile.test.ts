import { describe, expect, test } from "bun:test";
import { type Base, Needs } from "../../src/observe/needs.ts";
import { smallestProfile } from "../../src/observe/profile.ts";
import type { CallEvent, FileEvent, NetworkEvent, ObservedEvent } from "../../src/observe/types.ts";

const base: Base = {
	visible: ["/usr", "/etc/passwd"],
	own: ["/proc", "/dev", "/tmp", "/home/u"],
};

type Access = FileEvent["access"][number];

const file = (path: string, access: Access | Access[], more: Partial<FileEvent> = {}): FileEvent => ({
	...({ type: "file", pid: 1, call: "openat", path, kind: "file", outside: "same" } as const),
	access: typeof access === "string" ? [access] : access,
	...more,
});
const folder = { kind: "directory" } as const;
const absent = { kind: "missing", outside: "missing" } as const;
const net = (does: NetworkEvent["does"], address: string, port: number): NetworkEvent => ({
	...{ type: "network", pid: 1, call: does, does, family: address.startsWith("@") ? "unix" : "inet", address, port },
});

/** The rules that are learned, as short text. */
function rules(events: readonly ObservedEvent[], cwd = "/usr"): string[] {
	const { mount } = smallestProfile(events, base, cwd).profile;
	const mounts = typeof mount === "object" ? (mount.mounts ?? []) : [];
	return mounts.map((rule) =>
		rule.type === "bind" ? `${rule.readOnly ? "read" : "write"} ${rule.target}` : `${rule.type} ${rule.target}`,
	);
}

describe("paths", () => {
	test("that the base shows, that are missing, or that are the sandbox's own need nothing", () => {
		const events = [
			...[file("/usr/bin/x", "execute"), file("/etc/passwd", "read"), file("/none", "read", absent)],
			...[file("/dev/null", "write", { kind: "other" }), file("/tmp", "list", folder), file("/", "look", folder)],
			file("/proc/self/maps", "read", { kind: "unknown", outside: "unknown" }),
		];
		expect(smallestProfile(events, base, "/").profile).toEqual({ extends: "strict" });
	});

	test("that are read are bound read-only, each by itself, and a directory where it was listed", () => {
		expect(rules([file("/srv/a", "read"), file("/srv/b", "read"), file("/srv/a", "look")])).toEqual([
			...["read /srv/a", "read /srv/b"],
		]);
		expect(rules([file("/srv/a", "read"), file("/srv", "list", folder)])).toEqual(["read /srv"]);
		expect(rules([file("/dev/kvm", "read", { kind: "other" })])).toEqual(["read /dev/kvm"]);
	});

	test("that are written to are bound so, and what is made takes its directory", () => {
		expect(rules([file("/srv/a", "write"), file("/srv/a", "read")])).toEqual(["write /srv/a"]);
		expect(rules([file("/srv/new", ["write", "create"], absent)])).toEqual(["write /srv"]);
		expect(rules([file("/srv/old", "remove")])).toEqual(["write /srv"]);
		expect(rules([file("/srv", "list", folder), file("/srv/w/x", "write")])).toEqual(["read /srv", "write /srv/w/x"]);
	});

	test("that the run has made itself need nothing more", () => {
		const made = file("/srv/d", "create", absent);
		const below = [file("/srv/d/x", ["write", "create"], absent), file("/srv/d/x", "read"), file("/srv/d/x", "remove")];
		expect(rules([made, ...below])).toEqual(["write /srv"]);
		expect(rules([file("/tmp/x", ["write", "create"], absent), file("/tmp/x", "read")])).toEqual([]);
	});

	test("of directories that are only looked at are made empty, unless they are there", () => {
		expect(rules([file("/srv/d", "look", folder)])).toEqual(["directory /srv/d"]);
		expect(rules([file("/srv", "look", folder), file("/srv/d/x", "read")])).toEqual(["read /srv/d/x"]);
		expect(rules([file("/etc", "look", folder)])).toEqual([]);
	});

	test("behind links are bound where they are, and the links are made, unless they are in what is bound", () => {
		const linked = (path: string, real: string, at: string, to: string, access: Access = "read") =>
			file(path, access, { real, links: [{ path: at, to }] });
		const one = linked("/srv/link/a", "/far/a", "/srv/link", "/far");
		expect(rules([one])).toEqual(["symlink /srv/link", "read /far/a"]);
		expect(rules([one, file("/srv", "list", folder)])).toEqual(["read /far/a", "read /srv"]);
		expect(rules([linked("/usr/x", "/far/x", "/usr/x", "/far/x")])).toEqual(["read /far/x"]);
		expect(rules([linked("/srv/l", "/usr/x", "/srv/l", "/usr/x")])).toEqual(["symlink /srv/l"]);
		expect(rules([file("/srv/l", "look", { kind: "other", links: [{ path: "/srv/l", to: "x" }] })])).toEqual([
			"symlink /srv/l",
		]);
		const made = file("/srv/l", "create", absent);
		expect(rules([made, linked("/srv/l", "/srv/x", "/srv/l", "x")])).toEqual(["read /srv/x", "write /srv"].slice(1));
	});

	test("that the sandbox of the run did not show are needed as well", () => {
		const unseen = { kind: "missing", outside: "other", refused: { error: "ENOENT", by: "not visible" } } as const;
		expect(rules([file("/srv/a", "read", { ...unseen, kindOutside: "file" })])).toEqual(["read /srv/a"]);
		expect(rules([file("/srv/d", "read", { ...unseen, kindOutside: "directory" })])).toEqual(["read /srv/d"]);
		expect(rules([file("/srv/d", "look", { ...unseen, kindOutside: "directory" })])).toEqual(["directory /srv/d"]);
		expect(rules([file("/usr/x", "read", { ...unseen, kindOutside: "file" })])).toEqual([]);
	});

	test("keep their devices closed, but where one was used", () => {
		const { mount } = smallestProfile(
			[file("/dev/kvm", "write", { kind: "other" }), file("/srv/a", "read")],
			base,
			"/usr",
		).profile;
		expect(mount).toEqual({
			mounts: [
				{ type: "bind", source: "/dev/kvm", target: "/dev/kvm", noSuid: true },
				{ type: "bind", source: "/srv/a", target: "/srv/a", readOnly: true, noSuid: true, noDev: true },
			],
		});
	});

	test("of the sandbox's own that are listed are named", () => {
		expect(smallestProfile([file("/tmp", "list", folder)], base, "/usr").notes.join()).toContain("/tmp");
	});

	test("the working directory is there", () => {
		expect(rules([], "/srv/here")).toEqual(["directory /srv/here"]);
		expect(rules([file("/srv/here/x", "read")], "/srv/here")).toEqual(["read /srv/here/x"]);
		expect(rules([], "/home/u/x")).toEqual(["directory /home/u/x"]);
	});

	test("that are others inside, or would open the whole tree, are left out and named", () => {
		const { profile, notes } = smallestProfile(
			[file("/srv/a", "read", { outside: "other" }), file("/made", "create", absent)],
			base,
			"/usr",
		);
		expect(profile).toEqual({ extends: "strict" });
		expect(notes.join()).toContain("/srv/a, /made");
	});
});

describe("networks", () => {
	const learned = (...events: ObservedEvent[]) => smallestProfile(events, base, "/usr");

	test("are the caller's where something outside is connected to, which is named", () => {
		const { profile, notes } = learned(net("connect", "1.2.3.4", 443));
		expect(profile).toEqual({ extends: "strict", net: false });
		expect(notes.join()).toContain("1.2.3.4:443");
		expect(learned(net("send", "::1", 53)).notes.join()).toContain("[::1]:53");
	});

	test("are the sandbox's own for what it serves itself", () => {
		expect(
			learned(net("socket", "", 0), net("bind", "127.0.0.1", 80), net("connect", "127.0.0.1", 80)).profile,
		).toEqual({
			extends: "strict",
		});
		expect(learned(net("connect", "127.0.0.1", 80)).profile).toMatchObject({ net: false });
		expect(learned(net("connect", "@x", 0)).profile).toMatchObject({ net: false });
		expect(learned(net("bind", "@x", 0), net("connect", "@x", 0)).profile).toEqual({ extends: "strict" });
	});
});

describe("limits and calls", () => {
	test("limits are twice what was used, in steps", () => {
		const peaks = { addressSpace: 3e8, openFiles: 256, processes: 20, cpu: 7.2, memory: 1e8 };
		const events = Object.entries(peaks).map(
			([resource, peak]) => ({ type: "limit", resource, peak }) as ObservedEvent,
		);
		expect(smallestProfile(events, base, "/usr").profile.limits).toEqual({
			...{ as: { atMost: 603_979_776 }, cpu: { atMost: 20 }, nofile: { atMost: 512 }, nproc: { atMost: 48 } },
		});
	});

	test("calls that the strict filter refuses are allowed, unless that would not help them", () => {
		const made = (call: string, args: number[] = [], strict: CallEvent["strict"] = "profile"): ObservedEvent => ({
			...{ type: "call", pid: 1, call, args, strict },
		});
		const events = [
			...[made("mbind"), made("keyctl"), made("keyctl"), made("mount"), made("unshare", [0x1000_0000])],
			{ type: "call", pid: 1, call: "ptrace", args: [] } as const,
			{ type: "call", pid: 1, call: "io_uring_setup", args: [], refused: { error: "ENOSYS", by: "seccomp" } } as const,
		];
		const { profile, notes } = smallestProfile(events, base, "/usr");
		expect(profile).toEqual({ extends: "strict", seccomp: { allow: ["keyctl", "mbind"] } });
		expect(notes).toEqual([
			"The filter of system calls allows what it refuses in the strict preset: mbind, keyctl.",
			"Not allowed, because without capabilities these calls fail anyway: mount, unshare.",
		]);
		expect(smallestProfile([made("unshare", [0x200])], base, "/usr").profile.seccomp).toEqual({ allow: ["unshare"] });
		expect(smallestProfile([made("chmod", [], "denySetId")], base, "/usr").profile.seccomp).toEqual({
			denySetId: false,
		});
	});

	test("what cannot be read, or not be written into a profile, is counted", () => {
		const odd: ObservedEvent[] = [{ type: "unreadable", pid: 1, call: "openat" }, file("/srv/\udcff", "read")];
		expect(smallestProfile(odd, base, "/usr").notes).toEqual(["Of 2 calls the paths or addresses could not be read."]);
	});
});

test("a command that names endless paths does not fill the memory", () => {
	const needs = new Needs(base);
	for (let i = 0; i < 150_000; i++) needs.add(file(`/srv/${i}`, "read"));
	for (let i = 0; i < 5_000; i++) needs.add(net("connect", "1.2.3.4", i + 1));
	expect([needs.paths.size, needs.hosts.size, needs.tooMany]).toEqual([100_000, 1_000, true]);
});
