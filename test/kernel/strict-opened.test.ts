/** What the preset closes can be opened, by name: on the command line, in profiles, and in the library. */
import { expect } from "bun:test";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlanError, profileFragments, profileSandbox, untrusted } from "../../src/index.ts";
import { checkout } from "./checkout.ts";
import { everywhere, library, type Ns } from "./harness.ts";

const strict = (ns: Ns, script: string, ...options: string[]): Promise<string> =>
	ns.output(["run", "--strict", ...options, "--", "sh", "-c", script]);

everywhere("options on top open one thing each, and the rest stays closed", async (ns) => {
	const others =
		'(: > /usr/nskit-new) 2>/dev/null || echo closed; grep -c "^CapEff:\t0000000000000000$" /proc/self/status';
	expect(await strict(ns, `echo new > made; cat made; ${others}`, "--bind", ".")).toBe("new\nclosed\n1\n");
	expect(readFileSync(join(ns.folder, "made"), "utf8")).toBe("new\n");
	const size = "df -k /tmp | tail -n 1 | tr -s ' ' | cut -d' ' -f2";
	expect(await strict(ns, `${size}; ls -A /tmp; ${others}`, "--tmpfs", "/tmp:size=1M")).toBe("1024\nclosed\n1\n");
	const outside = (await ns.command(["readlink", "/proc/self/ns/net"])).stdout;
	expect(await strict(ns, `readlink /proc/self/ns/net; ${others}`, "--no-net")).toBe(`${outside}closed\n1\n`);
	const caps = "grep -E '^Cap(Eff|Bnd):' /proc/self/status | tr -d '\\n'";
	const left = ns.who === "root" ? "0000000000002000" : "0000000000000000";
	expect(await strict(ns, caps, "--cap-add", "NET_RAW")).toBe(`CapEff:\t${left}CapBnd:\t0000000000002000`);
	// The built-in list refuses typing and set-user-ID bits as well; without it these have filters of their own.
	const filters = async (...options: string[]) =>
		Number(await strict(ns, "sed -n 's/^Seccomp_filters:\t//p' /proc/self/status", ...options));
	expect([await filters(), await filters("--seccomp", "none")]).toEqual([1, 2]);
	expect(await strict(ns, 'echo "$WHO"; env | grep -c .', "--setenv", "WHO=me", "--unsetenv", "TERM")).toStartWith(
		"me\n",
	);
	expect(await strict(ns, "cat /mnt/file", "--ro-bind", `${checkout().project}/package.json:/mnt/file`)).toContain(
		"nskit",
	);
	expect(await strict(ns, "uname -n; ulimit -n", "--hostname", "other", "--rlimit", "nofile=64")).toBe("other\n64\n");
});

everywhere("profiles count before it, and `extends` builds on it", async (ns) => {
	writeFileSync(join(ns.folder, "more.toml"), '[uts]\nhostname = "more"\n\n[limits]\nnofile = 99\n');
	const probe = "uname -n; ulimit -n; (: > file) 2>/dev/null && echo writable || echo closed";
	expect(await strict(ns, probe, "--profile", "more.toml")).toBe("more\n99\nclosed\n");
	writeFileSync(
		join(ns.folder, "own.toml"),
		'extends = "strict"\n\n[[mount.mounts]]\ntype = "bind"\nsource = "./"\ntarget = "./"\n\n[environment]\nset = { WHO = "me" }\n',
	);
	const { code, stdout, stderr } = await ns.run(["run", "--profile", "own.toml", "--", "sh", "-c", `pwd; echo $WHO`]);
	// A target is a path inside, and has to be whole.
	expect([code, stdout, stderr]).toEqual([0, `${ns.folder}\nme\n`, ""]);
});

everywhere("a plan that was saved from it is the same plan, and does the same", async (ns) => {
	ns.directory("project");
	const cwd = join(ns.folder, "project");
	writeFileSync(join(cwd, "Makefile"), "all:\n\techo made > made\n");
	const words = ["--strict", "--bind", ".", "--", "sh", "-c", "echo made > made; cat made"];
	expect(await ns.output(["plan", "--save", "build.toml", ...words], { cwd })).toBe("");
	const saved = readFileSync(join(cwd, "build.toml"), "utf8");
	expect(saved).toContain('\nextends = "strict"\n');
	expect(saved.split("\n").length).toBeLessThan(36);
	const plan = await ns.output(["plan", "--json", ...words], { cwd });
	expect(await ns.output(["plan", "--json", "--profile", "build.toml"], { cwd })).toBe(plan);
	expect(await ns.output(["run", "--profile", "build.toml"], { cwd })).toBe("made\n");
	expect(readdirSync(cwd).toSorted()).toEqual(["Makefile", "build.toml", "made"]);
});

everywhere("what was learned of a run lets it pass, with settings that the preset does not show", async (ns) => {
	const settings = ["services", "host.conf", "ssl/openssl.cnf", "nsswitch.conf", "fstab", "timezone"];
	const files = settings.map((name) => `/etc/${name}`).filter((path) => existsSync(path));
	const read = ["cat", ...files];
	const outside = await ns.output(["run", "--learn", "learned.toml", "--", ...read]);
	expect(await ns.output(["run", "--profile", "learned.toml", "--", ...read])).toBe(outside);
	expect((await ns.run(["run", "--strict", "--", ...read])).code).toBe(1);
});

everywhere("the plan of it can be read", async (ns) => {
	const plan = await ns.output(["plan", "--strict", "--", "true"]);
	for (const step of [
		"make new user, mount, pid, net, ipc, uts, cgroup, time namespaces",
		`bind ${ns.folder}`,
		"mount an empty file system at /tmp",
		"make a minimal /dev",
		"set the host name",
		"enter the Landlock domain",
		"drop",
	])
		expect(plan).toContain(step);
	expect(plan).toContain("seccomp(SECCOMP_SET_MODE_FILTER");
	// Nobody reads instructions of a filter.
	expect(Math.max(...plan.split("\n").map((line) => line.length))).toBeLessThan(700);
});

library("`untrusted()` shows what is named, at its own path, read-only or writable", () => {
	const folder = checkout().temporary;
	const inner = join(folder, "untrusted-inner");
	const before = process.cwd();
	try {
		Bun.spawnSync(["mkdir", "-p", join(inner, "locked")]);
		writeFileSync(join(inner, "file"), "text\n");
		process.chdir(inner);
		const probe = 'pwd; ls; for path in new locked/new; do (: > $path) 2>/dev/null && echo "wrote $path"; done; true';
		const run = (options: Parameters<typeof untrusted>[0]) =>
			String(untrusted(options).spawnSync(["sh", "-c", probe], { stderr: "pipe" }).stdout);
		expect(run({}).split("\n")[0]).toBe("/");
		expect(run({ read: ["."] })).toBe(`${inner}\nfile\nlocked\n`);
		// The inner one counts, in whatever order they are named.
		expect(run({ read: ["locked"], write: [inner] })).toBe(`${inner}\nfile\nlocked\nwrote new\n`);
		expect(run({ read: ["./"], write: ["./locked//"] })).toBe(`${inner}\nfile\nlocked\nnew\nwrote locked/new\n`);
		const both = untrusted({
			read: ["file"],
			profile: { environment: { set: { WHO: "me" } }, limits: { nofile: 50 }, uts: { hostname: "plug" } },
		});
		const said = both.spawnSync([
			"sh",
			"-c",
			`cat ${inner}/file; echo $WHO; ulimit -n; uname -n; env | cut -d= -f1 | sort`,
		]);
		const names = [
			"HOME",
			...(process.env.LANG ? ["LANG"] : []),
			"PATH",
			"PWD",
			...(process.env.TERM ? ["TERM"] : []),
			"WHO",
		];
		expect(String(said.stdout)).toBe(`text\nme\n50\nplug\n${names.join("\n")}\n`);
		expect(both.spawnSync(["unshare", "-U", "true"], { stderr: "ignore" }).exitCode).not.toBe(0);
	} finally {
		process.chdir(before);
		Bun.spawnSync(["rm", "-rf", inner]);
	}
});

library("`untrusted()` tells everything that is wrong with what it is given", () => {
	const codes = (options: object): string[] => {
		try {
			untrusted(options).plan(["true"]);
		} catch (error) {
			if (error instanceof PlanError) return error.problems.map(({ code }) => code);
			throw error;
		}
		return [];
	};
	expect(codes({ read: ["", "/x/."], write: ["/x", "a\0b"] })).toEqual(["PATH_EMPTY", "PATH_WITH_NUL", "PATH_TWICE"]);
	expect(codes({ read: ["/"], write: ["/x/../y"] })).toEqual(["TARGET_IS_ROOT", "TARGET_WITH_DOTS"]);
	expect(codes({ profile: { limit: { nofile: 3 }, uts: { hostname: 5 } } })).toEqual([
		"PROFILE_INVALID",
		"PROFILE_INVALID",
	]);
	expect(() => untrusted({ read: ["/nskit-nowhere"] }).spawnSync(["true"])).toThrow("/nskit-nowhere");
	expect(existsSync("/nskit-nowhere")).toBe(false);
});

library("profiles in the library read the filters of system calls that they name", () => {
	const folder = checkout().temporary;
	const file = join(folder, "untrusted-seccomp.json");
	const rule = { names: ["uname"], action: "SCMP_ACT_ERRNO", errnoRet: 1 };
	writeFileSync(file, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }));
	// uname(2) fails with EPERM: if the number is 63, return 1.
	const numbers = process.arch === "x64" ? [63, 0] : [160, 0];
	const program = new Uint8Array(
		Uint16Array.of(...[0x20, 0, 0, 0], ...[0x15, 0x100, ...numbers], ...[6, 0, 1, 5], ...[6, 0, 0, 0x7fff]).buffer,
	);
	writeFileSync(`${file}.bpf`, program);
	const fd = openSync(`${file}.bpf`, "r");
	try {
		const fails = (box: { spawnSync: ReturnType<typeof untrusted>["spawnSync"] }) =>
			expect(box.spawnSync(["uname", "-n"], { stderr: "pipe" }).stderr?.toString()).toContain(
				"Operation not permitted",
			);
		const seccomp = { file };
		fails(profileSandbox({ seccomp }));
		fails(untrusted({ profile: { seccomp: { profile: undefined, file } } }));
		fails(profileSandbox({ seccomp: { programs: [{ fd }] } }));
		expect(profileFragments({ seccomp }).some(({ module }) => module === "seccomp")).toBe(true);
		expect(() => profileSandbox({ seccomp: { file: "/nowhere.json" } })).toThrow("/nowhere.json");
		expect(() => profileFragments({ seccomp: { programs: [{ fd: 999 }] } })).toThrow("descriptor 999");
	} finally {
		closeSync(fd);
		Bun.spawnSync(["rm", "-f", file, `${file}.bpf`]);
	}
});
