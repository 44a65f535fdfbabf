import { describe, expect, test } from "bun:test";
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

test("the files of /proc that only root of the machine may read are hidden", () => {
	for (const name of ["kcore", "keys", "kpagecgroup", "kpagecount", "kpageflags", "slabinfo", "interrupts"])
		expect(targets("/home/user")).toContain(`/proc/${name}`);
});

test("`shownDirectory` shows no home, by none of its names, and nothing above one", () => {
	const shown = (cwd: string, ...homes: string[]) => shownDirectory(cwd, homes).map(({ target }) => target);
	const homes = ["/home/user", "/var/home/user"];
	for (const cwd of ["/", "/home", "/home/other", "/root", "/tmp", "/usr/src", "/etc", "/var", ...homes, "/var/home"])
		expect([cwd, shown(cwd, ...homes)]).toEqual([cwd, []]);
	for (const cwd of ["/home/user/work", "/var/home/user/work", "/srv/work", "/tmp/work"])
		expect(shown(cwd, ...homes)).toEqual([cwd]);
	expect(shown("/srv/work", "/srv/work/")).toEqual([]);
	expect(shown("/srv/work")).toEqual([]);
});
