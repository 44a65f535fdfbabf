import { describe, expect, test } from "bun:test";
import { pid } from "../../src/namespaces/pid.ts";
import { phaseIndex } from "../../src/plan/phases.ts";
import { canClone, plan } from "../../src/plan/plan.ts";
import { planText } from "../../src/plan/text.ts";
import { lifetime } from "../../src/process/lifetime.ts";
import { type ServerOptions, server } from "../../src/process/server.ts";
import { codes, forRoot, forUser, rootHost, script } from "../plan/fixtures.ts";

const listening = { listen: { port: 4000 } } as const;
const linesOf = (options: ServerOptions, input = forRoot) => script(plan([pid(), server(options)], input));
const spawned = { ...forRoot, channel: 3 };

describe("a server", () => {
	test("keeps a process of ours in front, which is no part of Bun", () => {
		for (const options of [{ again: true }, listening]) {
			expect(canClone([server(options)], rootHost)).toBe(false);
			expect(plan([server(options)], forRoot).forks).toBe(true);
		}
	});

	test("stands between the background and everything that is made", () => {
		for (const input of [forRoot, forUser]) {
			const { steps } = plan([pid(), lifetime({ daemon: true }), server(listening)], input);
			const phases = steps.map(({ phase }) => phase);
			expect(phases.toSorted((a, b) => phaseIndex(a) - phaseIndex(b))).toEqual(phases);
			const at = (phase: string) => phases.indexOf(phase as never);
			expect(at("background")).toBeLessThan(at("serve"));
			expect(at("serve")).toBeLessThan(at("create"));
		}
	});

	test("listens on the loopback interface, with a socket that is closed on exec", () => {
		const lines = linesOf(listening);
		expect(lines).toContain("outer: socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0) = $serve.socket");
		expect(lines).toContain("outer: bind($serve.socket, 127.0.0.1:4000, 16)");
		expect(lines.filter((line) => line.includes("V6ONLY"))).toEqual([]);
	});

	test("listens on all addresses of one kind alone when they are all asked for", () => {
		const lines = linesOf({ listen: { port: 1, address: "::" } });
		expect(lines).toContain("outer: bind($serve.socket, [::]:1, 28)");
		expect(lines).toContain("outer: setsockopt($serve.socket, IPPROTO_IPV6, IPV6_V6ONLY, [1], 4)");
	});

	test("is untraceable, and ends its sandboxes by its own end; connections never reach the caller's terminal", () => {
		for (const options of [{ again: true }, listening]) {
			const lines = linesOf(options);
			const routine = lines.findIndex((line) => /<(again|listen)>/.test(line));
			const before = lines.slice(0, routine);
			expect(before).toContain("outer: prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)");
			const dies = lines.indexOf("outer: prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)");
			expect(lines.slice(dies, dies + 3)).toEqual([
				"outer: prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)",
				"outer: wait4(-1, NULL, WNOHANG|__WALL, NULL)",
				"outer: getppid() = $serve.now",
			]);
			expect(lines.slice(routine).includes("outer: setsid()")).toBe("listen" in options);
		}
		const { steps } = plan([server(listening)], forRoot);
		expect(steps.flatMap(({ calls }) => calls).find(({ result }) => result === "serve.now")?.check).toEqual({
			same: "serve.self",
		});
	});

	test("lets go of who waits for it: at once when it listens, with the first command otherwise", () => {
		expect(linesOf(listening, spawned)).toContain("outer: dup3($serve.null, 3, O_CLOEXEC)");
		expect(linesOf({ again: true }, spawned).filter((line) => line.includes("dup3($serve.null"))).toEqual([]);
		expect(linesOf(listening).filter((line) => line.includes("serve.null"))).toEqual([]);
	});

	test("waits 0.1 seconds and serves 64 unless something else is said", () => {
		expect(server({ again: true }).server).toEqual({
			...{ again: { delay: { seconds: 0, nanoseconds: 100_000_000, text: "0.1 s" } }, most: 64 },
		});
		expect(server({ again: true, delay: 2, times: 3 }).server?.again).toMatchObject({
			delay: { seconds: 2 },
			times: 3,
		});
		expect(server({ ...listening, most: 1 }).server).toEqual({ most: 1 });
	});

	test("has a pipe for each sandbox only where it is run again", () => {
		const ready = (options: ServerOptions) => plan([server(options)], forRoot).supervision?.places.ready;
		expect([ready({ again: true }), ready(listening)]).toEqual([32, undefined]);
	});

	test("is told in the plan", () => {
		const text = planText(plan([server(listening)], forRoot));
		expect(text).toContain("listen on 127.0.0.1:4000");
		expect(text).toContain("accept4()");
		expect(planText(plan([server({ again: true })], forRoot))).toContain("timerfd_settime()");
	});

	test("takes every port and every number in its range, and nothing beside", () => {
		for (const port of [1, 80, 65_535]) expect(codes([server({ listen: { port } })])).toEqual([]);
		for (const port of [-1, 0, 1.5, Number.NaN, 65_536])
			expect(codes([server({ listen: { port } })])).toEqual(["PORT_INVALID"]);
		for (const most of [1, 4096]) expect(codes([server({ ...listening, most })])).toEqual([]);
		for (const times of [1, 0x7fffffff]) expect(codes([server({ again: true, times })])).toEqual([]);
		for (const times of [0, -1, 2 ** 31, Number.NaN])
			expect(codes([server({ again: true, times })])).toEqual(["TIMES_INVALID"]);
	});
});
