import { describe, expect, test } from "bun:test";
import { importBubblewrap } from "../../../src/profile/import/bubblewrap.ts";
import { type BubblewrapOption, bubblewrapOptions } from "../../../src/profile/import/bubblewrap-options.ts";
import { around, complete, lacking, wrong } from "./around.ts";

const read = (...words: string[]) => importBubblewrap(words, around);
const root = { ...around, uid: 0, gid: 0 };

/** Every option: words it may stand in, and whether it is in the profile or listed as missing. */
const everyOption: Readonly<
	Record<BubblewrapOption, readonly [words: string, fate: "mapped" | "missing" | "problem"]>
> = {
	"--help": ["--help", "problem"],
	"--version": ["--version", "problem"],
	"--args": ["--args 9", "missing"],
	"--argv0": ["--argv0 x", "mapped"],
	"--level-prefix": ["--level-prefix", "missing"],
	"--unshare-all": ["--unshare-all", "missing"],
	"--share-net": ["--unshare-net --share-net", "mapped"],
	"--unshare-user": ["--unshare-user", "mapped"],
	"--unshare-user-try": ["--unshare-user-try", "missing"],
	"--unshare-ipc": ["--unshare-ipc", "mapped"],
	"--unshare-pid": ["--unshare-pid", "mapped"],
	"--unshare-net": ["--unshare-net", "mapped"],
	"--unshare-uts": ["--unshare-uts", "mapped"],
	"--unshare-cgroup": ["--unshare-cgroup", "mapped"],
	"--unshare-cgroup-try": ["--unshare-cgroup-try", "missing"],
	"--userns": ["--userns 9", "mapped"],
	"--userns2": ["--userns 9 --userns2 8", "missing"],
	"--disable-userns": ["--unshare-user --disable-userns", "mapped"],
	"--assert-userns-disabled": ["--assert-userns-disabled", "missing"],
	"--pidns": ["--pidns 9", "mapped"],
	"--uid": ["--uid 7", "mapped"],
	"--gid": ["--gid 7", "mapped"],
	"--hostname": ["--unshare-uts --hostname box", "mapped"],
	"--chdir": ["--chdir /x", "mapped"],
	"--clearenv": ["--clearenv", "mapped"],
	"--setenv": ["--setenv A B", "mapped"],
	"--unsetenv": ["--unsetenv A", "mapped"],
	"--lock-file": ["--lock-file /x", "missing"],
	"--sync-fd": ["--sync-fd 9", "missing"],
	"--bind": ["--bind /x /y", "mapped"],
	"--bind-try": ["--bind-try /x /y", "mapped"],
	"--dev-bind": ["--dev-bind /x /y", "mapped"],
	"--dev-bind-try": ["--dev-bind-try /x /y", "mapped"],
	"--ro-bind": ["--ro-bind /x /y", "mapped"],
	"--ro-bind-try": ["--ro-bind-try /x /y", "mapped"],
	"--bind-fd": ["--bind-fd 9 /y", "mapped"],
	"--ro-bind-fd": ["--ro-bind-fd 9 /y", "mapped"],
	"--remount-ro": ["--remount-ro /y", "mapped"],
	"--overlay-src": ["--overlay-src /x --tmp-overlay /y", "mapped"],
	"--overlay": ["--overlay-src /x --overlay /u /w /y", "missing"],
	"--tmp-overlay": ["--overlay-src /x --tmp-overlay /y", "mapped"],
	"--ro-overlay": ["--overlay-src /x --overlay-src /z --ro-overlay /y", "mapped"],
	"--exec-label": ["--exec-label l", "missing"],
	"--file-label": ["--file-label l", "missing"],
	"--proc": ["--unshare-pid --proc /proc", "mapped"],
	"--dev": ["--dev /dev", "mapped"],
	"--tmpfs": ["--tmpfs /t", "mapped"],
	"--mqueue": ["--unshare-ipc --mqueue /dev/mqueue", "mapped"],
	"--dir": ["--dir /d", "mapped"],
	"--file": ["--file 9 /f", "missing"],
	"--bind-data": ["--bind-data 9 /f", "missing"],
	"--ro-bind-data": ["--ro-bind-data 9 /f", "missing"],
	"--symlink": ["--symlink a /b", "mapped"],
	"--seccomp": ["--seccomp 9", "mapped"],
	"--add-seccomp-fd": ["--add-seccomp-fd 9", "mapped"],
	"--block-fd": ["--block-fd 9", "mapped"],
	"--userns-block-fd": ["--userns-block-fd 9", "missing"],
	"--info-fd": ["--info-fd 9", "mapped"],
	"--json-status-fd": ["--json-status-fd 9", "mapped"],
	"--new-session": ["--new-session", "mapped"],
	"--die-with-parent": ["--die-with-parent", "mapped"],
	"--as-pid-1": ["--unshare-pid --as-pid-1", "mapped"],
	"--cap-add": ["--cap-add CAP_KILL", "mapped"],
	"--cap-drop": ["--cap-add ALL --cap-drop CAP_KILL", "mapped"],
	"--perms": ["--perms 0700 --dir /d", "mapped"],
	"--size": ["--size 4096 --tmpfs /t", "mapped"],
	"--chmod": ["--dir /d --chmod 0700 /d", "mapped"],
};

/** Options that make no difference to what is there without them. */
const without: readonly string[] = ["--unshare-user", "--share-net"];

describe("every option of bwrap", () => {
	test("stands in the table", () => {
		expect(Object.keys(everyOption)).toEqual(Object.keys(bubblewrapOptions));
	});

	test.each(Object.entries(everyOption))("%s: %p", (option, [words, fate]) => {
		const imported = read(...words.split(" "));
		expect(wrong(imported).length > 0).toBe(fate === "problem");
		expect(lacking(imported).some((what) => what.split(" ")[0] === option)).toBe(fate === "missing");
		if (fate === "mapped" && !without.includes(option)) {
			expect(imported.missing).toEqual([]);
			expect(imported.profile).not.toEqual(read().profile);
		}
	});

	test.skipIf(Bun.which("bwrap") === null)(
		"is one that the bwrap of this machine names, and the other way round",
		() => {
			const { stdout } = Bun.spawnSync(["bwrap", "--help"]);
			const named = [...stdout.toString().matchAll(/^ {4}(--[\w-]+)/gm)].map(([, name = ""]) => name);
			expect(named.filter((name) => !Object.hasOwn(bubblewrapOptions, name))).toEqual([]);
		},
	);
});

describe("`importBubblewrap`", () => {
	test("makes what bwrap makes when nothing is said, and nothing else", () => {
		expect(complete(read("bwrap", "sh"))).toEqual({
			user: { map: "self" },
			mount: { root: { type: "tmpfs" }, proc: false, mounts: [] },
			...{ pid: false, net: false, ipc: false, uts: false, cgroup: false, time: false },
			capabilities: { drop: "all", noNewPrivileges: true },
			command: { argv: ["sh"] },
		});
	});

	test("leaves root its capabilities, and makes no user namespace for it", () => {
		const { profile } = importBubblewrap(["sh"], root);
		expect([profile.user, profile.capabilities]).toEqual([false, { noNewPrivileges: true }]);
	});

	test("keeps the order of what is done to files", () => {
		const words = "--dir /a --bind x /a/x --ro-bind-try /y /a/y --dev-bind /z /a/z --symlink a b --remount-ro /a";
		expect(complete(read(...words.split(" "))).mount).toEqual({
			root: { type: "tmpfs" },
			proc: false,
			mounts: [
				{ type: "directory", target: "/a", mode: 0o755 },
				{ type: "bind", source: "/home/me/work/x", target: "/a/x", noSuid: true, noDev: true },
				{ type: "bind", source: "/y", target: "/a/y", noSuid: true, noDev: true, readOnly: true, optional: true },
				{ type: "bind", source: "/z", target: "/a/z", noSuid: true },
				{ type: "symlink", to: "a", target: "/b" },
				{ type: "remount", target: "/a" },
			],
		});
	});

	test("takes a mount at / for the root, and says what it hides", () => {
		const imported = read(..."--dir /a --ro-bind / / --bind /w /w".split(" "));
		expect(lacking(imported)).toEqual(["directory /a"]);
		expect(imported.profile.mount).toEqual({
			proc: false,
			mounts: [
				{ type: "read-only", target: "/" },
				{ type: "bind", source: "/w", target: "/w", noSuid: true, noDev: true },
			],
		});
		expect(complete(read("--bind", "rootfs", "/")).mount).toEqual({
			root: "/home/me/work/rootfs",
			proc: false,
			mounts: [],
		});
		expect(complete(read("--size", "4096", "--tmpfs", "/")).mount).toMatchObject({
			root: { type: "tmpfs", size: 4096 },
		});
	});

	test("gives --perms and --size to the next option, and to no other", () => {
		const words = "--size 4096 --perms 1700 --tmpfs /a --tmpfs /b --perms 0711 --dir /c";
		expect(complete(read(...words.split(" "))).mount).toMatchObject({
			mounts: [{ mode: 0o1700, size: 4096 }, { mode: 0o755 }, { mode: 0o711 }],
		});
		for (const words of [
			"--perms 0700 --bind /a /b",
			"--size 1 --dir /a",
			"--perms 0700",
			"--perms 9 --dir /a",
			"--size 0 --tmpfs /a",
		]) {
			expect(wrong(read(...words.split(" "))).length).toBeGreaterThan(0);
		}
	});

	test("puts the first of several layers at the bottom", () => {
		const { profile } = read(..."--overlay-src /1 --overlay-src /2 --overlay /3 /w /o".split(" "));
		expect(profile.mount).toMatchObject({ mounts: [{ lower: ["/3", "/2", "/1"], writes: "memory" }] });
	});

	test("shows the caller's /proc where there is no PID namespace, and covers what bwrap covers", () => {
		const rules = (profile: unknown) =>
			(profile as { mount: { mounts: { type: string; target: string }[] } }).mount.mounts;
		const shared = complete(read("--proc", "/proc"));
		expect(rules(shared).map(({ type, target }) => `${type} ${target}`)).toEqual([
			"bind /proc",
			...["sys", "sysrq-trigger", "irq", "bus"].map((name) => `read-only /proc/${name}`),
		]);
		expect(complete(read("--unshare-pid", "--proc", "/proc")).mount).toMatchObject({ proc: true });
	});

	test("counts variables and capabilities in their order", () => {
		const variables = "--setenv A 1 --clearenv --setenv B 2 --setenv C 3 --unsetenv C";
		expect(complete(read(...variables.split(" "))).environment).toEqual({ clear: true, set: { B: "2" } });
		const capabilities = (words: string, who = around) => importBubblewrap(words.split(" "), who).profile.capabilities;
		expect(capabilities("--cap-add CAP_KILL --cap-drop ALL --cap-add cap_chown")).toEqual({
			...{ drop: "all", add: ["CAP_CHOWN"], keep: true, noNewPrivileges: true },
		});
		expect(capabilities("--cap-drop CAP_KILL", root)).toEqual({ drop: ["CAP_KILL"], noNewPrivileges: true });
		expect(capabilities("--uid 0 --cap-add ALL")).toEqual({ noNewPrivileges: true });
	});

	test("a variable may be called __proto__", () => {
		const { profile } = read("--setenv", "__proto__", "x");
		const { environment } = profile;
		const set = typeof environment === "object" ? environment.set : undefined;
		expect(Object.entries(set ?? {})).toEqual([["__proto__", "x"]]);
	});

	test("maps the ids that are said, and the caller's own beside them", () => {
		expect(complete(read("--uid", "0")).user).toEqual({ map: { uid: 0, gid: 100 } });
		expect(complete(read("--uid", "0", "--gid", "5")).user).toEqual({ map: { uid: 0, gid: 5 } });
	});

	test("takes the words of --args in their place, once", () => {
		const args = (value: string) => (value === "9" ? ["--unshare-net", "--chdir", "/x"] : ["--args", "9"]);
		const { profile } = importBubblewrap(["--args", "9", "--unshare-ipc", "--", "--x"], around, args);
		expect(profile).toMatchObject({ net: { loopback: true }, ipc: true, command: { cwd: "/x", argv: ["--x"] } });
		expect(wrong(importBubblewrap(["--args", "8"], around, args))).toEqual(["--args is among the words of an --args"]);
		const refuse = () => ({ code: "X", message: "no such descriptor" });
		expect(wrong(importBubblewrap(["--args", "9"], around, refuse))).toEqual(["no such descriptor"]);
	});

	test.each([
		["--nonsense", "no option"],
		["--bind /x", "takes 2 words"],
		["--uid -1", "no number"],
		["--bind-fd x /y", "no number of a descriptor"],
		["--hostname x", "requires --unshare-uts"],
		["--as-pid-1", "requires --unshare-pid"],
		["--seccomp 3 --add-seccomp-fd 4", "cannot be combined"],
		["--userns 3 --unshare-user", "cannot be combined"],
		["--ro-overlay /x", "--overlay-src"],
		["--overlay-src /x --dir /y", "must be followed"],
		["--overlay-src /x", "no overlay"],
		["--cap-add CHOWN?", "no capability"],
		["--chmod 9 /x", "octal"],
		["--setenv A=B C", "no name"],
	])("refuses %p", (words, message) => {
		expect(wrong(read(...words.split(" "))).join("\n")).toContain(message);
	});

	test("takes no more words than bwrap does", () => {
		expect(wrong(read(...Array.from({ length: 9001 }, () => "--unshare-net"))).join()).toContain("9000");
	});
});
