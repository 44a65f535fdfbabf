import { describe, expect } from "bun:test";
import { image } from "../../src/launch/image.ts";
import { half, word } from "../../src/network/message.ts";
import { plan } from "../../src/plan/plan.ts";
import { call, flags, ref, step } from "../../src/plan/step.ts";
import type { Call, Check, Plan } from "../../src/plan/types.ts";
import { needs } from "../needs.ts";
import { forRoot, rootHost } from "../plan/fixtures.ts";
import { execute, machines } from "./machines.ts";

const head = (type: number): number[] => [...word(32), ...half(type), ...half(0), ...word(0), ...word(0)];
/** NLMSG_ERROR with an error number, 0 for none. */
const refused = (errno: number): number[] => [...head(2), ...word(errno === 0 ? 0 : 0x1_0000_0000 - errno), ...word(0)];
/** RTM_NEWLINK: family and type, index, flags. */
const link = (index: number, flagBits: number): number[] => [
	...head(16),
	...[0, 0, 1, 0],
	...word(index),
	...word(flagBits),
	...word(0xffffffff),
];
const done = [...head(3), ...word(0)];

const say = (text: string, more: Partial<Call> = {}): Call => call("write", [1, text, text.length], more);
const tell = (name: string): Call => call("write", [1, { text: [{ ref: name }, " "] }, 3]);

/** An answer that has come by a pipe, and is checked. */
const answered = (bytes: readonly number[], check: Check, more: Partial<Call> = {}): Call[] => [
	call("pipe2", [{ pair: ["from", "to"] }, flags("O_CLOEXEC")]),
	call("write", [ref("to"), { bytes, shows: "{..}" }, bytes.length]),
	call("read", [ref("from"), { out: "answer", size: 128 }, 128], { ...more, check }),
];

for (const { arch, executeNeeds, prefix } of machines) {
	const run = (...calls: Call[]) => {
		const made = step({ phase: "start", module: "test", does: "do a thing", why: "", man: "", calls });
		const end = plan([], { ...forRoot, host: { ...rootHost, arch } });
		const exec = end.steps.filter(({ phase }) => phase === "exec");
		const command = { argv: ["true"], env: ["PATH=/usr/bin:/bin"], cwd: "/" };
		const whole: Plan = { ...end, command, steps: [made, ...exec] };
		return execute(prefix, image(whole, { to: "stderr" }));
	};
	const it = needs(...executeNeeds);

	describe(`answers of netlink on ${arch}`, () => {
		it("about an interface become its index and flags", () => {
			const { stdout } = run(...answered(link(7, 0x13), { link: "answer", as: "i" }), tell("i.index"), tell("i.flags"));
			expect(stdout).toBe("7 \x0019 ");
		});

		it("with an error make it the call's, also where an interface was asked for", () => {
			for (const check of [{ netlink: "answer" }, { link: "answer", as: "i" }] as const)
				expect(run(...answered(refused(19), check)).stderr).toContain("ENODEV");
			expect(run(...answered(refused(0), { netlink: "answer" }), say("fine")).stdout).toBe("fine");
		});

		it("with an error that is allowed make it the result", () => {
			const said = (check: Check) => {
				const ended = run(
					...answered(refused(17), check, { result: "r" }),
					say("done", { onlyIf: "r" }),
					say("not", { onlyIfFailed: "r" }),
				);
				return ended.stdout || ended.stderr;
			};
			expect(said({ netlink: "answer", allowed: "any" })).toBe("not");
			expect(said({ netlink: "answer", allowed: ["ENODEV", "EEXIST"] })).toBe("not");
			expect(said({ netlink: "answer", allowed: ["ENODEV"] })).toContain("EEXIST");
			expect(said({ link: "answer", as: "i", allowed: "any" })).toBe("not");
		});

		it("that end at once tell that there is none", () => {
			const said = (bytes: number[]) =>
				run(
					...answered(bytes, { noLink: "answer" }, { result: "r" }),
					say("none", { onlyIf: "r" }),
					say("some", { onlyIfFailed: "r" }),
				).stdout;
			expect([said(done), said(link(7, 0))]).toEqual(["none", "some"]);
		});
	});

	describe(`calls on ${arch}`, () => {
		it("are left out where nothing has come as far as what they need, or that has failed", () => {
			const number = (fails: boolean) => call("dup3", [fails ? -1 : 2, 9, 0], { result: "n", mayFail: true });
			const said = say("x", { onlyIfAbove0: "n", result: "said" });
			const after = [said, say("y", { onlyIf: "said" })];
			expect(run(...after).stdout).toBe("");
			expect(run(number(true), ...after).stdout).toBe("");
			expect(run(number(false), ...after).stdout).toBe("xy");
		});

		it("that are made again take another error for one at once, and no error for the end", () => {
			const retry = { on: "EAGAIN", times: 1000, every: 10 };
			const locked = (fd: number) => call("flock", [fd, flags("LOCK_EX|LOCK_NB")], { result: "r", retry });
			expect(run(locked(-1)).stderr).toContain("EBADF");
			expect(run(call("openat", [flags("AT_FDCWD"), "/", 0]), locked(3), say("held")).stdout).toBe("held");
		});
	});
}
