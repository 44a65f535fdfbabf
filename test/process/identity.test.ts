import { describe, expect, test } from "bun:test";
import { pid } from "../../src/namespaces/pid.ts";
import { user } from "../../src/namespaces/user.ts";
import { canClone, plan } from "../../src/plan/plan.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { type IdentityOptions, identity } from "../../src/process/identity.ts";
import { forRoot, forUser, rootHost, script } from "../plan/fixtures.ts";

function lines(options: IdentityOptions, more: readonly Fragment[] = [], input = forRoot): string[] {
	const made = plan([identity(options), ...more], input);
	return script({ ...made, steps: made.steps.filter(({ phase }) => phase === "credentials") });
}
const command = (...some: string[]) => some.map((line) => `command: ${line}`);
const untraceable = "prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)";

describe("`identity`", () => {
	test("sets groups, group and user in this order, and forbids tracing again", () => {
		expect(lines({ uid: 5, gid: 6, groups: [7, 4294967294] })).toEqual(
			command("setgroups(2, [7, 4294967294])", "setresgid(6, 6, 6)", "setresuid(5, 5, 5)", untraceable),
		);
	});

	test("drops the caller's groups with any change of ids", () => {
		expect(lines({ uid: 5 })).toEqual(command("setgroups(0, NULL)", "setresuid(5, 5, 5)", untraceable));
		expect(lines({ gid: 5 })).toEqual(command("setgroups(0, NULL)", "setresgid(5, 5, 5)", untraceable));
		expect(lines({ groups: [] })).toEqual(command("setgroups(0, NULL)"));
		expect(lines({})).toEqual([]);
	});

	test("leaves groups alone where a new user namespace forbids to drop them", () => {
		expect(lines({ uid: 0 }, [user()], forUser)).toEqual(command("setresuid(0, 0, 0)", untraceable));
	});

	test("asks for the death signal again, which a change of ids takes back, and closes descriptors afterwards", () => {
		const again = ["prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)", "wait4(-1, NULL, WNOHANG|__WALL, NULL)", "<lifeline>"];
		expect(lines({ uid: 5 }, [pid({ init: false })]).slice(-4)).toEqual(command(untraceable, ...again));
		expect(lines({ uid: 5 }, [pid()]).at(-1)).toBe(`command: ${untraceable}`);
		expect(lines({ groups: [5] }, [pid({ init: false })])).toEqual(command("setgroups(1, [5])"));
		const all = script(plan([identity({ uid: 5 }), pid({ init: false })], forRoot));
		expect(all.lastIndexOf("command: <lifeline>")).toBeLessThan(all.indexOf("command: close_range(3, ~0U, 0)"));
	});

	test("is never done in Bun's memory", () => {
		expect([canClone([identity({ uid: 5 })], rootHost), canClone([], rootHost)]).toEqual([false, true]);
	});

	test("takes ids that are mapped, at both ends of a range", () => {
		const ranges = [{ inside: 10, outside: 100, size: 5 }];
		const codes = (uid: number) => {
			try {
				plan([identity({ uid }), user({ uids: ranges, gids: ranges })], forRoot);
				return "fine";
			} catch {
				return "not mapped";
			}
		};
		expect([9, 10, 14, 15].map(codes)).toEqual(["not mapped", "fine", "fine", "not mapped"]);
	});
});
