import { describe, expect, test } from "bun:test";
import { flagValue } from "../../src/linux/constants.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { failedStep } from "../../src/plan/failure.ts";
import { type PlanInput, plan } from "../../src/plan/plan.ts";
import { planText } from "../../src/plan/text.ts";
import type { Host } from "../../src/plan/types.ts";
import { landlock } from "../../src/privileges/landlock.ts";
import { fileRights, givenBy, handledFiles, kernelOf } from "../../src/privileges/landlock-rights.ts";
import type { LandlockOptions } from "../../src/privileges/types.ts";
import { context, forRoot, problems, rootHost, stepsIn, texts } from "../plan/fixtures.ts";

const withAbi = (abi: number, more: Partial<Host> = {}): PlanInput => ({
	...forRoot,
	host: { ...rootHost, landlock: abi, ...more },
});
const everything: LandlockOptions = {
	...{ read: ["/r"], write: ["/w"], execute: ["/x"], bind: [], connect: [443] },
	scope: ["signal", "abstract-unix-socket"],
};
/** The calls of the phase, behind the promise to gain no privileges. */
const calls = (options: LandlockOptions, input: PlanInput = forRoot): string[] =>
	stepsIn("landlock", [landlock(options)], input)
		.flatMap((step) => texts(step.calls))
		.filter((text) => !/^(prctl|seccomp)\(/.test(text));
const short = (text: string): string => text.replaceAll("LANDLOCK_ACCESS_FS_", "");

describe("the rights of each ABI", () => {
	const masks = [0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff, 0xffff, 0xffff];
	masks.forEach((mask, i) => {
		test(`${i + 1}, of Linux ${kernelOf(i + 1)}, are all refused`, () => {
			expect(flagValue(handledFiles(i + 1), "x64")).toBe(mask);
			for (const list of ["read", "write", "execute"] as const) {
				const directory = flagValue(givenBy(list, i + 1, "directory"), "x64");
				const file = flagValue(givenBy(list, i + 1, "file"), "x64");
				expect(directory & ~mask).toBe(0);
				// ACCESS_FILE of security/landlock/fs.c: what the kernel takes for anything but a directory.
				expect(file).toBe(directory & (0x8007 | 0x4000));
			}
		});
	});

	test("are given by the lists", () => {
		const given = (list: "read" | "write" | "execute", to: "directory" | "file") => short(givenBy(list, 7, to));
		expect(given("read", "directory")).toBe("READ_FILE|READ_DIR");
		expect(given("read", "file")).toBe("READ_FILE");
		expect(given("execute", "directory")).toBe("EXECUTE|READ_FILE|READ_DIR");
		expect(given("execute", "file")).toBe("EXECUTE|READ_FILE");
		expect(given("write", "directory")).toBe(
			"WRITE_FILE|READ_FILE|READ_DIR|REMOVE_DIR|REMOVE_FILE|MAKE_DIR|MAKE_REG|MAKE_SOCK|MAKE_FIFO|MAKE_SYM|REFER|TRUNCATE|IOCTL_DEV",
		);
		expect(given("write", "file")).toBe("WRITE_FILE|READ_FILE|TRUNCATE|IOCTL_DEV");
		expect(fileRights.filter(({ lists }) => lists.length === 0).map(({ name }) => short(name))).toEqual([
			"MAKE_CHAR",
			"MAKE_BLOCK",
		]);
		expect(kernelOf(8)).toBe("a later one");
	});
});

describe("`landlock`", () => {
	test("makes a ruleset, a rule for each path and port, and enters it", () => {
		const all = calls({ execute: ["/x"], connect: [443, 80, 443], scope: ["signal"] }).map(short);
		expect(all[0]).toMatch(
			/^landlock_create_ruleset\(\{handled_access_fs=EXECUTE\|.*\|IOCTL_DEV, handled_access_net=LANDLOCK_ACCESS_NET_CONNECT_TCP, scoped=LANDLOCK_SCOPE_SIGNAL\}, 24, 0\) = \$ruleset$/,
		);
		const rule = (rights: string) =>
			`landlock_add_rule($ruleset, LANDLOCK_RULE_PATH_BENEATH, {allowed_access=${rights}, parent_fd=$path}, 0)`;
		const port = (number: number) =>
			`landlock_add_rule($ruleset, LANDLOCK_RULE_NET_PORT, {allowed_access=LANDLOCK_ACCESS_NET_CONNECT_TCP, port=${number}}, 0)`;
		expect(all.slice(1)).toEqual([
			'openat2(AT_FDCWD, "/x", {flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_NO_MAGICLINKS}, 24) = $path',
			`${rule("EXECUTE|READ_FILE|READ_DIR")} = $allowed`,
			rule("EXECUTE|READ_FILE"),
			"close($path)",
			...[port(443), port(80)],
			...["landlock_restrict_self($ruleset, 0)", "close($ruleset)"],
		]);
	});

	test("takes the rights of files only where the kernel says that it is no directory", () => {
		const rules = stepsIn("landlock", [landlock({ execute: ["/x"] })])
			.flatMap((step) => step.calls)
			.filter(({ name }) => name === "landlock_add_rule");
		expect(rules).toMatchObject([{ result: "allowed", mayFail: ["EINVAL"] }, { onlyIfFailed: "allowed" }]);
	});

	test("refuses only what there is a list for", () => {
		const ruleset = (options: LandlockOptions) => calls(options)[0];
		const made = (attributes: string) => `landlock_create_ruleset({${attributes}}, 24, 0) = $ruleset`;
		expect(ruleset({ bind: [] })).toBe(made("handled_access_net=LANDLOCK_ACCESS_NET_BIND_TCP"));
		expect(ruleset({ connect: [1] })).toBe(made("handled_access_net=LANDLOCK_ACCESS_NET_CONNECT_TCP"));
		expect(ruleset({ scope: ["abstract-unix-socket"] })).toBe(made("scoped=LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET"));
		expect(ruleset({ execute: ["/"] })).toStartWith("landlock_create_ruleset({handled_access_fs=");
		expect(ruleset({ execute: ["/"] })).not.toMatch(/net|scoped/);
	});

	test("comes behind everything that opens files, and before the command", () => {
		const { steps } = plan([landlock({ execute: ["/"] }), uts({ hostname: "box" })], forRoot);
		const at = steps.findLastIndex(({ module }) => module === "landlock");
		expect(steps.slice(at + 1).map(({ phase }) => phase)).toEqual(["signals", "exec"]);
	});

	test("says that nothing may gain privileges, and needs no image", () => {
		expect(landlock({ bind: [] })).toMatchObject({ module: "landlock", noNewPrivileges: true });
		expect(landlock({ bind: [] }).needsImage).toBeUndefined();
	});

	test("closes the ways around ports only where there are any", () => {
		const filters = (options: LandlockOptions, input = forRoot) =>
			stepsIn("landlock", [landlock(options)], input).filter((step) =>
				step.calls.some(({ name }) => name === "seccomp"),
			);
		expect(filters({ bind: [] })).toHaveLength(1);
		expect(filters({ connect: [1] })).toMatchObject([{ hints: { ENOSYS: expect.any(String) } }]);
		expect(filters({ execute: ["/"], scope: ["signal"] })).toEqual([]);
		expect(filters({ bind: [], scope: ["signal"], bestEffort: true }, withAbi(3))).toEqual([]);
	});

	test("gives the command's own execution a hint where it decides on it", () => {
		const hint = (options: LandlockOptions) => {
			const last = plan([landlock(options)], forRoot).steps.at(-1);
			return last && failedStep(last, undefined).hints?.EACCES;
		};
		expect(hint({ execute: ["/"] })).toContain("--landlock-execute");
		expect(hint({ scope: ["signal"] })).toBeUndefined();
	});
});

describe("with an older ABI", () => {
	/** What is missing of everything, by a word of each. */
	const missing: readonly (readonly string[])[] = [
		["moved", "shorten", "ioctl", "bind", "connect to TCP", "signals", "abstract"],
		["shorten", "ioctl", "bind", "connect to TCP", "signals", "abstract"],
		["ioctl", "bind", "connect to TCP", "signals", "abstract"],
		["ioctl", "signals", "abstract"],
		["signals", "abstract"],
		[],
		[],
	];
	missing.forEach((words, i) => {
		const abi = i + 1;
		const input = withAbi(abi);

		test(`${abi}: each missing thing is a problem that names the kernel and the ABI found`, () => {
			const found = problems([landlock(everything)], input);
			expect(found.map(({ code }) => code)).toEqual(words.map(() => "LANDLOCK_TOO_OLD"));
			found.forEach(({ message, hint }, n) => {
				expect(message).toContain(words[n] ?? "");
				expect(message).toMatch(
					/needs its ABI (2|3|4|5|6), of Linux [56]\.\d+, and this kernel, 6\.18\.0-test, has ABI/,
				);
				expect(message).toEndWith(`has ABI ${abi}`);
				expect(hint).toContain("--landlock-best-effort");
			});
		});

		test(`${abi}: with best effort the plan does the rest and tells of it`, () => {
			const made = plan([landlock({ ...everything, bestEffort: true })], input);
			expect(made.reduced ?? []).toEqual(problems([landlock(everything)], input).map(({ message }) => message));
			const all = calls({ ...everything, bestEffort: true }, input).join("\n");
			expect(all).toContain(`handled_access_fs=${handledFiles(abi)}`);
			expect(all.includes("LANDLOCK_ACCESS_NET")).toBe(abi >= 4);
			expect(all.includes("LANDLOCK_SCOPE")).toBe(abi >= 6);
			expect(all.includes("REFER")).toBe(abi >= 2);
			expect(all.includes("TRUNCATE")).toBe(abi >= 3);
			expect(all.includes("IOCTL_DEV")).toBe(abi >= 5);
		});
	});

	test("what is not asked for is not missed", () => {
		expect(problems([landlock({ scope: ["signal"] })], withAbi(6))).toEqual([]);
		expect(problems([landlock({ connect: [] })], withAbi(4))).toEqual([]);
		expect(problems([landlock({ execute: ["/"] })], withAbi(5))).toEqual([]);
		const moved = problems([landlock({ execute: ["/"] })], withAbi(1)).map(({ message }) => message);
		expect(moved.join()).not.toContain("moved");
	});

	test("nothing is left of it where the kernel has none of what is asked for", () => {
		for (const abi of [3, -38, -95, -1]) {
			const made = plan([landlock({ bind: [], bestEffort: true })], withAbi(abi));
			expect(made.steps.filter(({ module }) => module === "landlock")).toEqual([]);
			expect(made.reduced).toHaveLength(1);
		}
	});

	test("an older kernel that has Landlock is asked for its ABI, not for its version", () => {
		expect(problems([landlock(everything)], withAbi(6, { kernel: 514, kernelRelease: "5.14-backports" }))).toEqual([]);
	});
});

describe("what is missing", () => {
	test("is no part of a plan that has everything", () => {
		expect(plan([landlock(everything)], forRoot)).not.toHaveProperty("reduced");
		expect(landlock(everything).reduced?.(context)).toEqual([]);
	});

	test("is shown first where the plan is printed, with nothing that plays with the terminal", () => {
		const input = withAbi(3, { kernelRelease: "6.2\u001b[31m" });
		const text = planText(plan([landlock({ bind: [], bestEffort: true })], input));
		expect(text.split("\n")[0]).toBe(
			"    not to be had here: Landlock cannot refuse to bind to TCP ports: that needs its ABI 4, of Linux 6.7, and this kernel, 6.2\\u001b[31m, has ABI 3",
		);
	});
});
