import { describe, expect, test } from "bun:test";
import type { Given } from "../../cli/argv.ts";
import { readArgv } from "../../cli/argv.ts";
import { readProfile } from "../../cli/fragments.ts";
import { optionsOf } from "../../cli/options.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { time } from "../../src/namespaces/time.ts";
import { type UserOptions, user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { terminal } from "../../src/process/terminal.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";
import { forRoot, forUser } from "../plan/fixtures.ts";

function readFragments(given: readonly Given[], cwd: string) {
	const { profile, problems } = readProfile(given, [], cwd);
	return { fragments: fragmentsOf(profile), problems };
}
const read = (words: string, cwd = "/work") =>
	readFragments(readArgv(words === "" ? [] : words.split(" "), optionsOf("run")).given, cwd);

/** The namespaces that are made, and those that are joined with their targets. */
function uses(words: string): string[] {
	return read(words).fragments.flatMap(({ namespace }) =>
		!namespace
			? []
			: namespace.use === "create"
				? [namespace.kind]
				: [`${namespace.kind}=${JSON.stringify(namespace.target)}`],
	);
}
const allBut = (...kinds: string[]) => namespaceKinds.filter((kind) => !kinds.includes(kind));
const problems = (words: string) => read(words).problems.map(({ code, message }) => `${code} ${message}`);
const codes = (words: string) => read(words).problems.map(({ code }) => code);

/** Expects the plan of these words to be the plan of these modules. */
function expectPlan(words: string, modules: readonly Fragment[], input = forRoot): void {
	expect(codes(words)).toEqual([]);
	expect(plan(read(words).fragments, input)).toEqual(plan(modules, input));
}

describe("which namespaces are made", () => {
	const table: readonly [string, readonly string[]][] = [
		["", namespaceKinds],
		["--all", namespaceKinds],
		["--uts", ["uts"]],
		["--uts --net", ["net", "uts"]],
		["-Um", ["user", "mount"]],
		["--no-net", allBut("net")],
		["--no-net --no-time", allBut("net", "time")],
		["--uts --no-net", ["uts"]],
		["--all --no-user", allBut("user")],
		["--all --uts", namespaceKinds],
		["-r", ["user"]],
		["-c --pid", ["user", "pid"]],
		["-r --no-user", []],
		["--mount-proc", ["mount"]],
		["--mount-proc -pf", ["mount", "pid"]],
		["--fork --kill-child", namespaceKinds],
		["--map self", namespaceKinds],
		["--hostname box", namespaceKinds],
		["--join net:7", ["net=7"]],
		["--join net:7 --uts", ["net=7", "uts"]],
		["--join net:7 --all", ["user", "mount", "pid", "net=7", "ipc", "uts", "cgroup", "time"]],
		["--join net:7 --no-uts", ["net=7"]],
		["--join mount:7 --join user:8", ["user=8", "mount=7"]],
	];
	for (const [words, expected] of table) {
		test(`with ${words || "no option"}: ${expected.join(" ") || "none"}`, () => {
			expect(uses(words)).toEqual([...expected]);
			expect(codes(words)).toEqual([]);
		});
	}
});

describe("--join", () => {
	test("takes a process, a path, or a descriptor", () => {
		expect(uses("--join uts:/run/a:b --join ipc:fd:3 --join net:12 --join pid:12x")).toEqual([
			...['pid="12x"', "net=12", 'ipc={"fd":3}', 'uts="/run/a:b"'],
		]);
	});

	test("is refused with another type, with no target, twice, and together with the new one", () => {
		expect(problems("--join ned:1")).toEqual([
			'JOIN_INVALID --join ned:1: there is no namespace type "ned"; did you mean net?',
		]);
		expect(problems("--join zzz")).toEqual(['JOIN_INVALID --join zzz: there is no namespace type "zzz"']);
		expect(problems("--join net")).toEqual(["JOIN_INVALID --join net names nothing to join"]);
		expect(problems("--join net:")).toEqual(["JOIN_INVALID --join net: names nothing to join"]);
		expect(problems("--join net:1 --join net:2")).toEqual(["JOIN_TWICE --join names a net namespace twice"]);
		expect(problems("--join net:1 --net")).toEqual([
			"JOIN_AND_CREATE --net makes a namespace and --join net enters one",
		]);
	});
});

describe("what the modules are told", () => {
	test("ids", () => {
		const maps: readonly [string, UserOptions][] = [
			["--user", {}],
			["--user --map root", { map: "root" }],
			["--user --map self", { map: "self" }],
			["--user --map none", { map: "none" }],
			["--user --map 7", { map: { uid: 7 } }],
			["--user --map 7:8", { map: { uid: 7, gid: 8 } }],
			["-r", { map: "root" }],
			["-c", { map: "self" }],
			["-r --map root", { map: "root" }],
			["--user --setgroups allow", { setgroups: "allow" }],
			["--user --map-users 0:1001:1", { uids: [{ inside: 0, outside: 1001, size: 1 }] }],
		];
		for (const [words, options] of maps) expectPlan(words, [user(options)]);
		const [first, second] = [
			{ inside: 0, outside: 1001, size: 1 },
			{ inside: 1, outside: 2000, size: 9 },
		];
		expectPlan("--user --map-users 0:1001:1 --map-groups 0:1001:1 --map-users 1:2000:9", [
			user({ uids: [first, second], gids: [first] }),
		]);
		expectPlan("--uts --map self", [uts(), user({ map: "self" })], forUser);
	});

	test("files, in the order given", () => {
		expectPlan("--mount --bind /a --tmpfs /t --ro-bind b:/c --bind /d:/e --root sub", [
			mount({
				root: "/work/sub",
				mounts: [
					{ type: "bind", source: "/a", target: "/a", readOnly: false },
					{ type: "tmpfs", target: "/t" },
					{ type: "bind", source: "/work/b", target: "/c", readOnly: true },
					{ type: "bind", source: "/d", target: "/e", readOnly: false },
				],
			}),
		]);
		expectPlan("--mount --propagation slave", [mount({ propagation: "slave" })]);
		expectPlan("-mp --no-proc", [mount({ proc: false }), pid()]);
		expectPlan("-p --mount-proc", [mount({ proc: true }), pid()]);
		expectPlan("-mpf --kill-child", [mount(), pid()]);
		expectPlan("-mp --proc", [mount({ proc: true }), pid()]);
	});

	test("everything else", () => {
		expectPlan("--uts --hostname a --domainname b", [uts({ hostname: "a", domainname: "b" })]);
		expectPlan("--pid --no-init", [pid({ init: false })]);
		expectPlan("--net --no-loopback", [net({ loopback: false })]);
		expectPlan("--time --boottime -1d --monotonic=1.5", [time({ boottime: "-1d", monotonic: "1.5" })]);
	});
});

describe("--bind SRC:DEST", () => {
	/** Source and target of the only bind. */
	function pair(value: string, cwd = "/work"): (string | undefined)[] {
		const { fragments } = readFragments(
			[
				{ name: "mount", value: true },
				{ name: "bind", value },
			],
			cwd,
		);
		const calls = plan(fragments, forRoot).steps.flatMap((step) => step.calls);
		const text = (name: string) => calls.find((one) => one.name === name)?.args.find((arg) => typeof arg === "string");
		return [text("open_tree"), text("openat2")];
	}

	test("takes a relative source from the working directory, and both for the same where one is given", () => {
		expect(pair("src")).toEqual(["/work/src", "/work/src"]);
		expect(pair("src", "/")).toEqual(["/src", "/src"]);
		expect(pair("/a")).toEqual(["/a", "/a"]);
		expect(pair("../x:/y")).toEqual(["/work/../x", "/y"]);
		expect(pair("../x")).toEqual(["/work/../x", "/x"]);
	});

	test("splits at the first colon that is not escaped", () => {
		expect(pair("/a:/b")).toEqual(["/a", "/b"]);
		expect(pair("/a:/b:ro")).toEqual(["/a", "/b"]);
		expect(pair("/a\\:b:/c")).toEqual(["/a:b", "/c"]);
		expect(pair("/a\\:b")).toEqual(["/a:b", "/a:b"]);
		expect(pair("/a:/b\\:c")).toEqual(["/a", "/b:c"]);
	});
});

describe("mistakes", () => {
	test("are all found at once", () => {
		expect(
			problems("--join x:1 --propagation none --setgroups no --map 0x1 --map-users 1:2 --map-groups a:b:c"),
		).toEqual([
			'JOIN_INVALID --join x:1: there is no namespace type "x"',
			"MAP_INVALID --map 0x1 is none of root, self, none, auto, subids, all, extern, USER, USER:GROUP",
			'MAP_INVALID the range "1:2" is not INSIDE:OUTSIDE:SIZE',
			'MAP_INVALID the range "a:b:c" is not INSIDE:OUTSIDE:SIZE',
			"VALUE_INVALID --setgroups no is none of allow, deny",
			"VALUE_INVALID --propagation none is none of private, slave, shared, unchanged",
		]);
	});

	test("each come with a way out", () => {
		const { problems } = read("--join x:1 --propagation none --map 0x1 --map-users 1 --join net:1 --join net:2 --net");
		expect(problems.length).toBe(6);
		expect(problems.filter(({ hint }) => !hint)).toEqual([]);
	});

	test("are maps that contradict each other", () => {
		expect(codes("-r --map self")).toEqual(["OPTION_TWICE"]);
		expect(codes("-c --map root")).toEqual(["OPTION_TWICE"]);
		expect(codes("-c -r")).toEqual(["OPTION_TWICE"]);
	});

	test("are negative and broken numbers", () => {
		for (const bad of ["-1", "1:", ":1", "1:2:3", "0x1", "1.5", ""]) {
			expect(read(`--user --map=${bad}`).problems.map(({ code }) => code)).toEqual(["MAP_INVALID"]);
		}
		for (const bad of ["1:2:-3", "1:2", "1:2:3:4", " 1:2:3", ""]) {
			const { problems } = readFragments([{ name: "map-users", value: bad }], "/");
			expect(problems.map(({ code }) => code)).toEqual(["MAP_INVALID"]);
		}
	});

	test("of one range bring no mistake that nobody made", () => {
		const { fragments, problems } = read("--user --map-users x --map-users y");
		expect(problems.map(({ code }) => code)).toEqual(["MAP_INVALID", "MAP_INVALID"]);
		expect(() => plan(fragments, forRoot)).not.toThrow();
	});
});

describe("the terminal", () => {
	const sessionOf = (words: string) => read(words).fragments.find(({ module }) => module === "terminal")?.session;

	test("is shared, new or a pseudo-terminal", () => {
		expect(["", "--new-session", "--pty"].map(sessionOf)).toEqual(["shared", "new", "pty"]);
		expectPlan("--uts --pty", [uts(), terminal({ session: "pty" })]);
		expectPlan("--uts --new-session", [uts(), terminal({ session: "new" })]);
	});

	test("cannot be two of them", () => {
		expect(problems("--uts --pty --new-session")).toEqual([
			"OPTION_TWICE --pty and --new-session contradict each other",
		]);
	});
});
