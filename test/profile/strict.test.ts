import { describe, expect, test } from "bun:test";
import { compose } from "../../src/plan/plan.ts";
import type { Host } from "../../src/plan/types.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";
import { shownDirectory, strictProfile } from "../../src/profile/strict.ts";

const facts = { kernel: 618, uid: 1000, gid: 100, home: "/home/user" };
const targets = (home: string | undefined): string[] => {
	const { mount } = strictProfile({ ...facts, home });
	return typeof mount === "object" ? (mount.mounts ?? []).map(({ target }) => target) : [];
};

describe("`strictProfile`", () => {
	test("makes all eight namespaces and takes all capabilities away", () => {
		const { user, mount, pid, net, ipc, uts, cgroup, time, capabilities, seccomp } = strictProfile(facts);
		for (const kind of [user, mount, pid, net, ipc, uts, cgroup, time]) expect(kind).toBeTruthy();
		expect(capabilities).toEqual({ drop: "all", noNewPrivileges: true, disableUserNamespaces: true });
		expect(seccomp).toEqual({ profile: "default", denySetId: true });
	});

	test("shows an empty home, where that hides nothing", () => {
		expect(targets("/home/user")).toContain("/home/user");
		for (const home of [
			undefined,
			"",
			"/",
			"/usr/home",
			"/tmp",
			"/dev/shm",
			"/etc",
			"relative",
			"/a/../b",
			"/a\nb",
			"/a:b",
		]) {
			expect(targets(home).filter((target) => target === home && target !== "/tmp")).toEqual([]);
			expect(targets(home)).toHaveLength(targets("/home/user").length - 1);
		}
	});

	test("shows a home below /tmp, over the empty /tmp", () => {
		expect(targets("/tmp/home").slice(-2)).toEqual(["/tmp", "/tmp/home"]);
	});

	test("leaves nothing in memory without a bound", () => {
		const { mount } = strictProfile(facts);
		if (typeof mount !== "object" || typeof mount.root !== "object") throw new Error("there is a root of its own");
		expect(mount.root.size).toBe("16M");
		const inMemory = (mount.mounts ?? []).filter(({ type }) => type === "tmpfs" || type === "dev");
		expect(inMemory.map(({ target }) => target)).toEqual(["/dev", "/tmp", "/home/user"]);
		for (const rule of inMemory) expect("size" in rule && rule.size).toBe("10%");
	});

	test("is planned without Landlock where the kernel has none, and that is told", () => {
		const host: Host = {
			...{ platform: "linux", arch: "x64", kernel: 510, kernelRelease: "5.10.0", privileged: false },
			...{ pid: 100, parent: 99, uid: 1000, gid: 100 },
		};
		const planned = (landlock: number) =>
			compose(fragmentsOf(strictProfile({ ...facts, kernel: 614 })), {
				host: { ...host, kernel: 614, landlock },
				command: { argv: ["true"], env: [], cwd: "/" },
			});
		const domains = (landlock: number) =>
			planned(landlock).steps.filter(({ module }) => module === "landlock").length > 0;
		expect([domains(-38), domains(3), domains(7)]).toEqual([false, true, true]);
		expect(planned(7).reduced ?? []).toEqual([]);
		expect(planned(-38).reduced?.join(" ")).toMatch(/Landlock/);
		expect(planned(3).reduced?.join(" ")).toMatch(/scope|signal/);
	});

	test("names the command's own user in /etc/passwd", () => {
		const passwd = (more: object) => {
			const { mount } = strictProfile({ ...facts, ...more });
			const rules = typeof mount === "object" ? (mount.mounts ?? []) : [];
			return rules.flatMap((rule) => (rule.type === "file" && rule.target === "/etc/passwd" ? rule.content : []))[0];
		};
		expect(passwd({})).toBe("user:x:1000:100::/home/user:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n");
		expect(passwd({ uid: 0, gid: 0, home: "/" })).toStartWith("root:x:0:0::/:/bin/sh\n");
		expect(passwd({ uid: 65534 })).toBe("user:x:65534:100::/home/user:/bin/sh\n");
	});

	test("has a terminal of its own where the caller has one", () => {
		expect(strictProfile({ ...facts, terminal: true }).terminal).toEqual({ session: "pty" });
		expect(strictProfile(facts).terminal).toEqual({ session: "new" });
	});

	test("limits process ids where the kernel has that for each namespace", () => {
		expect(strictProfile(facts).pid).toEqual({ max: 1024 });
		expect(strictProfile({ ...facts, kernel: 613 }).pid).toBe(true);
	});
});

test("files of /proc that tell of the machine are hidden, from its root also those that nobody else may read", () => {
	const masks = (uid: number) => {
		const { mount } = strictProfile({ ...facts, uid });
		const rules = typeof mount === "object" ? (mount.mounts ?? []) : [];
		return rules.flatMap((rule) => (rule.type === "mask" ? rule.target.slice("/proc/".length) : []));
	};
	for (const name of ["keys", "interrupts"]) for (const uid of [0, 1000]) expect(masks(uid)).toContain(name);
	for (const name of ["kcore", "kpagecgroup", "kpagecount", "kpageflags", "slabinfo"]) {
		expect(masks(0)).toContain(name);
		expect(masks(1000)).not.toContain(name);
	}
});

describe("`shownDirectory`", () => {
	const home = "/home/user";

	test("is read-only, without devices and set-user-ID, and may come to nothing", () => {
		expect(shownDirectory("/srv/project", [home])).toEqual([
			{
				...{ type: "bind", source: "/srv/project", target: "/srv/project" },
				readOnly: true,
				noSuid: true,
				noDev: true,
				optional: true,
			},
		]);
	});

	test("is what somebody works in, and no home, nothing above one, nothing of the machine's", () => {
		for (const cwd of [
			"/home/user/project",
			"/tmp/project",
			"/work",
			"/var/www/site",
			"/rootfs",
			"/homes",
			"/etcetera",
		])
			expect([cwd, shownDirectory(cwd, [home]).length]).toEqual([cwd, 1]);
		for (const cwd of [
			...["/", "/home", "/home/user", "/home/other", "/root", "/tmp", "/var", "/var/log", "/boot", "/boot/efi"],
			...["/etc", "/etc/ssl", "/usr", "/usr/local/src", "/proc/1", "/sys", "/dev/shm", "/run/user/1000", "/lib64"],
		])
			expect([cwd, shownDirectory(cwd, [home])]).toEqual([cwd, []]);
		for (const homes of [[], ["/link", "/srv/me"], ["/srv/me/"], ["/srv/me"]])
			for (const cwd of ["/srv/me", "/srv"]) expect(shownDirectory(cwd, homes)).toEqual([]);
	});
});
