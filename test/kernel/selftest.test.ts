import { expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { selftest } from "../../src/index.ts";
import { syscallNumber } from "../../src/linux/syscalls.ts";
import { untriedRows } from "../../src/selftest/cases/elsewhere.ts";
import { selftestCases } from "../../src/selftest/run.ts";
import type { SelftestResult, SelftestRow } from "../../src/selftest/types.ts";
import { checkout } from "./checkout.ts";
import { everywhere, library, type Ns, rows } from "./harness.ts";
import { textOf } from "./outside.ts";
import { Terminal } from "./terminal.ts";

/** What is said of each case, with the reason where it does not hold. */
const saidOf = (all: readonly SelftestRow[]): Record<string, string> =>
	Object.fromEntries(
		all.map(({ id, verdict, because }) => [id, verdict === "held" ? "held" : `${verdict}: ${because}`]),
	);

/** The folder for temporary files lets other ids pass, as /tmp does. */
function passable(ns: Ns): void {
	chmodSync(ns.folder, 0o755);
}

everywhere("every fault that is tried is held, and nothing is left behind", async (ns) => {
	passable(ns);
	const { held, rows: all } = JSON.parse(await ns.output(["selftest", "--json"])) as SelftestResult;
	const expected = saidOf([...untriedRows].map((one) => ({ also: [], tries: "", ...one })));
	for (const { id } of selftestCases) expected[id] = "held";
	if (ns.who === "ordinary")
		expected["CVE-2018-18955"] = "cannot be tried here: it takes privilege to map ranges of ids";
	expect(saidOf(all)).toEqual(expected);
	expect(held).toBe(true);
});

/** What the kernel refuses an ordinary user by itself, whatever the sandbox does. */
const refusedToOrdinary = ["CVE-2014-8989", "CVE-2018-18955", "CVE-2023-25809", "modules"];
/** Where the kernel lets nobody type. */
const noTyping = textOf("/proc/sys/dev/tty/legacy_tiocsti").trim() === "0";

rows({ how: "source" })("every case finds the fault in a sandbox that has it", async (ns) => {
	passable(ns);
	const { bun, project } = checkout();
	const { code, stdout, stderr } = await ns.command([bun, join(project, "test/kernel/fixtures/weak.ts")]);
	expect([code, stderr]).toEqual([0, ""]);
	const said = Object.entries(JSON.parse(stdout) as Record<string, string>);
	const kept = said.filter(([, verdict]) => !verdict.startsWith("not held: ")).map(([id]) => id);
	const expected = [
		...(ns.who === "ordinary" ? refusedToOrdinary : []),
		...(noTyping ? ["CVE-2017-5226", "CVE-2019-10063"] : []),
	];
	expect(kept.toSorted()).toEqual(expected.toSorted());
	expect(said.length).toBe(selftestCases.length);
});

everywhere("only the cases that are named are tried, by any name, with options anywhere", async (ns) => {
	const table = await ns.output(["selftest", "io_uring", "cve-2019-7303"]);
	expect(table).toBe(
		[
			"held  CVE-2019-10063  Bits above the lower 32 do not get a request past the filter",
			"held  io_uring        No ring gets calls past the filter",
			"2 held\n",
		].join("\n"),
	);
	const { rows: all } = JSON.parse(await ns.output(["selftest", "IO_URING", "--json"])) as SelftestResult;
	expect(all.map(({ id, tries, verdict }) => ({ id, tries, verdict }))).toEqual([
		{ id: "io_uring", tries: "io_uring_setup", verdict: "held" },
	]);
	expect(await ns.output(["selftest", "address-space"])).toBe(
		"does not apply  address-space  No limit of the address space ends a program that reserves much: RLIMIT_AS is set only by those who ask for it\n1 does not apply\n",
	);
});

everywhere("the cases are listed, and a name that no case has is refused", async (ns) => {
	const list = (await ns.output(["selftest", "--list"])).trimEnd().split("\n");
	expect(list.map((line) => line.split(" ")[0])).toEqual([...selftestCases, ...untriedRows].map(({ id }) => id));
	const described = JSON.parse(await ns.output(["selftest", "--list", "--json", "bpf"])) as unknown;
	expect(described).toEqual([
		{
			...{ id: "bpf", also: [], subject: "privileges", title: "Programs for the kernel are refused" },
			tries: "bpf, perf_event_open, userfaultfd",
		},
	]);
	const { code, stdout, stderr } = await ns.run(["selftest", "keyring", "", "--no-such", "--json"]);
	expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
	expect(stderr).toBe(
		[
			"ns: unknown option --no-such",
			"hint: see --help; options of the command itself go after it",
			'ns: there is no case "keyring"',
			"hint: did you mean keyrings?",
			'ns: there is no case ""',
			"hint: ns selftest --list names them all\n",
		].join("\n"),
	);
});

rows({ needs: ["script"] })(
	"a person at a terminal gets colours, unless NO_COLOR is set or it has none",
	async (ns) => {
		const shell = await Terminal.open(ns);
		expect(await shell.does("TERM=xterm ns selftest io_uring")).toStartWith("\x1b[32mheld\x1b[m  io_uring  ");
		for (const without of ["TERM=xterm NO_COLOR=1", "TERM=dumb"])
			expect(await shell.does(`${without} ns selftest io_uring`)).toStartWith("held  io_uring  ");
		expect(await shell.leave()).toBe(0);
	},
);

everywhere("where the sandbox cannot be made at all, that is an error and no result", async (ns) => {
	const { bun, project } = checkout();
	const number = syscallNumber("unshare", process.arch === "arm64" ? "arm64" : "x64");
	const confine = [bun, join(project, "test/kernel/fixtures/confine.ts"), String(number)];
	const { code, stdout, stderr } = await ns.command([...confine, ...ns.program, "selftest"]);
	expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
	expect(stderr).toStartWith("ns: cannot make new user");
	expect(stderr).toContain("EPERM");
});

library("the library tells of a sandbox that does not hold", async () => {
	const { held, rows: all } = await selftest({ only: ["keyrings", "bpf"], sandbox: () => [] });
	expect(held).toBe(false);
	expect(all.find(({ id }) => id === "keyrings")).toMatchObject({
		verdict: "not held",
		because: "keyctl(0, -3, 0, 0, 0) was done",
	});
});

test("the library refuses a name that no case has", async () => {
	await expect(selftest({ only: ["bpf", "CVE-0"] })).rejects.toThrow(new RangeError("no case is called cve-0"));
});
