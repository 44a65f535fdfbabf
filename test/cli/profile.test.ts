/** Profiles on the command line: what is saved makes the same plan, and options count before profiles. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readArgv } from "../../cli/argv.ts";
import { optionsOf } from "../../cli/options.ts";
import { readRequest } from "../../cli/request.ts";
import { UsageError } from "../../cli/usage.ts";
import { saveProfile } from "../../src/profile-files/save.ts";
import { endings } from "../../src/profile-files/text.ts";
import { rootHost, userHost } from "../plan/fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "nskit-cli-profile-"));
afterAll(() => rmSync(folder, { recursive: true }));

const env = ["PATH=/bin", "SHELL=/bin/zsh", "A=1", "B=2", "HOME=/root"];
const caller = (host = rootHost) => ({ host, env, cwd: folder });
const request = (words: readonly string[], host = rootHost) =>
	readRequest(readArgv(words, optionsOf("run")), caller(host));
const planned = (words: readonly string[], host = rootHost) => JSON.stringify(request(words, host).plan, null, "\t");
const problems = (words: readonly string[]): string[] => {
	try {
		request(words);
		return [];
	} catch (error) {
		if (error instanceof UsageError) return error.problems.map(({ code }) => code);
		throw error;
	}
};
function put(name: string, text: string): string {
	writeFileSync(join(folder, name), text);
	return name;
}

/** Every option that says something of a sandbox, in all its ways of writing. */
const lines = [
	...["--all", "--user", "--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup", "--time", "-r", "-c"],
	...["--no-user", "--no-mount", "--no-pid", "--no-net", "--no-ipc", "--no-uts", "--no-cgroup", "--no-time"],
	...["--map self", "--map none", "--map 5", "--map 5:6", "--map-users 0:1000:1", "--map-groups 0:1000:1"],
	...["--setgroups deny", "--join net:7", "--join uts:/run/x", "--join ipc:fd:3"],
	...["--root /srv", "--root tmpfs", "--root rel", "--bind a", "--bind .", "--bind ../x", "--bind ./a/./b:/t:noexec"],
	...["--ro-bind /a:/b", "--bind-try /a:/b:nosuid,nodev", "--bind-fd 5:/x", "--idmap-bind /a", "--bind /etc"],
	...["--tmpfs /tmp:size=5M,mode=700", "--overlay /a:/o", "--overlay a:keep=lay", "--overlay a:ro", "--symlink a:/b"],
	...["--dir /d:mode=700,uid=1,gid=2", "--file /etc/passwd:/p:mode=600", "--file f", "--mask /x", "--mask-try /y"],
	...["--readonly-path /z", "--readonly-path-try /z", "--remount-ro /z", "--dev", "--mqueue", "--sys=/s", "--proc"],
	...["--no-proc", "--proc=hidepid=invisible,subset=pid", "--mount-proc", "--propagation slave", "--pty"],
	...[
		"--new-session",
		"--allow-typing",
		"--init",
		"--no-init",
		"--wd /w",
		"--wd sub",
		"--execute-fd 5",
		"--argv0 zero",
	],
	...["--setuid 3", "--setgid 4", "--groups 1,2", "--umask 27", "--personality linux32,UNAME26", "--new-keyring"],
	...["--setenv X=1", "--setenv A=b=c", "--setenv ü=é", "--setenv E=", "--unsetenv A", "--unsetenv X", "--setenv X=2"],
	...[
		"--clear-env",
		"--keep-env PATH,ODD",
		"--keep-env HOME",
		"--stdin in",
		"--stdout out",
		"--stderr err",
		"--append",
	],
	...["--stderr-to-stdout", "--pass-fd 7", "--pass-fd 7:9", "--rlimit nofile=5:9", "--rlimit as=1G"],
	...["--rlimit core=unlimited", "--nice 3", "--oom-score-adj 5", "--affinity 0-1", "--ioprio idle"],
	...["--ioprio realtime:3", "--scheduler batch", "--scheduler rr:4", "--timeout 5s", "--kill-signal INT"],
	...["--kill-after 1s", "--die-with-parent", "--wait-all", "--info-fd 6", "--status-fd 8", "--block-fd 9"],
	...["--lock-file l", "--lock-file /m", "--daemon", "--pid-file p", "--again", "--again=3", "--delay 2s"],
	...["--listen 8080", "--listen [::1]:80", "--most 4", "--hostname box", "--domainname dom", "--monotonic 1d"],
	...["--boottime -5s", "--sysctl net.ipv4.ip_forward=1", "--sysctl kernel.sem=1", "--loopback", "--no-loopback"],
].map((line) => line.split(" "));
const command = [[], ["--", "true"], ["sh", "-c", "--x"], ["a b", "ü", ""]];

describe("a profile that is saved", () => {
	/** Saved in `form`, and read again: the plan has to be the same. */
	const expectSame = (words: readonly string[], form: string): boolean => {
		for (const host of [rootHost, userHost]) {
			let made: ReturnType<typeof request>;
			try {
				made = request(words, host);
			} catch (error) {
				if (error instanceof UsageError) return false;
				throw error;
			}
			const file = `saved.${form}`;
			expect([words, saveProfile(made.profile, file, folder)]).toEqual([words, []]);
			expect([words, planned(["--profile", file], host)]).toEqual([words, JSON.stringify(made.plan, null, "\t")]);
		}
		return true;
	};

	test("makes the same plan, for each option alone, in each form", () => {
		let count = 0;
		for (const one of lines) for (const form of endings) if (expectSame([...one, "true"], form)) count++;
		// The others need one more: they are among the many below.
		expect(count).toBeGreaterThan(90 * endings.length);
	}, 60_000);

	test("makes the same plan, for many options, commands and forms", () => {
		const options = fc.array(fc.constantFrom(...lines), { maxLength: 6 }).map((some) => some.flat());
		fc.assert(
			fc.property(options, fc.constantFrom(...command), fc.constantFrom(...endings), (some, rest, form) => {
				expectSame([...some, ...rest], form);
			}),
			{ numRuns: 500 },
		);
	}, 60_000);
});

test("a relative path of a namespace to join is saved as the whole one", () => {
	expect(saveProfile(request(["--join", "net:./rel"]).profile, join(folder, "saved.json"), "/elsewhere")).toEqual([]);
	expect(planned(["--profile", "saved.json"])).toBe(planned(["--join", "net:/elsewhere/./rel"]));
});

describe("options on top of a profile", () => {
	const over = (text: string, ...words: string[]) => request(["--profile", put("p.toml", text), ...words]).plan;
	const same = (text: string, words: string[], as: string[]) =>
		expect(JSON.stringify(over(text, ...words))).toBe(JSON.stringify(request(as).plan));

	test("name namespaces besides those of the profile, or take them away", () => {
		expect(over("pid = true").creates).toEqual(["pid"]);
		expect(over("pid = true", "--uts").creates).toEqual(["pid", "uts"]);
		expect(over("pid = true\nuts = true", "--no-uts").creates).toEqual(["pid"]);
		expect(over("pid = true", "--all").creates).toHaveLength(8);
		expect(over("net = false").creates).toHaveLength(7);
		expect(over("net = false", "--net").creates).toEqual(["net"]);
		expect(over("net = false", "--uts").creates).toEqual(["uts"]);
		expect(over("net = false", "--all").creates).toHaveLength(8);
		expect(over("limits = { core = 0 }").creates).toHaveLength(8);
	});

	test("join, or make what the profile joins", () => {
		expect(over('net = { join = "/n" }')).toMatchObject({ creates: [], joins: ["net"] });
		expect(over('net = { join = "/n" }', "--uts")).toMatchObject({ creates: ["uts"], joins: ["net"] });
		expect(over('net = { join = "/n" }', "--net")).toMatchObject({ creates: ["net"], joins: [] });
		expect(over('uts = true\nnet = { join = "/n" }', "--no-net")).toMatchObject({ creates: ["uts"], joins: [] });
		expect(over("net = true\nuts = true", "--join", "net:7")).toMatchObject({ creates: ["uts"], joins: ["net"] });
	});

	test("count before it, one by one", () => {
		same(
			'uts = { hostname = "a", domainname = "d" }',
			["--hostname", "b"],
			[...["--uts", "--hostname", "b", "--domainname", "d"]],
		);
		same("[limits]\nnofile = 5\ncore = 0", ["--rlimit", "core=1"], ["--rlimit", "nofile=5", "--rlimit", "core=1"]);
		same('terminal = { session = "pty" }', ["--new-session"], ["--new-session"]);
		same(
			'environment = { unset = ["A"], set = { X = "1" } }',
			["--unsetenv", "B", "--setenv", "A=9"],
			[...["--setenv", "X=1", "--unsetenv", "B", "--setenv", "A=9"]],
		);
		same('environment = { clear = true, keep = ["A"] }', ["--keep-env", "B"], ["--clear-env", "--keep-env", "A,B"]);
		same(
			'[[mount.mounts]]\ntype = "tmpfs"\ntarget = "/a"',
			["--mount", "--dir", "/a/b"],
			[...["--mount", "--tmpfs", "/a", "--dir", "/a/b"]],
		);
	});

	test("are still refused where they need what nobody has named", () => {
		put("p.toml", "pid = true");
		expect(problems(["--profile", "p.toml", "--hostname", "x", "--map", "0x1"])).toEqual([
			...["MAP_INVALID", "HOSTNAME_WITHOUT_UTS"],
		]);
	});
});

describe("the command", () => {
	test("is the profile's where none is named, with its other name", () => {
		put("c.toml", '[command]\nargv = ["ls", "-l"]\nargv0 = "dir"\ncwd = "sub"\n');
		const of = (...words: string[]) => request(["--profile", "c.toml", ...words]).plan.command;
		expect(of()).toEqual({ argv: ["ls", "-l"], argv0: "dir", env, cwd: `${folder}/sub`, mustStartThere: true });
		expect(of("ps")).toEqual({ argv: ["ps"], env, cwd: `${folder}/sub`, mustStartThere: true });
		expect(of("--argv0", "x").argv0).toBe("x");
	});

	test("is looked up by the profile's environment", () => {
		put("e.toml", '[environment]\nclear = true\nset = { PATH = "/x", SHELL = "/bin/y" }\n');
		expect(request(["--profile", "e.toml"]).plan.command).toMatchObject({
			...{ argv: ["/bin/y"], env: ["PATH=/x", "SHELL=/bin/y"] },
		});
	});
});

describe("what is wrong", () => {
	test("is told together with the command line's own mistakes, and without a plan's", () => {
		put("w.toml", "utz = true\nuser = 5\n");
		expect(problems(["--profile", "w.toml", "--profile", "none.toml", "--map", "0x1", "--hostnam", "x"])).toEqual([
			...["OPTION_UNKNOWN", "MAP_INVALID", "PROFILE_INVALID", "PROFILE_INVALID", "PROFILE_UNREADABLE"],
		]);
	});

	test("is found by the modules themselves where the shape is right", () => {
		put("m.toml", '[uts]\nhostname = ""\n[user]\nuids = [{ inside = 0, outside = 4294967290, size = 100 }]\n');
		expect(problems(["--profile", "m.toml"])).toEqual(["MAP_OVERFLOW", "HOSTNAME_EMPTY"]);
	});
});
