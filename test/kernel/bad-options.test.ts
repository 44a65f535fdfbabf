import { expect } from "bun:test";
import { everywhere, type Ns, rows } from "./harness.ts";

/** What is asked for, and the words that the answer must hold. */
type Case = readonly [args: readonly string[], ...words: readonly string[]];

/** Every case fails as ns itself does, says why on standard error alone, and runs nothing. */
async function refused(ns: Ns, cases: readonly Case[]): Promise<void> {
	for (const [args, ...words] of cases) {
		const { code, stdout, stderr } = await ns.run([...args, "touch", "was-run"]);
		expect([args, code, stdout]).toEqual([args, 125, ""]);
		expect(stderr).toStartWith("ns: ");
		expect(stderr).not.toContain("this is a bug");
		for (const word of words) expect([args, stderr]).toEqual([args, expect.stringContaining(word)]);
	}
	expect(await Bun.file(`${ns.folder}/was-run`).exists()).toBe(false);
}

everywhere("unknown and mistyped options are refused with a suggestion", (ns) =>
	refused(ns, [
		[["run", "--hostnam", "x"], "unknown option --hostnam", "did you mean --hostname?"],
		[["run", "--frobnicate"], "unknown option --frobnicate"],
		[["run", "-z"], "unknown option -z"],
		[["run", "-uz"], "unknown option -z"],
		[["run", "--no-hostname"], "unknown option --no-hostname"],
		[["run", "--uts=yes"], '--uts takes no value, but "yes" was given'],
		[["run", "--hostname", "a", "--hostname", "b"], "--hostname was given more than once"],
		[["run", "--propagation", "frob"], "--propagation frob is none of private, slave, shared, unchanged"],
		[["run", "--setgroups", "maybe"], "--setgroups maybe is none of allow, deny"],
		[["run", "--uts", "--no-init"], "would change the caller's own pid namespace", "add --pid"],
		[["run", "--uts", "--no-loopback"], "would change the caller's own net namespace", "add --net"],
		[["run", "--net", "--hostname", "x"], "would change the caller's own uts namespace", "add --uts"],
		[["run", "--uts", "--root", "/"], "would change the caller's own mount namespace", "add --mount"],
		[["plan", "--runs", "3"], "unknown option --runs"],
	]),
);

everywhere("all mistakes are said at once", (ns) =>
	refused(ns, [
		[["run", "--frob", "--hostname", "", "--boottime", "soon"], "unknown option --frob", "is empty", "no span of time"],
		[["run", "--map-users", "0:0:0", "--map-groups", "0:4294967296:1"], "0:0:0 has no ids", "4294967296:1 goes beyond"],
	]),
);

everywhere("options without what belongs to them are refused", async (ns) => {
	for (const [args, word] of [
		[["run", "--hostname"], "--hostname needs a value"],
		[["run", "--bind"], "--bind needs a value"],
		[["rum"], "did you mean ns run?"],
		[["--hlep"], "unknown option --hlep\nhint: did you mean ns --help?"],
		[["version"], "did you mean ns --version?"],
		[["lsn"], "did you mean ns lsns?"],
		[["list", "--type", "nett"], "did you mean net?"],
		[["tree", "--by", "ownr"], "did you mean owner?"],
		[["frobnicate"], 'there is no command "frobnicate"'],
		[["run", ""], "there is no command to run"],
		[["bench", "--runs", "0"], "--runs 0 is no number from 1 to 100000"],
		[["bench", "word"], "word"],
	] as const) {
		const { code, stdout, stderr } = await ns.run(args);
		expect([args, code, stdout, stderr]).toEqual([args, 125, "", expect.stringContaining(word)]);
	}
});

everywhere("host names that no host can have are refused", (ns) =>
	refused(ns, [
		[["run", "--hostname", "x".repeat(65)], "the hostname has 65 bytes", "1 to 64 bytes"],
		[["run", "--domainname", "ž".repeat(33)], "the domainname has 66 bytes"],
		[["run", "--hostname", ""], "the hostname is empty"],
	]),
);

everywhere("a host name of 64 bytes is taken", async (ns) => {
	expect(await ns.output(["run", "--hostname", "x".repeat(64), "hostname"])).toBe(`${"x".repeat(64)}\n`);
});

everywhere("maps that the kernel would not take are refused by the line", (ns) =>
	refused(ns, [
		[["run", "--map-users", "0:0:4294967296"], "0:0:4294967296 goes beyond the last id"],
		[["run", "--map-users", "4294967296:0:1"], "4294967296:0:1 goes beyond the last id"],
		[["run", "--map-users", "0:4294967295:1"], "0:4294967295:1 goes beyond the last id"],
		[["run", "--map-groups", "0:0:0"], "the group range 0:0:0 has no ids"],
		[["run", "--map-users", "0:0:2", "--map-users", "1:5:1"], "0:0:2 and 1:5:1 overlap inside"],
		[["run", "--map-users", "0:0:2", "--map-users", "5:1:1"], "0:0:2 and 5:1:1 overlap outside"],
		[["run", "--map-users", "a:b:c"], '"a:b:c" is not INSIDE:OUTSIDE:SIZE'],
		[["run", "--map-users", "-1:0:1"], '"-1:0:1" is not INSIDE:OUTSIDE:SIZE'],
		[["run", "--map-users", "1:2"], '"1:2" is not INSIDE:OUTSIDE:SIZE'],
		[["run", "--map", "0x1"], "--map 0x1 is none of root, self, none, auto, subids, all, extern, USER, USER:GROUP"],
		[["run", "--map", "frob"], 'there is no user called "frob"'],
		[["run", "--map", "4294967295"], "goes beyond the last id"],
		[
			["run", ...Array.from({ length: 341 }, (_, i) => ["--map-users", `${i}:${2 * i}:1`]).flat()],
			"at most 340 ranges, this one has 341",
		],
	]),
);

// An ordinary user has a user namespace of its own then.
rows({ who: "root" })("a map without a user namespace is refused", (ns) =>
	refused(ns, [[["run", "--uts", "--map", "root"], "would change the caller's own user namespace", "add --user"]]),
);

rows({ who: "root" })(
	"a map of 340 lines is taken, one that is too long for the kernel in bytes is refused",
	async (ns) => {
		const lines = (from: number) => Array.from({ length: 340 }, (_, i) => `${i}:${from + 2 * i}:1`);
		const options = (from: number) => [
			...lines(from).flatMap((line) => ["--map-users", line]),
			"--map-groups",
			"0:0:1",
		];
		const shown = (await ns.output(["run", ...options(0), "cat", "/proc/self/uid_map"])).trim().split("\n");
		expect(shown.map((line) => line.trim().split(/\s+/).join(":"))).toEqual(lines(0));
		const { code, stderr } = await ns.run(["run", ...options(100_000), "true"]);
		expect(code).toBe(125);
		expect(stderr.length).toBeLessThan(1000);
		expect(stderr).toContain("bytes");
	},
);

rows({ who: "ordinary" })("an ordinary user is told which ids may be mapped", async (ns) => {
	const { uid } = ns.account;
	await refused(ns, [
		[["run", "--map-users", "0:0:1"], "the user range 0:0:1: /etc/subuid has no line", `may map user ${uid}, and of`],
		[["run", "--map-users", `0:${uid}:2`], "/etc/subuid has no line"],
		[["run", "--setgroups", "allow"], "has to deny setgroups"],
	]);
});

everywhere("offsets that are none, or that would set a clock negative, are refused", (ns) =>
	refused(ns, [
		[["run", "--boottime", "yesterday"], "the boottime offset yesterday is no span of time"],
		[["run", "--monotonic", "1x"], "the monotonic offset 1x is no span of time"],
		[["run", "--boottime", "99999999999d"], "the boottime offset 99999999999d"],
		[["run", "--boottime", "-4000d"], "set the clock offsets", "ERANGE", "a clock would become negative"],
		[["run", "--monotonic", "-4000d"], "set the clock offsets", "ERANGE", "a clock would become negative"],
	]),
);

everywhere("what is to be joined has to be a namespace of that kind", async (ns) => {
	const gone = ns.start(["true"]);
	await gone.exited;
	await refused(ns, [
		[["run", "--join", "net:/etc/passwd"], "/etc/passwd is no namespace, and a net namespace is to be joined"],
		[
			["run", "--join", "net:/proc/self/ns/uts"],
			"/proc/self/ns/uts is the namespace uts:[",
			"net namespace is to be joined",
		],
		[["run", "--join", "net:/no/such"], "/no/such", "ENOENT"],
		[["run", "--join", `net:${gone.pid}`], `there is no process ${gone.pid}`],
		[["run", "--join", "net:99999999999"], "99999999999"],
		[["run", "--join", "net:0"], "0 cannot be one"],
		[["run", "--join", "net:fd:99"], "99", "there is no descriptor 99"],
		[["run", "--join", "foo:1"], 'there is no namespace type "foo"'],
		[["run", "--join", "nat:1"], "did you mean net?"],
		[["run", "--join", "net:"], "names nothing to join"],
		[["run", "--join", `net:${process.pid}`, "--join", `net:${process.pid}`], "names a net namespace twice"],
		[["run", "--net", "--join", `net:${process.pid}`], "--net makes a namespace and --join net enters one"],
	]);
});

everywhere("ns plan refuses what ns run refuses, and changes nothing else either", async (ns) => {
	for (const args of [
		["--hostnam", "x"],
		["--map-users", "0:0:0"],
		["--net", "--hostname", "x"],
	]) {
		const [run, plan] = [await ns.run(["run", ...args, "true"]), await ns.run(["plan", ...args, "true"])];
		expect(plan).toEqual(run);
	}
});
