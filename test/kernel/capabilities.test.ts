import { describe, expect } from "bun:test";
import { capabilities, hostFacts, ipc, pid, sandbox, user, uts } from "nskit";
import { capabilityNames } from "../../src/linux/capabilities.ts";
import { hasBit } from "../../src/linux/mask.ts";
import { everywhere, library, type Ns, rows, until } from "./harness.ts";
import { textOf } from "./outside.ts";

const names = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] as const;
const show = ["cat", "/proc/self/status"];
const noNames: readonly string[] = [];
const none = { CapInh: noNames, CapPrm: noNames, CapEff: noNames, CapBnd: noNames, CapAmb: noNames };

/** The five sets by the names of what is in them, and whether privileges can be gained. */
function setsIn(status: string) {
	const of = (field: string): string => new RegExp(`^${field}:\\t(\\w+)$`, "m").exec(status)?.[1] ?? "";
	const sets: Record<string, readonly string[]> = {};
	for (const name of names) sets[name] = capabilityNames.filter((_, number) => hasBit(of(name), number));
	return { ...sets, uid: /^Uid:\t(\d+)/m.exec(status)?.[1], noNew: of("NoNewPrivs") };
}
const sets = async (ns: Ns, ...args: string[]) => setsIn(await ns.output(["run", ...args, ...show]));
const but = (...dropped: string[]): string[] => capabilityNames.filter((name) => !dropped.includes(name));

const all = ["--user", "--map-users", "0:0:70000", "--map-groups", "0:0:70000", "--setgroups", "allow"];

everywhere("a plain run has what root of a new user namespace has, and inherits nothing", async (ns) => {
	const full = { CapInh: [], CapAmb: [], CapPrm: but(), CapEff: but(), CapBnd: but(), noNew: "0" };
	expect(await sets(ns, "--user")).toMatchObject(full);
	expect(await ns.output(["run", "sh", "-c", "hostname box; hostname"])).toBe("box\n");
});

everywhere("--cap-drop ALL leaves all five sets empty, whatever the sandbox is", async (ns) => {
	const empty = { ...none, noNew: "1" };
	for (const shape of [[], ["--user"], ["--user", "--uts"], ["--user", "--pid", "--no-init"], ["--map", "self"]])
		expect(await sets(ns, ...shape, "--cap-drop", "ALL")).toMatchObject(empty);
	expect(await sets(ns, "--user", "--cap-drop", "all", "--new-privs")).toMatchObject({ ...empty, noNew: "0" });
	expect(await sets(ns, "--new-session", "--cap-drop", "ALL", "--keep-caps")).toMatchObject(empty);
	const { code, stderr } = await ns.run(["run", "--cap-drop", "ALL", "hostname", "box"]);
	expect(code).not.toBe(0);
	expect(stderr).toContain("you must be root");
});

everywhere("what is dropped by name is refused, and nothing else is", async (ns) => {
	const raw = "use Socket; socket(my $s, AF_INET, SOCK_RAW, 1) or die; print 'raw'";
	const inNet = (...args: string[]) => ns.run(["run", "--net", ...args, "perl", "-e", raw]);
	expect(await inNet()).toMatchObject({ code: 0, stdout: "raw" });
	expect(await inNet("--cap-drop", "sys_admin,cap_kill", "--cap-drop", "ALL", "--cap-add", "Net_Raw")).toMatchObject({
		...{ code: 0, stdout: "raw" },
	});
	expect(await inNet("--cap-drop", "NET_RAW")).toMatchObject({ code: 1, stdout: "" });

	const mount = ["sh", "-c", "mount -t tmpfs none /mnt 2>&1 || echo refused"];
	expect(await ns.output(["run", "--mount", "--user", "--cap-drop", "NET_RAW", ...mount])).toBe("");
	expect(await ns.output(["run", "--mount", "--user", "--cap-drop", "SYS_ADMIN", ...mount])).toContain("refused");
	expect(await sets(ns, "--user", "--cap-drop", "SYS_ADMIN,NET_RAW", "--cap-add", "net_raw")).toMatchObject({
		...{ CapInh: [], CapAmb: [], noNew: "1" },
		...{ CapPrm: but("CAP_SYS_ADMIN"), CapEff: but("CAP_SYS_ADMIN"), CapBnd: but("CAP_SYS_ADMIN") },
	});
});

everywhere("--keep-caps gives another user inside what was asked for, through the ambient set", async (ns) => {
	const self = ["--user", "--uts", "--map", ns.who === "root" ? "1000" : "self"];
	const hostname = ["sh", "-c", "hostname box && hostname"];
	expect((await ns.run(["run", ...self, ...hostname])).code).not.toBe(0);
	expect(await ns.output(["run", ...self, "--keep-caps", ...hostname])).toBe("box\n");
	const kept = ["CAP_KILL", "CAP_BPF"];
	const asked = ["--keep-caps", "--cap-drop", "ALL", "--cap-add", "kill,bpf"];
	expect(await sets(ns, ...self, ...asked)).toMatchObject({
		...{ CapInh: kept, CapPrm: kept, CapEff: kept, CapBnd: kept, CapAmb: kept, noNew: "1" },
	});
	// User 0 needs no ambient set.
	expect(await sets(ns, "--user", ...asked)).toMatchObject({ CapInh: [], CapAmb: [], CapEff: kept });
});

rows({ who: "root" })("capabilities are kept over a change of user, with and without a user namespace", async (ns) => {
	const kept = ["CAP_NET_BIND_SERVICE"];
	const asked = ["--setuid", "1000", "--setgid", "1000", "--cap-drop", "ALL", "--cap-add", "net_bind_service"];
	for (const shape of [["--uts"], ["--pid", "--mount"], [...all, "--pid"]]) {
		expect(await sets(ns, ...shape, ...asked)).toMatchObject({ ...none, CapBnd: kept, uid: "1000" });
		const all = { CapInh: kept, CapPrm: kept, CapEff: kept, CapBnd: kept, CapAmb: kept, uid: "1000" };
		expect(await sets(ns, ...shape, ...asked, "--keep-caps")).toMatchObject(all);
	}
});

rows({ who: "root" })(
	"without a user namespace the caller's own are dropped, and no others can be added",
	async (ns) => {
		expect(await sets(ns, "--uts", "--cap-drop", "ALL")).toMatchObject({ ...none, noNew: "1", uid: "0" });
		const before = ["setpriv", "--bounding-set=-chown"];
		const status = await ns.output(["run", "--uts", "--cap-drop", "KILL", ...show], { before });
		const had = setsIn(textOf("/proc/self/status") ?? "") as unknown as typeof none;
		const left = had.CapEff.filter((name) => !["CAP_CHOWN", "CAP_KILL"].includes(name));
		expect(setsIn(status)).toMatchObject({ CapInh: [], CapPrm: left, CapEff: left, CapBnd: left, CapAmb: [] });
		const refused = await ns.run(["run", "--uts", "--cap-add", "chown", "true"], { before });
		expect(refused).toMatchObject({ code: 125, stdout: "" });
		expect(refused.stderr).toBe(
			"ns: the caller does not have CAP_CHOWN to give\n" +
				"hint: add --user, or user(): root of a new user namespace has all capabilities over what it makes\n",
		);
		const powerless = await ns.run(["run", "--uts", "--cap-drop", "KILL", "true"], {
			before: ["setpriv", "--bounding-set=-setpcap"],
		});
		expect(powerless).toMatchObject({ code: 125, stdout: "" });
		expect(powerless.stderr).toStartWith("ns: to drop capabilities from the bounding set takes CAP_SETPCAP,");
	},
);

rows({ who: "root" })("what the caller has in its inheritable and ambient sets is not handed on", async (ns) => {
	const before = ["setpriv", "--inh-caps=+net_raw", "--ambient-caps=+net_raw"];
	expect(setsIn(await ns.command(show, { before }).then(({ stdout }) => stdout))).toMatchObject({
		...{ CapInh: ["CAP_NET_RAW"], CapAmb: ["CAP_NET_RAW"] },
	});
	for (const shape of [
		["--uts"],
		["--pid", "--mount"],
		["--user"],
		[],
		["--uts", "--setuid", "7"],
		["--uts", "--no-new-privs"],
	]) {
		const status = await ns.output(["run", ...shape, ...show], { before });
		expect([shape, setsIn(status)]).toMatchObject([shape, { CapInh: [], CapAmb: [] }]);
	}
});

/** A copy of a program that belongs to root and has the set-user-ID bit, at a place that everybody can reach. */
function setUserId(ns: Ns, program: string): string {
	const path = `${ns.folder}/${program}`;
	const script = `chmod 755 "$1" && cp "$(command -v ${program})" "$2" && chmod 4755 "$2"`;
	expect(Bun.spawnSync(["sh", "-c", script, "sh", ns.folder, path]).exitCode).toBe(0);
	return path;
}

rows({ who: "root" })(
	"set-user-ID programs of root gain no capabilities, and with no_new_privs no user",
	async (ns) => {
		const status = [setUserId(ns, "cat"), "/proc/self/status"];
		const asked = [...all, "--setuid", "1000", "--setgid", "1000"];
		const gains = setsIn(
			await ns.output(["run", ...asked, "sh", "-c", "head -9 /proc/self/status; exec $0 $1", ...status]),
		);
		expect(gains).toMatchObject({ uid: "1000", noNew: "0" });
		const effective = async (...more: string[]) => {
			const text = await ns.output(["run", ...asked, ...more, ...status]);
			return { ...setsIn(text), effectiveUser: /^Uid:\t\d+\t(\d+)/m.exec(text)?.[1] };
		};
		expect(await effective()).toMatchObject({ effectiveUser: "0", CapEff: but() });
		expect(await effective("--no-new-privs")).toMatchObject({ effectiveUser: "1000", CapEff: [], noNew: "1" });
		expect(await effective("--cap-drop", "ALL")).toMatchObject({ ...none, effectiveUser: "1000", noNew: "1" });
		expect(await effective("--cap-drop", "ALL", "--new-privs")).toMatchObject({
			...none,
			effectiveUser: "0",
			noNew: "0",
		});
		expect(await effective("--cap-drop", "KILL", "--new-privs")).toMatchObject({ CapEff: but("CAP_KILL"), noNew: "0" });
	},
);

rows({ needs: ["setpriv"] })("securebits are set, locked, and stay so", async (ns) => {
	const dump = async (...args: string[]) => {
		const text = await ns.output(["run", "--user", ...args, "setpriv", "--dump"]);
		return /^Securebits: (.*)$/m.exec(text)?.[1];
	};
	const bits = ["noroot", "no-setuid-fixup", "keep-caps", "no-cap-ambient-raise"];
	expect(await dump()).toBe("[none]");
	expect(await dump("--securebits", "noroot")).toBe("noroot,noroot_locked");
	// setpriv(1) has no names for the last two.
	const everything = "noroot,noroot_locked,no_setuid_fixup,no_setuid_fixup_locked,keep_caps_locked,0xc0";
	expect(await dump("--securebits", bits.join(","), "--cap-drop", "ALL")).toBe(everything);
	// Root is nobody special any more, but what is kept on purpose stays.
	expect(await sets(ns, "--user", "--securebits", "noroot")).toMatchObject({ ...none, CapBnd: but(), uid: "0" });
	const kept = { CapInh: ["CAP_SETPCAP"], CapEff: ["CAP_SETPCAP"], CapAmb: ["CAP_SETPCAP"], uid: "0" };
	const keep = ["--user", "--securebits", bits.join(","), "--keep-caps", "--cap-drop", "ALL", "--cap-add", "setpcap"];
	expect(await sets(ns, ...keep)).toMatchObject(kept);
	const locked = ["--user", "--securebits", "noroot", "--keep-caps"];
	expect(await ns.output(["run", ...locked, "setpriv", "--securebits=+no_setuid_fixup", "echo", "set"])).toBe("set\n");
	for (const change of ["-noroot", "-noroot_locked"]) {
		const clear = await ns.run(["run", ...locked, "setpriv", `--securebits=${change}`, "true"]);
		expect(clear.code).not.toBe(0);
		expect(clear.stderr).toContain("Operation not permitted");
	}
});

describe("--disable-userns", () => {
	const limit = "/proc/sys/user/max_user_namespaces";
	/** Every way from inside: none may work, and the rest of the sandbox does. */
	const attempts = [
		"unshare --user true",
		"unshare --user --map-root-user true",
		`echo 9 >${limit}`,
		`cat ${limit}`,
		"unshare --uts true && echo uts",
	].join("; ");

	everywhere("lets root inside make none, nor allow any again", async (ns) => {
		const outside = textOf(limit);
		for (const shape of [["--user"], [], ["--pid", "--mount"].concat(ns.who === "root" ? ["--user"] : [])]) {
			const { stdout } = await ns.run(["run", ...shape, "--disable-userns", "sh", "-c", `exec 2>&1; ${attempts}`]);
			const denied = `sh: 1: cannot create ${limit}: Permission denied\n`;
			expect(stdout).toBe(`${"unshare: unshare failed: No space left on device\n".repeat(2)}${denied}0\nuts\n`);
		}
		expect(await sets(ns, "--user", "--disable-userns")).toMatchObject({ CapEff: but("CAP_SYS_RESOURCE"), noNew: "0" });
		expect(textOf(limit)).toBe(outside);
		expect(await ns.output(["run", "--user", "unshare", "--user", "echo", "made"])).toBe("made\n");
	});

	rows({ who: "root" })("lets another user make none, not even by set-user-ID programs of root", async (ns) => {
		const made = [setUserId(ns, "unshare"), setUserId(ns, "tee"), setUserId(ns, "cat")];
		const shape = [...all, "--setuid", "1000", "--setgid", "1000", "--disable-userns"];
		const [unshare, tee, cat] = made;
		const status = setsIn(await ns.output(["run", ...shape, `${cat}`, "/proc/self/status"]));
		expect(status).toMatchObject({ CapEff: but("CAP_SYS_RESOURCE"), noNew: "0" });
		const plain = await ns.run(["run", ...shape, "sh", "-c", `exec 2>&1; ${attempts}`]);
		expect(plain.stdout).toStartWith("unshare: unshare failed: No space left on device\n");
		expect(await ns.run(["run", ...shape, `${unshare}`, "--user", "true"])).toMatchObject({ code: 1, stdout: "" });
		const raised = await ns.run(["run", ...shape, `${tee}`, limit], { stdin: "9\n" });
		expect(raised.stderr).toContain("Permission denied");
	});

	everywhere("is refused where it would be the whole machine's", async (ns) => {
		const shape = ns.who === "root" ? ["--uts"] : ["--join", "user:1"];
		const { code, stderr } = await ns.run(["run", ...shape, "--disable-userns", "true"]);
		expect(code).toBe(125);
		expect(stderr).toContain("without a new user namespace, user namespaces would be forbidden for everybody");
	});
});

everywhere("names that are none are all said, with what may be meant, and nothing is done", async (ns) => {
	const file = `${ns.folder}/was-run`;
	const args = ["--cap-drop", "NETRAW,kill", "--cap-add", "xyz", "--securebits", "nooroot", "touch", file];
	for (const command of ["run", "plan"]) {
		const { code, stdout, stderr } = await ns.run([command, ...args]);
		expect([code, stdout]).toEqual([125, ""]);
		expect(stderr).toBe(
			'ns: there is no capability "NETRAW"\nhint: did you mean NET_RAW?\n' +
				'ns: there is no capability "xyz"\nhint: capabilities(7) lists them, such as NET_RAW; all of them are ALL\n' +
				'ns: there is no securebit "nooroot"\nhint: did you mean noroot?\n',
		);
	}
	expect(await Bun.file(file).exists()).toBe(false);
});

everywhere("`ns plan` shows the sets by name", async (ns) => {
	const text = await ns.output(["plan", "--user", "--cap-drop", "sys_admin", "true"]);
	expect(text).toContain("      prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0)\n");
	expect(text).toContain("{effective=all but CAP_SYS_ADMIN, permitted=all but CAP_SYS_ADMIN, inheritable=0})\n");
	expect(text).toContain("      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)\n");
});

everywhere(
	"the init of the sandbox, which keeps its capabilities, is out of reach of a command without",
	async (ns) => {
		const script =
			"grep CapEff /proc/1/status; cat /proc/1/environ; readlink /proc/1/exe; nsenter -t 1 -U true; kill -9 1";
		for (const more of [["--cap-drop", "ALL"], ["--disable-userns"]]) {
			const args = ["run", "--user", "--pid", "--mount", ...more, "sh", "-c", `${script}; echo end`];
			const { stdout, stderr } = await ns.run(args);
			expect(stdout).toMatch(/^CapEff:\t\w+\nend\n$/);
			expect(stderr).toContain("Permission denied");
			expect(stderr).toContain("nsenter");
		}
	},
);

everywhere(
	"capabilities are dropped on a terminal of its own, in a joined namespace, and for every server",
	async (ns) => {
		const empty = { ...none, noNew: "1" };
		expect(
			setsIn((await ns.output(["run", "--pty", "--cap-drop", "ALL", ...show])).replaceAll("\r", "")),
		).toMatchObject(empty);
		expect(setsIn(await ns.output(["run", "--again=1", "--cap-drop", "ALL", ...show]))).toMatchObject(empty);
		const target = ns.startNs(["run", "--user", "--uts", "sleep", "1000"]);
		await until("the namespace", () => textOf(`/proc/${target.pid}/comm`) === "sleep\n");
		const joined = ["--join", `user:${target.pid}`, "--join", `uts:${target.pid}`];
		expect(await sets(ns, ...joined, "--cap-drop", "ALL")).toMatchObject(empty);
		expect(await sets(ns, ...joined)).toMatchObject({ CapInh: [], CapAmb: [], CapEff: but() });
	},
);

library("the facts of the host are those of /proc", () => {
	const field = (name: string) => new RegExp(`^${name}:\\t(\\w+)$`, "m").exec(textOf("/proc/self/status") ?? "")?.[1];
	expect(hostFacts().capabilities).toEqual({
		last: Number(textOf("/proc/sys/kernel/cap_last_cap")),
		effective: field("CapEff") ?? "",
		permitted: field("CapPrm") ?? "",
		inheritable: field("CapInh") ?? "",
		bounding: field("CapBnd") ?? "",
		ambient: field("CapAmb") ?? "",
		secureBits: 0,
	});
});

library("the library drops them in every way to start a command", async () => {
	const before = textOf("/proc/self/status")?.match(/^Cap.*$/gm);
	const dropped = capabilities({ drop: "all", add: ["KILL"] });
	for (const box of [sandbox(user(), uts(), dropped), sandbox(user(), pid(), ipc(), dropped)]) {
		const kept = {
			CapInh: [],
			CapPrm: ["CAP_KILL"],
			CapEff: ["CAP_KILL"],
			CapBnd: ["CAP_KILL"],
			CapAmb: [],
			noNew: "1",
		};
		const { stdout } = box.spawnSync(show, { stdout: "pipe" });
		expect(setsIn(stdout?.toString() ?? "")).toMatchObject(kept);
		const child = await box.spawn(show, { stdout: "pipe" });
		expect(setsIn(await child.stdout.text())).toMatchObject(kept);
		expect(await child.exited).toBe(0);
	}
	expect(textOf("/proc/self/status")?.match(/^Cap.*$/gm)).toEqual(before);
	expect(textOf("/proc/self/status")).toContain("NoNewPrivs:\t0");
});
