import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { optionsOf } from "../../cli/options.ts";
import { processParts } from "../../cli/process.ts";
import { Reader } from "../../cli/reader.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { attributes } from "../../src/process/attributes.ts";
import { identity } from "../../src/process/identity.ts";
import { limits } from "../../src/process/limits.ts";
import { passDescriptors } from "../../src/process/pass.ts";
import { priority } from "../../src/process/priority.ts";
import { redirect } from "../../src/process/redirect.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";
import type { Profile } from "../../src/profile/types.ts";
import { forRoot } from "../plan/fixtures.ts";

/** No namespace is made. */
const nothing: Profile = Object.fromEntries(namespaceKinds.map((kind) => [kind, false]));

function read(words: readonly string[]) {
	const reader = new Reader(readArgv(words, optionsOf("run")).given, "/work");
	return { parts: processParts(reader), problems: reader.problems };
}

describe("the options of the command's process", () => {
	test("make no module when none is given", () => {
		expect(read([])).toEqual({ parts: {}, problems: [] });
	});

	const table: readonly [string, Fragment][] = [
		[
			"--rlimit nofile=64:128 --rlimit as=1G --rlimit core=unlimited",
			limits({ nofile: { soft: 64, hard: 128 }, as: 2 ** 30, core: "unlimited" }),
		],
		["--rlimit cpu=1 --rlimit cpu=1", limits({ cpu: 1 })],
		["--nice -5 --oom-score-adj -1000", priority({ nice: -5, oomScoreAdjust: -1000 })],
		["--affinity 3,0-1,1", priority({ affinity: [0, 1, 3] })],
		["--affinity 8191", priority({ affinity: [8191] })],
		["--scheduler idle --ioprio idle", priority({ scheduler: "idle", io: "idle" })],
		[
			"--scheduler fifo:99 --ioprio realtime:0",
			priority({ scheduler: { policy: "fifo", priority: 99 }, io: { class: "realtime", level: 0 } }),
		],
		["--ioprio best-effort", priority({ io: { class: "best-effort", level: 4 } })],
		["--umask 027 --new-keyring", attributes({ umask: 0o27, newKeyring: true })],
		["--personality linux32,UNAME26", attributes({ personality: ["linux32", "UNAME26"] })],
		["--setuid 1 -G 2 --groups 3,4", identity({ uid: 1, gid: 2, groups: [3, 4] })],
		["--stdin a --stdout /b --append", redirect({ stdin: "/work/a", stdout: "/b", append: true })],
		["--stderr-to-stdout", redirect({ stderrToStdout: true })],
		[
			"--pass-fd 3 --pass-fd 4:5",
			passDescriptors([
				{ from: 3, to: 3 },
				{ from: 4, to: 5 },
			]),
		],
	];
	for (const [words, module] of table) {
		test(`${words} is ${module.module}()`, () => {
			const { parts, problems } = read(words.split(" "));
			expect(problems).toEqual([]);
			expect(plan(fragmentsOf({ ...nothing, ...parts }), forRoot)).toEqual(plan([module], forRoot));
		});
	}

	const wrong: readonly [string, ...string[]][] = [
		[
			"--rlimit",
			"x=1",
			"nofile",
			"nofile=",
			"nofile=1M",
			"as=1:2:3",
			"as=:1",
			"as=1:",
			"as=-1",
			"as=1.5G",
			"as=UNLIMITED",
			"=1",
		],
		["--nice", "20", "-21", "+1", "1.0", "-0", ""],
		["--oom-score-adj", "1001", "-1001", "x"],
		["--affinity", "", "a", "1-", "-1", "2-1", "8192", "0-8192", "1,,2", "0x1"],
		["--scheduler", "", "fifo", "fifo:", "fifo:100", "other:0", "rr:1:1", "FIFO:1"],
		["--ioprio", "", "idle:0", "realtime:8", "best-effort:", "best-effort:1:2", "none"],
		["--umask", "", "8", "0o22", "01777", "1000", "22 ", "00022"],
		["--personality", "", "linux32,", "PER_LINUX32", "addr_no_randomize", "READ_IMPLIES_EXEC"],
		["--setuid", "", "1x", "-1", "4294967295", "4294967296", "1:", " 1", "+1", "01", "root"],
		["--setgid", "", "1x", "-1", "4294967295", "4294967296", "1:", " 1", "+1", "01", "root"],
		["--groups", "", "1x", "-1", "4294967295", "1,", ",1", "1, 2", "1:2"],
		["--pass-fd", "", "x", "-1", "1:", ":1", "1:2:3", "01", "1x"],
	];
	for (const [option, ...values] of wrong) {
		test(`${option} takes nothing of ${values.map((value) => JSON.stringify(value)).join(", ")}`, () => {
			for (const value of values) {
				const { problems } = read([option, value]);
				expect([value, problems.map(({ code }) => code)]).toEqual([value, ["VALUE_INVALID"]]);
				expect(problems[0]?.message).toStartWith(option);
			}
		});
	}

	test("limit a resource only once, and suggest the one that was meant", () => {
		expect(read(["--rlimit", "cpu=1", "--rlimit", "cpu=2"]).problems.map(({ code }) => code)).toEqual(["OPTION_TWICE"]);
		expect(read(["--rlimit", "nofiles=1"]).problems[0]?.hint).toBe("did you mean nofile?");
	});
});
