import { describe, expect, test } from "bun:test";
import { limits, resourceNames } from "../../src/process/limits.ts";
import { context, rootHost, texts } from "../plan/fixtures.ts";

const openFiles = { soft: 1024, hard: 4096 };
const lines = (options: Parameters<typeof limits>[0], host = rootHost) =>
	limits(options)
		.steps({ ...context, host })
		.flatMap(({ calls }) => texts(calls));

describe("`limits`", () => {
	test("are none where nothing is asked for and Bun has raised nothing", () => {
		expect(lines({})).toEqual([]);
		expect(lines(undefined)).toEqual([]);
	});

	test("are one value for both, or two, or none at all", () => {
		expect(lines({ nofile: 64, cpu: { soft: 1, hard: "unlimited" }, as: "unlimited" })).toEqual([
			"prlimit64(0, RLIMIT_AS, {rlim_cur=RLIM_INFINITY, rlim_max=RLIM_INFINITY}, NULL)",
			"prlimit64(0, RLIMIT_CPU, {rlim_cur=1, rlim_max=RLIM_INFINITY}, NULL)",
			"prlimit64(0, RLIMIT_NOFILE, {rlim_cur=64, rlim_max=64}, NULL)",
		]);
	});

	test("restore the caller's open files unless others are asked for", () => {
		const host = { ...rootHost, openFiles };
		const restored = "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=4096}, NULL)";
		expect(lines({ core: 1 }, host)).toEqual([restored, "prlimit64(0, RLIMIT_CORE, {rlim_cur=1, rlim_max=1}, NULL)"]);
		expect(lines({ nofile: 5 }, host)).toEqual(["prlimit64(0, RLIMIT_NOFILE, {rlim_cur=5, rlim_max=5}, NULL)"]);
	});

	test("forbid all open files only after the last look at the supervisor", () => {
		const steps = limits({ nofile: { soft: 0, hard: 5 }, core: 0 }).steps(context);
		expect(steps.map(({ phase, calls }) => [phase, ...texts(calls)])).toEqual([
			["limits", "prlimit64(0, RLIMIT_CORE, {rlim_cur=0, rlim_max=0}, NULL)"],
			["descriptors", "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=0, rlim_max=5}, NULL)"],
		]);
	});

	test("know all sixteen resources of the kernel", () => {
		const all = resourceNames.map((name) => lines({ [name]: 1 })[0]?.match(/RLIMIT_\w+/)?.[0]);
		expect(all).toEqual(resourceNames.map((name) => `RLIMIT_${name.toUpperCase()}`));
		expect(all).toHaveLength(16);
	});
});
