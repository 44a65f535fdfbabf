import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cgroup } from "../../src/namespaces/cgroup.ts";
import { ipc } from "../../src/namespaces/ipc.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { time } from "../../src/namespaces/time.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { moduleOrder, phaseIndex } from "../../src/plan/phases.ts";
import { canClone, type PlanInput, plan } from "../../src/plan/plan.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { attributes } from "../../src/process/attributes.ts";
import { identity } from "../../src/process/identity.ts";
import { limits } from "../../src/process/limits.ts";
import { passDescriptors } from "../../src/process/pass.ts";
import { priority } from "../../src/process/priority.ts";
import { redirect } from "../../src/process/redirect.ts";
import { signals } from "../../src/process/signals.ts";
import { stdio } from "../../src/process/stdio.ts";
import { codes, command, rootHost, userHost } from "./fixtures.ts";

const range = { inside: 0, outside: 1001, size: 1 };
const mounts = [{ type: "bind", source: "/usr", target: "/usr" } as const, { type: "tmpfs", target: "/tmp" } as const];

/** Ways to use each module: made, joined, left alone. By name, so that a counterexample can be read. */
const ways: Readonly<Record<string, Fragment>> = {
	"user self": user({ map: "self" }),
	"user 1001": user({ uids: [range], gids: [range] }),
	"user join": user({ join: 7 }),
	"user no": user({ create: false }),
	mount: mount(),
	"mount root": mount({ root: "/srv", mounts, proc: true }),
	"mount join": mount({ join: 7 }),
	"mount no": mount({ create: false }),
	pid: pid(),
	"pid no-init": pid({ init: false }),
	"pid join": pid({ join: "/run/p" }),
	"pid no": pid({ create: false }),
	net: net(),
	"net down": net({ loopback: false }),
	"net join": net({ join: { fd: 9 } }),
	ipc: ipc(),
	"ipc join": ipc({ join: 7 }),
	"uts names": uts({ hostname: "a", domainname: "b" }),
	"uts join": uts({ join: 7 }),
	cgroup: cgroup(),
	"cgroup join": cgroup({ join: 7 }),
	"time offsets": time({ boottime: "1d", monotonic: -2 }),
	"time join": time({ join: 7 }),
	limits: limits({ nofile: 64, core: 0 }),
	priority: priority({ nice: 1, scheduler: "batch", io: "idle", affinity: [0, 70], oomScoreAdjust: 1 }),
	attributes: attributes({ umask: 0o27, personality: ["linux32"], newKeyring: true }),
	identity: identity({ uid: 0, gid: 0 }),
	"identity groups": identity({ groups: [1001] }),
	redirect: redirect({ stdin: "/a", stdout: "/b", append: true, stderrToStdout: true }),
	pass: passDescriptors([
		{ from: 3, to: 4 },
		{ from: 4, to: 3 },
	]),
	stdio: stdio([3, 4, undefined]),
	signals: signals({ mask: [1, 2, 3, 4, 5, 6, 7, 8] }),
};
const named = (names: readonly string[]): Fragment[] => names.flatMap((name) => ways[name] ?? []);

/** At most one way of each module. */
const names: fc.Arbitrary<string[]> = fc
	.tuple(
		...Map.groupBy(Object.keys(ways), (name) => name.split(" ")[0])
			.values()
			.map((some) => fc.option(fc.constantFrom(...some))),
	)
	.map((chosen) => chosen.flatMap((one) => one ?? []));

const shuffled = names.chain((given) =>
	fc.record({ given: fc.constant(given), permuted: fc.shuffledSubarray(given, { minLength: given.length }) }),
);

const input: fc.Arbitrary<PlanInput> = fc.record({
	host: fc.constantFrom(rootHost, userHost, { ...rootHost, kernel: 600 }, { ...userHost, uid: 1001, gid: 1001 }),
	command: fc.constant(command),
	launch: fc.constantFrom("image", "clone"),
});

describe("the order in which modules are given", () => {
	test("does not change the plan", () => {
		let plans = 0;
		fc.assert(
			fc.property(shuffled, input, ({ given, permuted }, one) => {
				const wrong = codes(named(given), one);
				expect(codes(named(permuted), one).toSorted()).toEqual(wrong.toSorted());
				if (wrong.length > 0) return;
				plans++;
				expect(plan(named(permuted), one)).toEqual(plan(named(given), one));
			}),
			{ numRuns: 400 },
		);
		expect(plans).toBeGreaterThan(50);
	});

	test("does not change whether the plan can be cloned", () => {
		fc.assert(
			fc.property(shuffled, input, ({ given, permuted }, { host }) => {
				expect(canClone(named(permuted), host)).toBe(canClone(named(given), host));
			}),
		);
	});
});

describe("every plan", () => {
	const possible = fc.tuple(names, input).filter(([given, one]) => codes(named(given), one).length === 0);

	test("has its steps in the order of phases, and within a phase in the order of modules", () => {
		fc.assert(
			fc.property(possible, ([given, one]) => {
				const ranks = plan(named(given), one).steps.map(({ phase, module }) => [
					phaseIndex(phase),
					moduleOrder.indexOf(module),
				]);
				expect(ranks.flat()).not.toContain(-1);
				expect(ranks).toEqual(ranks.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
			}),
		);
	});

	test("executes the command once, in its last step", () => {
		fc.assert(
			fc.property(possible, ([given, one]) => {
				const { steps } = plan(named(given), one);
				expect(steps.flatMap(({ routine }, i) => (routine === "exec" ? [i] : []))).toEqual([steps.length - 1]);
			}),
		);
	});

	test("refers only to results of earlier calls of the same process or of one that started it", () => {
		fc.assert(
			fc.property(possible, ([given, one]) => {
				const known = new Set<string>();
				for (const { calls } of plan(named(given), one).steps) {
					for (const { args, result, onlyIf, onlyIfFailed } of calls) {
						const used = args.flatMap((arg) => (typeof arg === "object" && arg && "ref" in arg ? [arg.ref] : []));
						expect(
							[...used, ...[onlyIfFailed ?? []].flat(), ...[onlyIf ?? []].flat()].filter((name) => !known.has(name)),
						).toEqual([]);
						if (result !== undefined) known.add(result);
						for (const arg of args)
							if (typeof arg === "object" && arg && "pair" in arg) for (const name of arg.pair) known.add(name);
					}
				}
			}),
		);
	});

	test("gives every step words, a reason and a manual page", () => {
		fc.assert(
			fc.property(possible, ([given, one]) => {
				for (const { does, why, man, calls, routine } of plan(named(given), one).steps) {
					expect(does).toMatch(/^[a-z].*[^.]$/s);
					expect(why).toMatch(/^\S.*[^.\s]$/);
					expect(man).toMatch(/^[\w-]+\(\d(?:const)?\)$/i);
					expect(calls.length + (routine ? 1 : 0)).toBeGreaterThan(0);
				}
			}),
		);
	});

	test("survives JSON", () => {
		fc.assert(
			fc.property(possible, ([given, one]) => {
				const made = plan(named(given), one);
				expect(JSON.parse(JSON.stringify(made))).toEqual(made);
			}),
		);
	});

	test("is frozen through and through", () => {
		const thawed = (value: unknown): unknown[] =>
			typeof value === "object" && value !== null
				? [...(Object.isFrozen(value) ? [] : [value]), ...Object.values(value).flatMap(thawed)]
				: [];
		fc.assert(
			fc.property(possible, ([given, one]) => {
				expect(thawed(plan(named(given), one))).toEqual([]);
			}),
		);
	});
});
