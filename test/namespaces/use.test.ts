import { describe, expect, test } from "bun:test";
import { cgroup } from "../../src/namespaces/cgroup.ts";
import { ipc } from "../../src/namespaces/ipc.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { time } from "../../src/namespaces/time.ts";
import { needsNamespace, use } from "../../src/namespaces/use.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { moduleOrder } from "../../src/plan/phases.ts";
import { context, stepsIn, texts } from "../plan/fixtures.ts";

const modules = { user, mount, pid, net, ipc, uts, cgroup, time };

describe("every namespace module", () => {
	for (const kind of namespaceKinds) {
		test(`\`${kind}\` makes, joins, or leaves its namespace alone`, () => {
			const made = modules[kind];
			expect(made().module).toBe(kind);
			expect(made().namespace).toEqual({ kind, use: "create" });
			expect(made({ create: true }).namespace).toEqual({ kind, use: "create" });
			expect(made({ create: false }).namespace).toBeUndefined();
			expect(made({ join: "/run/x" }).namespace).toEqual({ kind, use: "join", target: "/run/x" });
			expect(moduleOrder).toContain(kind);
		});
	}
});

describe("`use`", () => {
	test("joins also when making is switched off", () => {
		expect(use("net", { join: 0, create: false })).toEqual({ namespace: { kind: "net", use: "join", target: 0 } });
	});
});

describe("`needsNamespace`", () => {
	const problem = {
		code: "X_WITHOUT_NET",
		message: "a and b would change the caller's own net namespace",
		hint: "add --net, or net() in the library",
	};

	test("is a problem of options that were given where the namespace is neither made nor joined", () => {
		expect(needsNamespace("net", context, problem.code, ["a", "b"])).toEqual([problem]);
		expect(needsNamespace("net", context, problem.code, [])).toEqual([]);
		for (const how of ["creates", "joins"] as const) {
			expect(needsNamespace("net", { ...context, [how]: new Set(["net"]) }, problem.code, ["a"])).toEqual([]);
			expect(needsNamespace("net", { ...context, [how]: new Set(["uts"]) }, problem.code, ["a", "b"])).toEqual([
				problem,
			]);
		}
	});
});

describe("`uts`", () => {
	test("sets both names, in bytes", () => {
		const steps = stepsIn("hostname", [uts({ domainname: "d", hostname: "bü" })]);
		expect(steps.map(({ does, man, calls }) => [does, man, ...texts(calls)])).toEqual([
			["set the host name", "sethostname(2)", 'sethostname("bü", 3)'],
			["set the NIS domain name", "setdomainname(2)", 'setdomainname("d", 1)'],
		]);
		expect(stepsIn("hostname", [uts()])).toEqual([]);
	});
});

describe("`pid`", () => {
	test("says whether an init is wanted only when that was said", () => {
		expect([pid().init, pid({ init: true }).init, pid({ init: false }).init]).toEqual([undefined, true, false]);
	});
});
