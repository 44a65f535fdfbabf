/** The doctor in machines that lack something: made by sandboxes, limits and filters, with real calls. */
import { describe, expect } from "bun:test";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnosis, Finding } from "../../src/doctor/types.ts";
import { doctor } from "../../src/index.ts";
import { checkout } from "./checkout.ts";
import { everywhere, library, type Ns, quoted, type RunOptions, rows } from "./harness.ts";

const line = (ns: Ns): string[] => [...ns.program, "doctor", "--json"];

interface Seen extends Diagnosis {
	readonly code: number | null;
	find(id: string): Finding;
	/** The ids of what is not ok. */
	readonly lacking: readonly string[];
}

/** The findings of a command line that ends in the doctor's. */
async function seen(ns: Ns, argv: readonly string[], options: RunOptions = {}): Promise<Seen> {
	const { stdout, stderr, code } = await ns.command(argv, options);
	expect({ stderr, json: stdout.slice(0, 1) }).toEqual({ stderr: "", json: "{" });
	const diagnosis = JSON.parse(stdout) as Diagnosis;
	expect(code).toBe(diagnosis.ok ? 0 : 1);
	const find = (id: string): Finding => {
		const found = diagnosis.findings.find((one) => one.id === id);
		if (!found) throw new Error(`there is no finding ${id}`);
		return found;
	};
	const lacking = diagnosis.findings.filter(({ state }) => state !== "ok").map(({ id }) => id);
	return { ...diagnosis, code, find, lacking };
}

/** Inside a sandbox, which the shell prepares first. */
const inside = (ns: Ns, options: readonly string[], script = ""): string[] => [
	...[...ns.program, "run", ...options],
	...(script === "" ? line(ns) : ["sh", "-c", `${script}; exec ${quoted(line(ns))}`]),
];

everywhere("everything that ns run needs is there on this machine", async (ns) => {
	const { ok, code, findings, find, caller } = await seen(ns, line(ns));
	expect([ok, code]).toEqual([true, 0]);
	expect(caller).toEqual({ uid: ns.account.uid, gid: ns.account.gid, privileged: ns.who === "root" });
	expect(findings.filter(({ essential }) => essential).map(({ id }) => id)).toEqual([
		...["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"].map((kind) => `namespace.${kind}`),
		...["run", "proc"],
	]);
	for (const id of ["overlay", "strict", "seccomp", "notify", "pidfd", "setns", "memfd", "terminal", "read-only"])
		expect(find(id)).toMatchObject({ id, state: "ok" });
});

everywhere("the text has a mark and a title for each, and details only where something is to be said", async (ns) => {
	const env = { LC_ALL: "C.UTF-8" };
	const { stdout, code } = await ns.run(["doctor"], { env });
	expect(code).toBe(0);
	expect(stdout).toContain("\nnamespaces\n  ✓ user namespaces\n");
	expect(stdout).toEndWith(": everything that ns run needs is there\n");
	expect(stdout).not.toMatch(/\p{Cc}\[|tried/u);
	const ascii = await ns.run(["doctor", "--all"], { env: { LC_ALL: "C" } });
	expect(ascii.stdout).toMatch(/\n {2}ok user namespaces +they can be made\n +tried making a user namespace\n/);
	expect(ascii.stdout).not.toMatch(/[^\x20-\x7e\n]/);
	expect(await ns.run(["doctor", "now", "--jsn"])).toMatchObject({ code: 125, stdout: "" });
});

describe("a limit of 0", () => {
	for (const [kind, file] of [
		["net", "net"],
		["time", "time"],
		["cgroup", "cgroup"],
		["mount", "mnt"],
	] as const) {
		everywhere(`for ${kind} namespaces`, async (ns) => {
			const path = `/proc/sys/user/max_${file}_namespaces`;
			const { ok, find, findings } = await seen(ns, inside(ns, [], `echo 0 > ${path}`));
			expect(ok).toBe(false);
			const made = findings.filter(({ id }) => id.startsWith("namespace."));
			expect(made.filter(({ state }) => state === "missing").map(({ id }) => id)).toEqual([`namespace.${kind}`]);
			expect(find(`namespace.${kind}`).found).toContain("ENOSPC");
			expect(find(`namespace.${kind}`).remedy).toContain(`${path} is 0`);
			expect(find("userns.limits")).toMatchObject({ state: "missing", found: `${path} is 0` });
			expect(find("userns.limits").remedy).toContain(`sysctl user.max_${file}_namespaces=10000`);
			expect(find("run").state).toBe("missing");
		});
	}

	rows({ needs: ["setpriv"] })("for user namespaces, where there is no other right", async (ns) => {
		const script = "echo 0 > /proc/sys/user/max_user_namespaces";
		const without = quoted(["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all", ...line(ns)]);
		const argv = [...ns.program, "run", "sh", "-c", `${script}; exec ${without}`];
		const { ok, find, findings, caller } = await seen(ns, argv);
		expect([ok, caller.privileged]).toEqual([false, false]);
		const made = findings.filter(({ id }) => id.startsWith("namespace."));
		expect(made.map(({ state }) => state)).toEqual(made.map(() => "missing"));
		expect(find("namespace.user").remedy).toContain("/proc/sys/user/max_user_namespaces is 0");
		expect(find("userns.limits").remedy).toContain("user.max_user_namespaces=10000");
		expect(find("overlay")).toMatchObject({ state: "unknown" });
	});
});

everywhere("a covered place in /proc, as in a container", async (ns) => {
	const { ok, find } = await seen(ns, inside(ns, ["--mask", "/proc/uptime"]));
	expect(ok).toBe(false);
	expect(find("proc")).toMatchObject({ state: "missing", essential: true });
	expect(find("proc").remedy).toContain("parts of the present /proc are hidden (/proc/uptime)");
	expect(find("proc").remedy).toContain("systempaths=unconfined");
	expect(find("masks")).toMatchObject({ state: "limited", remedy: find("proc").remedy });
	expect(find("namespace.pid").state).toBe("ok");
});

everywhere("a /proc/sys that cannot be written to", async (ns) => {
	const { find } = await seen(ns, inside(ns, ["--readonly-path", "/proc/sys"]));
	expect(find("parameters")).toMatchObject({ state: "limited", found: "/proc/sys is mounted read-only" });
});

/** A profile that refuses these calls and no others. */
function profile(ns: Ns, names: readonly string[], error: number): string {
	const path = join(ns.folder, "profile.json");
	const refuse = { names, action: "SCMP_ACT_ERRNO", errnoRet: error };
	writeFileSync(path, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [refuse] }));
	return path;
}

describe("a filter of system calls around it", () => {
	for (const [name, error] of [
		["EPERM", 1],
		["ENOSYS", 38],
	] as const) {
		everywhere(`that answers ${name} to unshare`, async (ns) => {
			const options = ["--uts", "--seccomp", profile(ns, ["unshare"], error)];
			const { ok, find } = await seen(ns, inside(ns, options));
			expect(ok).toBe(false);
			expect(find("namespace.uts")).toMatchObject({ state: "missing" });
			expect(find("namespace.uts").found).toContain(`: ${name} (`);
			expect(find("namespace.uts").remedy).toContain("a seccomp filter is active here");
			expect(find("filter")).toMatchObject({ state: "limited" });
			expect(find("filter").found).toContain("refuses unshare");
			expect(find("filter").remedy).toContain("--security-opt seccomp=");
		});
	}

	everywhere("that has no Landlock and no new mounts", async (ns) => {
		const calls = ["landlock_create_ruleset", "fsopen", "clone3", "pidfd_open"];
		const { find } = await seen(ns, inside(ns, ["--uts", "--seccomp", profile(ns, calls, 38)]));
		expect(find("landlock")).toMatchObject({ state: "missing", found: "landlock_create_ruleset: ENOSYS" });
		for (const id of ["overlay", "dev", "clone3", "pidfd"]) {
			expect(find(id).found).toContain("ENOSYS");
			expect([id, find(id).remedy]).toEqual([id, expect.stringContaining("filter")]);
		}
		expect(find("filter").found).toContain("clone3");
		expect(find("filter").found).toContain("landlock_create_ruleset");
		expect(find("namespace.net").state).toBe("ok");
	});

	everywhere("that ends who makes the call", async (ns) => {
		const path = join(ns.folder, "profile.json");
		const refuse = { names: ["setns"], action: "SCMP_ACT_KILL_PROCESS" };
		writeFileSync(path, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [refuse] }));
		const { find } = await seen(ns, inside(ns, ["--uts", "--seccomp", path]));
		expect(find("setns")).toMatchObject({ state: "limited", found: "the process was ended by SIGSYS" });
		expect(find("setns").remedy).toContain("filter");
		expect(find("filter")).toMatchObject({ state: "limited" });
	});
});

rows({ who: "root" })("executable files in memory that are forbidden", async (ns) => {
	const { ok, find } = await seen(ns, inside(ns, [], "echo 2 > /proc/sys/vm/memfd_noexec"));
	expect(ok).toBe(true);
	expect(find("memfd")).toMatchObject({ state: "limited", found: "vm.memfd_noexec is 2" });
	expect(find("memfd").remedy).toContain("sysctl vm.memfd_noexec=1");
});

describe("the limits of processes and files", () => {
	rows({ needs: ["schedutils"] })("of open files", async (ns) => {
		const { ok, find } = await seen(ns, line(ns), { before: ["prlimit", "--nofile=120:120"] });
		expect(ok).toBe(true);
		expect(find("nofile")).toMatchObject({ state: "limited", found: "a process may have 120 open files" });
		expect(find("nofile").remedy).toContain("ulimit -n");
	});

	everywhere("of processes", async (ns) => {
		const { find } = await seen(ns, inside(ns, ["--rlimit", "nproc=60"]));
		expect(find("nproc")).toMatchObject({ state: "limited", found: "this user may have 60 processes" });
		expect(find("nproc").remedy).toContain("ulimit -u");
	});
});

everywhere("no tun device", async (ns) => {
	const { find } = await seen(ns, inside(ns, ["--mount", "--dev"]));
	expect(find("tun")).toMatchObject({ state: "limited" });
	expect(find("tun").found).toContain("ENOENT");
	expect(find("tun").remedy).toContain("modprobe tun");
});

everywhere("typing into terminals, as the kernel has it", async (ns) => {
	const path = "/proc/sys/dev/tty/legacy_tiocsti";
	const value = readFileSync(path, "utf8").trim();
	const outside = (await seen(ns, line(ns))).find("typing");
	expect(outside).toMatchObject({ state: value === "0" ? "ok" : "limited" });
	if (value !== "0") expect(outside.remedy).toContain("sysctl dev.tty.legacy_tiocsti=0");
	// A sandbox has a filter against it.
	const { find } = await seen(ns, inside(ns, ["--uts"]));
	expect(find("typing")).toMatchObject({ state: "ok", found: "the kernel refuses it" });
	expect(find("terminal").state).toBe("ok");
});

const ordinary = rows({ who: "ordinary" });

/** With another /etc/subuid. */
const withSubuid = (ns: Ns, text: string): string[] => {
	const path = join(ns.folder, "subuid");
	writeFileSync(path, text);
	return inside(ns, ["--map-current-user", "--mount", "--bind", `${path}:/etc/subuid`]);
};

ordinary("no line, too few ids, and a shared range in /etc/subuid", async (ns) => {
	const { uid } = ns.account;
	const none = (await seen(ns, withSubuid(ns, "somebody:100000:65536\n"))).find("subuid");
	expect(none).toMatchObject({ state: "missing" });
	expect(none.found).toStartWith("/etc/subuid has no line for ");
	expect(none.remedy).toStartWith("as root: usermod --add-subuids 165536-231071 ");
	const few = (await seen(ns, withSubuid(ns, `${uid}:100000:1000\n`))).find("subuid");
	expect(few).toMatchObject({ state: "limited" });
	expect(few.found).toContain("has 1000 ids for ");
	const shared = (await seen(ns, withSubuid(ns, `${uid}:100000:65536\nother:150000:65536\n`))).find("subuid");
	expect(shared).toMatchObject({ state: "limited" });
	expect(shared.found).toEndWith("to other as well");
});

ordinary("no newuidmap in PATH, and one that may gain nothing", async (ns) => {
	const { find } = await seen(ns, line(ns), { env: { PATH: "/nowhere" } });
	expect(find("newuidmap")).toMatchObject({ state: "missing", found: "newuidmap is not in PATH" });
	expect(find("newuidmap").remedy).toContain("uidmap");
	expect(find("pasta").state).toBe("limited");
	const plain = join(ns.directory("bin"), "newuidmap");
	writeFileSync(plain, "");
	chmodSync(plain, 0o755);
	const weak = (await seen(ns, line(ns), { env: { PATH: join(ns.folder, "bin") } })).find("newuidmap");
	expect(weak).toMatchObject({ state: "missing" });
	expect(weak.remedy).toContain(`chmod u+s ${plain}`);
});

rows({ who: "ordinary", needs: ["setpriv"] })("no_new_privs, which keeps newuidmap from its work", async (ns) => {
	const path = Bun.which("newuidmap", { PATH: "/usr/bin:/bin" });
	const { find } = await seen(ns, ["setpriv", "--no-new-privs", ...line(ns)]);
	expect(find("no-new-privileges")).toMatchObject({ state: "limited", found: "no_new_privs is set" });
	if (path === null) return;
	expect(find("newuidmap")).toMatchObject({ state: "missing" });
	expect(find("newuidmap").found).toContain("no_new_privs");
});

ordinary("a runtime directory that is not there, or belongs to another", async (ns) => {
	const at = async (path: string | undefined) =>
		(await seen(ns, line(ns), { env: { XDG_RUNTIME_DIR: path } })).find("runtime");
	expect(await at(undefined)).toMatchObject({
		state: "ok",
		found: expect.stringMatching(
			/^(XDG_RUNTIME_DIR is not set, so \/tmp\/nskit-\d+ is used|\/run\/user\/\d+\/nskit can be used)$/,
		),
	});
	expect(await at("/etc")).toMatchObject({
		state: "missing",
		found: expect.stringContaining("/etc belongs to user 0"),
	});
	expect((await at("/etc")).remedy).toContain("chown");
	expect(await at("run")).toMatchObject({ state: "missing" });
	const own = ns.directory("run");
	chmodSync(own, 0o777);
	expect(await at(own)).toMatchObject({ state: "missing", found: `others may write to ${own}` });
	chmodSync(own, 0o700);
	expect(await at(own)).toMatchObject({ state: "ok" });
});

const compiled = rows({ how: "dist" });

/** A root of its own, in which there is only what a program needs, and not where control groups are. */
const bare = (...options: string[]): string[] => {
	const { dist } = checkout();
	const links = ["bin", "lib", "lib64"].flatMap((name) => ["--symlink", `usr/${name}:/${name}`]);
	return ["--root", "tmpfs", "--ro-bind", "/usr", ...links, "--ro-bind", dist, "--dev", ...options];
};

compiled("no control groups, and no files of users", async (ns) => {
	const { ok, find } = await seen(ns, inside(ns, bare()));
	expect(ok).toBe(true);
	expect(find("cgroups")).toMatchObject({ state: "missing", found: "no control groups are mounted" });
	expect(find("cgroups").remedy).toContain("mount -t cgroup2");
	expect(find("delegation").state).toBe("unknown");
	expect(find("controllers").state).toBe("unknown");
});

compiled("a /proc of processes alone", async (ns) => {
	const { find } = await seen(ns, inside(ns, bare("--proc=subset=pid")));
	expect(find("userns.limits")).toMatchObject({ state: "unknown" });
	expect(find("userns.limits").found).toContain("cannot be read");
	expect(find("namespace.net").state).toBe("ok");
});

// For everybody else it refuses to run: rights.test.ts.
rows({ how: "dist", who: "root" })("a set-user-ID bit on ns itself", async (ns) => {
	const path = join(ns.directory("bin"), "ns");
	copyFileSync(checkout().dist, path);
	chmodSync(path, 0o4755);
	const { find } = await seen(ns, [path, "doctor", "--json"]);
	expect(find("program")).toMatchObject({ state: "limited" });
	expect(find("program").remedy).toBe(`as root: chmod ug-s ${path}`);
});

library("the library tells the same, and leaves nothing behind", async () => {
	const { version, ok, findings } = await doctor();
	expect([version, ok]).toEqual([1, true]);
	expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
	for (const { state, lost } of findings) if (state === "missing" || state === "limited") expect(lost).toBeString();
});
