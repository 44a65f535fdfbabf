import { describe, expect, test } from "bun:test";
import { cgroup } from "../../src/namespaces/cgroup.ts";
import { ipc } from "../../src/namespaces/ipc.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { time } from "../../src/namespaces/time.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { canClone } from "../../src/plan/plan.ts";
import type { Fragment, Host } from "../../src/plan/types.ts";
import { rootHost, userHost } from "./fixtures.ts";

const old = { ...rootHost, kernel: 602 };
const range = { inside: 0, outside: 1001, size: 1 };

const rows: [string, Fragment[], Host, boolean][] = [
	["nothing", [], rootHost, true],
	["seven without a PID namespace", [user(), mount(), net(), ipc(), uts(), cgroup(), time()], rootHost, true],
	["one of an ordinary user, with the added user namespace", [uts()], userHost, true],
	["a PID namespace with an init", [pid()], rootHost, false],
	["a PID namespace whose PID 1 is the command", [pid({ init: false })], rootHost, true],
	["a PID namespace that is left alone", [pid({ create: false })], rootHost, true],
	["a time namespace that execve(2) does not enter", [time()], old, false],
	["a time namespace that execve(2) enters", [time()], { ...old, kernel: 603 }, true],
	["no time namespace on an old kernel", [uts()], old, true],
	["a joined namespace", [net({ join: 7 })], rootHost, false],
	["a joined one next to a new one", [net({ join: 7 }), uts()], rootHost, false],
	["maps the process may write itself", [user({ map: "self" })], rootHost, true],
	["maps that take a helper", [user({ uids: [range] })], rootHost, false],
	["setgroups allowed, which takes a helper", [user({ setgroups: "allow" })], rootHost, false],
	["maps of a user namespace that is left alone", [user({ create: false, uids: [range] }), uts()], rootHost, true],
	["the same with an added user namespace", [user({ create: false, uids: [range] }), uts()], userHost, false],
];

describe("`canClone`", () => {
	for (const [what, fragments, host, answer] of rows) {
		test(`says ${answer ? "yes" : "no"} to ${what}`, () => {
			expect(canClone(fragments, host)).toBe(answer);
		});
	}
});
