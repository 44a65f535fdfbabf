import { describe, expect, test } from "bun:test";
import { type NamespaceKind, namespaceKinds } from "../../src/plan/namespaces.ts";
import { plan } from "../../src/plan/plan.ts";
import { commandOf } from "../../src/profile/command.ts";
import { environmentOf } from "../../src/profile/environment.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";
import type { Profile } from "../../src/profile/types.ts";
import { forRoot, forUser } from "../plan/fixtures.ts";

const made = (profile: Profile, input = forRoot) => plan(fragmentsOf(profile), input).creates;
const allBut = (...kinds: NamespaceKind[]) => namespaceKinds.filter((kind) => !kinds.includes(kind));

describe("the namespaces of a profile", () => {
	const table: readonly [Profile, readonly NamespaceKind[]][] = [
		[{}, namespaceKinds],
		[{ limits: { core: 0 } }, namespaceKinds],
		[{ uts: true }, ["uts"]],
		[{ uts: { hostname: "x" }, pid: true }, ["pid", "uts"]],
		[{ net: false }, allBut("net")],
		[{ net: { create: false } }, allBut("net")],
		[{ net: false, uts: true }, ["uts"]],
		[{ uts: { create: true } }, ["uts"]],
		[{ net: { join: 7 } }, []],
		[Object.fromEntries(namespaceKinds.map((kind) => [kind, false])), []],
	];
	for (const [profile, kinds] of table) {
		test(`${JSON.stringify(profile)}: ${kinds.join(" ") || "none"}`, () => {
			expect(made(profile)).toEqual([...kinds]);
		});
	}

	test("have an owner that is told its ids where an ordinary user makes them", () => {
		const { creates, steps } = plan(fragmentsOf({ uts: true, user: { create: false, map: "self" } }), forUser);
		expect(creates).toEqual(["user", "uts"]);
		expect(JSON.stringify(steps)).toContain("1000 1000 1\\n");
	});
});

describe("the modules of a profile", () => {
	test("are those it names, and always a terminal", () => {
		const names = (profile: Profile) => fragmentsOf({ uts: true, ...profile }).map(({ module }) => module);
		expect(names({})).toEqual(["uts", "terminal"]);
		expect(names({ limits: {}, priority: false, server: { again: true }, passDescriptors: [] })).toEqual([
			...["uts", "limits", "pass", "server", "terminal"].map((name) => expect.stringMatching(new RegExp(`^${name}`))),
		]);
	});
});

describe("the environment", () => {
	const callers = ["A=1", "B=2", "A=3", "ODD", "C=x=y"];
	test("is the caller's when nothing is said", () => {
		expect(environmentOf(undefined, callers)).toBe(callers);
		expect(environmentOf({}, callers)).toEqual(callers);
	});
	test("is decided by what is kept, taken away and set", () => {
		expect(environmentOf({ clear: true }, callers)).toEqual([]);
		expect(environmentOf({ keep: [] }, callers)).toEqual([]);
		expect(environmentOf({ clear: true, keep: ["A", "NONE"] }, callers)).toEqual(["A=1", "A=3"]);
		expect(environmentOf({ unset: ["A", "ODD"], set: { B: "", D: "4" } }, callers)).toEqual(["C=x=y", "B=", "D=4"]);
	});
});

describe("the command", () => {
	const here = { env: ["SHELL=/bin/zsh"], cwd: "/work" };
	test("is the shell of its own environment, where none is named", () => {
		expect(commandOf({}, here)).toEqual({ argv: ["/bin/zsh"], env: here.env, cwd: "/work" });
		expect(commandOf({ environment: { clear: true } }, here).argv).toEqual(["sh"]);
	});
	test("has to start where it is said", () => {
		expect(commandOf({ command: { argv: ["a"], argv0: "b", descriptor: 3, cwd: "/c" } }, here)).toEqual({
			...{ argv: ["a"], argv0: "b", descriptor: 3, env: here.env, cwd: "/c", mustStartThere: true },
		});
	});
});
