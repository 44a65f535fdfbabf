import { describe, expect, test } from "bun:test";
import { mount } from "../../src/namespaces/mount.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { canClone, plan } from "../../src/plan/plan.ts";
import type { Context, Fragment, Session } from "../../src/plan/types.ts";
import { type TerminalOptions, terminal } from "../../src/process/terminal.ts";
import { codes, context, forRoot, forUser, rootHost, script, texts } from "../plan/fixtures.ts";

const inSandbox: Partial<Context> = { creates: new Set(["uts"]) };
const closes = "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=18, filter=ioctl(TIOCSTI|TIOCLINUX): EPERM})";

const steps = (options: TerminalOptions, more: Partial<Context> = inSandbox) =>
	terminal(options).steps({ ...context, ...more });
const calls = (options: TerminalOptions, more?: Partial<Context>) =>
	steps(options, more).flatMap((one) => texts(one.calls));
const closesIt = (options: TerminalOptions, more?: Partial<Context>) => calls(options, more).includes(closes);

describe("typing into the terminal", () => {
	test("is forbidden in every sandbox: one namespace made or joined is enough", () => {
		for (const kind of namespaceKinds) {
			for (const session of ["shared", "new", "pty"] as const) {
				expect([kind, session, closesIt({ session }, { creates: new Set([kind]) })]).toEqual([kind, session, true]);
				expect([kind, session, closesIt({ session }, { joins: new Set([kind]) })]).toEqual([kind, session, true]);
			}
		}
	});

	test("is left as it is without any namespace, unless it is asked for", () => {
		expect([closesIt({}, {}), closesIt({ injection: false }, {}), closesIt({ injection: true }, {})]).toEqual([
			...[false, true, false],
		]);
		expect(plan([], forRoot).steps.some(({ module }) => module === "terminal")).toBe(false);
	});

	test("is allowed in a sandbox only when that is asked for", () => {
		expect([closesIt({}), closesIt({ injection: false }), closesIt({ injection: true })]).toEqual([true, true, false]);
	});

	test("is forbidden without the module being named, and for an ordinary user", () => {
		for (const input of [forRoot, forUser]) expect(script(plan([uts()], input))).toContain(`command: ${closes}`);
	});

	test("is forbidden by the command's process alone, before its capabilities are dropped", () => {
		const [step] = steps({});
		expect([step?.phase, step?.who, steps({}).length]).toEqual(["session", "command", 1]);
	});

	test("is forbidden by the architecture's own filter", () => {
		const lengths = (["x64", "arm64"] as const).map((arch) => calls({}, { ...inSandbox, host: { ...rootHost, arch } }));
		expect(lengths.map(([line]) => /len=(\d+)/.exec(line ?? "")?.[1])).toEqual(["18", "14"]);
	});
});

/** The roles in the order their steps come, with what they do. */
const inOrder = (session: Session, ...modules: Fragment[]) =>
	script(plan([...modules, terminal({ session })], forRoot)).map((line) => line.replace(/\(.*$/, ""));

describe("a new session", () => {
	test("is led by the command alone, and its supervisor does not touch the terminal", () => {
		const lines = inOrder("new", uts());
		expect(lines).toContain("command: setsid");
		expect(lines).toContain("outer: <supervise>");
		expect(lines.filter((line) => /<terminal>|<foreground>|<relay>/.test(line))).toEqual([]);
	});

	test("has a supervisor also without any namespace, which clone(2) out of Bun cannot give", () => {
		expect(plan([terminal({ session: "new" })], forRoot).forks).toBe(true);
		expect(canClone([terminal({ session: "new" })], rootHost)).toBe(false);
		expect(canClone([terminal()], rootHost)).toBe(true);
		expect(plan([terminal()], forRoot).forks).toBe(false);
	});
});

describe("a terminal of its own", () => {
	const pty = (...modules: Fragment[]) => inOrder("pty", ...modules);

	test("is made before any namespace, and a relay stays outside of all", () => {
		const lines = pty(user(), pid(), mount());
		const at = (line: string) => lines.indexOf(line);
		const order = ["outer: openat", "outer: clone", "outer: setsid", "outer: unshare", "command: <exec>"];
		expect(order.map(at)).toEqual(order.map(at).toSorted((a, b) => a - b));
		expect(at("outer: openat")).toBeGreaterThan(-1);
		expect(at("relay: <relay>")).toBeGreaterThan(-1);
		expect(canClone([terminal({ session: "pty" })], rootHost)).toBe(false);
	});

	test("is not the caller's terminal, and nobody else can open it on the way", () => {
		const lines = calls({ session: "pty" });
		expect(lines.find((line) => line.includes('"/dev/ptmx"'))).toContain("O_RDWR|O_NOCTTY|O_CLOEXEC");
		expect(lines.find((line) => line.includes("TIOCGPTPEER"))).toContain("O_RDWR|O_NOCTTY|O_CLOEXEC");
		expect(lines.some((line) => line.includes("/dev/pts"))).toBe(false);
	});

	test("is made where the caller's closed descriptors cannot be, and has its settings only in the foreground", () => {
		const all = steps({ session: "pty" }).flatMap((one) => one.calls);
		const names = texts(all);
		const fills = all.filter(({ onlyIfFailed }) => onlyIfFailed !== undefined);
		expect(texts(fills)).toEqual(Array.from({ length: 3 }, () => 'openat(AT_FDCWD, "/dev/null", O_RDWR)'));
		expect(names.findLastIndex((line) => line.includes("/dev/null"))).toBeLessThan(
			names.findIndex((line) => line.includes("/dev/ptmx")),
		);
		const asked = all.filter(({ onlyIf }) => onlyIf?.includes("pty.inFront"));
		expect(texts(asked)[0]).toStartWith("ioctl(0, TCGETS");
	});

	test("is standard input, output and error of what follows, which keeps neither side besides", () => {
		const lines = calls({ session: "pty" });
		for (const fd of [0, 1, 2]) expect(lines).toContain(`dup3($pty.slave, ${fd}, 0)`);
		expect(lines.filter((line) => /^close\(/.test(line))).toEqual(["close($pty.slave)", "close($pty.master)"]);
	});

	test("has a relay that cannot be traced, and holds nothing but the two terminals", () => {
		const lines = steps({ session: "pty" })
			.filter(({ phase }) => phase === "relay")
			.flatMap((one) => texts(one.calls));
		expect(lines).toContain("prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)");
		expect(lines).toContain("close_range(3, ~0U, 0)");
		expect(lines).toContain('chdir("/")');
	});

	test("has a relay that lets go of the channel for reports", () => {
		const lines = calls({ session: "pty" }, { ...inSandbox, channel: 9 });
		expect(lines).toContain("close(9)");
	});

	test("ends with its relay, whose death cannot be missed", () => {
		const [last] = steps({ session: "pty" }).filter(({ phase }) => phase === "fork");
		expect(texts(last?.calls ?? [])).toEqual([
			"prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)",
			"wait4(-1, NULL, WNOHANG|__WALL, NULL)",
			"getppid() = $relay.now",
		]);
		expect(last?.calls[2]?.check).toEqual({ same: "relay" });
	});
});

test("two terminals are one too many", () => {
	expect(codes([terminal(), terminal({ session: "pty" })])).toEqual(["MODULE_TWICE"]);
});
