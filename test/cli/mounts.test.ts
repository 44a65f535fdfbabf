import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { mountRules, procOption } from "../../cli/mounts.ts";
import { optionsOf } from "../../cli/options.ts";
import { Reader } from "../../cli/reader.ts";
import type { MountRule } from "../../src/mounts/rules.ts";

const reader = (...words: string[]) => new Reader(readArgv(words, optionsOf("run")).given, "/work");
/** The rule of an option, without what was not said. */
const rule = (...words: string[]): unknown => JSON.parse(JSON.stringify(mountRules(reader(...words))[0] ?? null));
const wrong = (...words: string[]): string[] => {
	const one = reader(...words);
	mountRules(one);
	procOption(one);
	return one.problems.map(({ message }) => message);
};

describe("the rules of options", () => {
	const bind = (more: object) => ({ type: "bind", source: "/a", target: "/a", ...more });
	const table: readonly (readonly [words: string[], rule: object])[] = [
		[["--bind", "/a"], bind({})],
		[["--bind", "/a:/b"], bind({ target: "/b" })],
		[["--bind", "a/../b"], bind({ source: "/work/a/../b", target: "/work/b" })],
		[
			["--bind", "/a:/b:ro,nosuid,nodev,noexec,nosymfollow"],
			{ ...bind({ target: "/b" }), ...{ readOnly: true, noSuid: true, noDev: true, noExec: true, noSymlinks: true } },
		],
		[["--ro-bind", "/a:noexec"], bind({ readOnly: true, noExec: true })],
		[["--bind-try", "/a"], bind({ optional: true })],
		[["--ro-bind-try", "/a"], bind({ readOnly: true, optional: true })],
		[["--idmap-bind", "/a"], bind({ idmap: true })],
		[["--bind", "/a:idmap"], bind({ idmap: true })],
		[["--bind-fd", "9:/b"], { type: "bind", source: { fd: 9 }, target: "/b" }],
		[["--ro-bind-fd", "9:/b:nodev"], { type: "bind", source: { fd: 9 }, target: "/b", readOnly: true, noDev: true }],
		[["--tmpfs", "/t"], { type: "tmpfs", target: "/t" }],
		[
			["--tmpfs", "/t:mode=0700,size=64M,ro"],
			{ type: "tmpfs", target: "/t", size: "64M", mode: 0o700, readOnly: true },
		],
		[["--overlay", "."], { type: "overlay", lower: ["/work"], target: "/work", writes: "memory" }],
		[
			["--overlay", "/a:/b:lower=c,lower=/d,ro"],
			{ type: "overlay", lower: ["/a", "/work/c", "/d"], target: "/b", writes: "nowhere" },
		],
		[["--overlay", "/a:keep=k"], { type: "overlay", lower: ["/a"], target: "/a", writes: { keep: "/work/k" } }],
		[["--dev"], { type: "dev", target: "/dev" }],
		[["--dev=/d"], { type: "dev", target: "/d" }],
		[["--mqueue"], { type: "mqueue", target: "/dev/mqueue" }],
		[["--sys"], { type: "sys", target: "/sys" }],
		[["--symlink", "../a:/l"], { type: "symlink", to: "../a", target: "/l" }],
		[["--dir", "/d:uid=1,gid=2,mode=711"], { type: "directory", target: "/d", mode: 0o711, uid: 1, gid: 2 }],
		[
			["--file", "f:/g:ro,mode=600"],
			{ type: "file", content: { file: "/work/f" }, target: "/g", readOnly: true, mode: 0o600 },
		],
		[["--file", "f"], { type: "file", content: { file: "/work/f" }, target: "/work/f" }],
		[["--mask", "/m"], { type: "mask", target: "/m" }],
		[["--mask-try", "/m"], { type: "mask", target: "/m", optional: true }],
		[["--readonly-path", "/r"], { type: "read-only", target: "/r" }],
		[["--readonly-path-try", "/r"], { type: "read-only", target: "/r", optional: true }],
		[["--remount-ro", "/"], { type: "remount", target: "/" }],
	];
	for (const [words, expected] of table) {
		test(words.join(" "), () => {
			expect(rule(...words)).toEqual(expected);
			expect(wrong(...words)).toEqual([]);
		});
	}

	test("are in the order given, whatever options they are", () => {
		const types = mountRules(reader("--tmpfs", "/a", "--bind", "/b", "--tmpfs", "/c", "--dev")).map(
			(one: MountRule) => [one.type, one.target],
		);
		expect(types).toEqual([
			["tmpfs", "/a"],
			["bind", "/b"],
			["tmpfs", "/c"],
			["dev", "/dev"],
		]);
	});

	test("are all of the option table", () => {
		const names = optionsOf("run").filter(({ repeat, category }) => repeat && category === "files");
		for (const { name } of names)
			expect([name, mountRules(new Reader([{ name, value: "/x:/y" }], "/")).length]).toEqual([name, 1]);
	});

	test("are refused where they contradict themselves, or say what does not belong there", () => {
		expect(wrong("--overlay", "/a:ro,keep=k")).toEqual(["--overlay /a:ro,keep=k: ro and keep= contradict each other"]);
		expect(wrong("--bind-fd", "x:/a")).toEqual(['--bind-fd x:/a: "x" is no number']);
		expect(wrong("--tmpfs", "/a:ro,rw")).toEqual([expect.stringContaining('"rw" is no path that begins with /')]);
		expect(wrong("--mask", "/a:/b")).toEqual([expect.stringContaining('"/b"')]);
		expect(wrong("--dev=/a:/b")).toEqual([expect.stringContaining('"/b"')]);
	});
});

describe("--proc", () => {
	test("is a switch, or says what is shown", () => {
		expect(procOption(reader())).toBeUndefined();
		expect(procOption(reader("--proc"))).toBe(true);
		expect(procOption(reader("--no-proc"))).toBe(false);
		expect(procOption(reader("--mount-proc"))).toBe(true);
		expect(procOption(reader("--proc=hidepid=ptraceable"))).toEqual({ hidePid: "ptraceable", subset: undefined });
		expect(procOption(reader("--proc=subset=pid,hidepid=off"))).toEqual({ hidePid: "off", subset: "pid" });
		expect(wrong("--proc=hidepid=3")).toEqual([
			expect.stringContaining("hidepid=3 is none of off, noaccess, invisible, ptraceable"),
		]);
		expect(wrong("--proc=subset=all,x")).toHaveLength(2);
	});
});
