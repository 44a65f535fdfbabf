import { describe, expect, test } from "bun:test";
import { phaseIndex } from "../../src/plan/phases.ts";
import type { Context, Role } from "../../src/plan/types.ts";
import { processes } from "../../src/process/processes.ts";
import { context, texts } from "../plan/fixtures.ts";

function of(who: Role, more: Partial<Context>): string[] {
	const steps = processes()
		.steps({ ...context, forks: true, ...more })
		.filter((step) => step.who === who)
		.toSorted((a, b) => phaseIndex(a.phase) - phaseIndex(b.phase));
	return steps.flatMap(({ calls, routine }) => [...texts(calls), ...(routine ? [`<${routine}>`] : [])]);
}

const forked = (name: string) => `clone(SIGCHLD, NULL, NULL, NULL, NULL) = $${name}`;
/** A death signal, a call that waits for the kernel's lock, and a look at the supervisor. */
const lifeLine = (lock: string) => ["prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)", lock, "<lifeline>"];

describe("`processes`", () => {
	test("are no others where the command is the process that was started", () => {
		expect(processes().steps({ ...context, forks: false, init: true })).toEqual([]);
	});

	test("are a supervisor and the command without an init, and the command dies with its supervisor", () => {
		expect(of("outer", {}).filter((line) => line.startsWith("clone"))).toEqual([forked("command")]);
		expect(of("outer", {}).at(-1)).toBe("<supervise>");
		expect(of("init", {})).toEqual([]);
		expect(of("command", {})).toEqual([...lifeLine("wait4(-1, NULL, WNOHANG|__WALL, NULL)"), "<foreground>"]);
	});

	test("are an init first, so that it is PID 1, then the command, which dies with the init", () => {
		const outer = of("outer", { init: true });
		expect(outer.filter((line) => line.startsWith("clone"))).toEqual([forked("init"), forked("command")]);
		expect(of("init", { init: true }).slice(0, 3)).toEqual(lifeLine("setsid()"));
		expect(of("init", { init: true }).at(-1)).toBe("<reap>");
		expect(of("command", { init: true })).toEqual(["<foreground>"]);
	});

	test("cannot be traced from the moment the first of them is started", () => {
		const outer = of("outer", { init: true });
		const untraceable = outer.indexOf("prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)");
		expect(untraceable).toBeGreaterThan(-1);
		expect(untraceable).toBeLessThan(outer.indexOf(forked("init")));
	});

	test("hold nothing open: the init none at all, the supervisor only what may be the terminal", () => {
		expect(of("init", { init: true })).toContain("close_range(0, ~0U, 0)");
		expect(of("outer", { init: true }).slice(-2)).toEqual(["close_range(1, ~0U, 0)", "<supervise>"]);
	});

	test("can see by a descriptor of the supervisor, opened before the first of them, whether it has ended", () => {
		const outer = of("outer", { init: true });
		const opened = outer.indexOf("pidfd_open($supervisor, 0) = $life");
		expect(outer[opened - 1]).toBe("getpid() = $supervisor");
		expect(opened).toBeLessThan(outer.indexOf(forked("init")));
	});

	test("leave the caller's directory, before the fork where that would show in the root inside", () => {
		const moved = (changesFiles: boolean) => {
			const outer = of("outer", { init: true, changesFiles });
			const before = outer.slice(0, outer.indexOf(forked("init"))).includes('chdir("/")');
			return [before, of("init", { init: true, changesFiles }).includes('chdir("/")')];
		};
		expect([moved(true), moved(false)]).toEqual([
			[true, false],
			[false, true],
		]);
	});

	test("leave the caller's terminal alone when the command gets a session without one", () => {
		for (const [session, touches] of [
			["shared", true],
			["pty", true],
			["new", false],
		] as const) {
			expect(of("outer", { session }).includes("<terminal>")).toBe(touches);
			expect(of("command", { session }).includes("<foreground>")).toBe(touches);
		}
	});
});
