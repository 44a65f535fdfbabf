import { describe, expect } from "bun:test";
import { image } from "../../src/launch/image.ts";
import { plan } from "../../src/plan/plan.ts";
import { call, flags, step } from "../../src/plan/step.ts";
import type { Call, Plan } from "../../src/plan/types.ts";
import { needs } from "../needs.ts";
import { forRoot, rootHost } from "../plan/fixtures.ts";
import { execute, machines } from "./machines.ts";

/** A call whose result is this number: a copy of standard error by that. */
const number = (result: string, value: number): Call => call("dup3", [2, value, flags("O_CLOEXEC")], { result });
const say = (text: (string | { ref: string })[], length: number): Call => call("write", [1, { text }, length]);

for (const { arch, executeNeeds, prefix } of machines) {
	const run = (...calls: Call[]) => {
		const made = step({ phase: "start", module: "test", does: "do a thing", why: "", man: "", calls });
		const end = plan([], { ...forRoot, host: { ...rootHost, arch } });
		const exec = end.steps.filter(({ phase }) => phase === "exec");
		const whole: Plan = {
			...end,
			command: { argv: ["true"], env: ["PATH=/usr/bin:/bin"], cwd: "/" },
			steps: [made, ...exec],
		};
		return execute(prefix, image(whole, { to: "stderr" }));
	};
	const it = needs(...executeNeeds);

	describe(`what is put together when the program runs on ${arch}`, () => {
		it("is a string of texts of any length and numbers, with a NUL behind it", () => {
			const text = ["", "123456789 ", { ref: "seven" }, "/", { ref: "more" }, "ä eight", { ref: "seven" }];
			const whole = "123456789 7/321ä eight7";
			const length = Buffer.byteLength(whole);
			const { stdout } = run(number("seven", 7), number("more", 321), say(text, length + 1), say(["x"], 1));
			expect(stdout).toBe(`${whole}\0x`);
		});

		it("is put together once in a process, and is there for the second call where the first was left out", () => {
			const text = ["n=", { ref: "seven" }];
			const leftOut = call("write", [1, { text }, 3], { onlyIfFailed: "seven" });
			const { stdout } = run(number("seven", 7), leftOut, say(text, 3), number("seven", 8), say(text, 3));
			expect(stdout).toBe("n=7n=7");
		});

		it("is a number in the midst of bytes, at any place, that leaves the bytes around it alone", () => {
			for (const at of [0, 3, 4, 9, 12]) {
				const bytes = Array.from({ length: 16 }, (_, i) => 0x61 + i);
				const shows = "{..}";
				const filled = { bytes, shows, fill: [{ at, ref: "more", as: "number" as const }] };
				const { stdout } = run(number("more", 321), call("write", [1, filled, 16], {}));
				const wanted = bytes.with(at, 321 & 0xff).with(at + 1, 321 >> 8);
				expect(stdout).toBe(Buffer.from(wanted.with(at + 2, 0).with(at + 3, 0)).toString());
			}
		});

		it("is digits in the midst of bytes, with NULs behind them", () => {
			const bytes = [...Buffer.from("<ns"), ...new Array(13).fill(0x2e)];
			const filled = { bytes, shows: "{..}", fill: [{ at: 3, ref: "more", as: "digits" as const }] };
			const { stdout } = run(number("more", 321), call("write", [1, filled, 16], {}));
			expect(stdout).toBe(`<ns321${"\0".repeat(7)}...`);
		});

		it("is an argument of a program that a child executes, whose end is the result", () => {
			const script = { strings: ["sh", "-c", 'echo "$0 $1"; exit $1', { text: ["number ", { ref: "seven" }] }, "3"] };
			const shell = call("execve", ["/bin/sh", script, { strings: [] }], { inChild: true, result: "status" });
			const missing = call("execve", ["/no/such", script, { strings: [] }], { inChild: true, result: "none" });
			const { stdout, exitCode } = run(
				...[number("seven", 7), shell, missing],
				say([{ ref: "status" }, " ", { ref: "none" }], `${3 << 8} ${127 << 8}`.length),
			);
			expect(stdout).toBe(`number 7 3\n${3 << 8} ${127 << 8}`);
			expect(exitCode).toBe(0);
		});

		it("is checked as any other result", () => {
			const shell = call("execve", ["/bin/false", { strings: ["false"] }, { strings: [] }], {
				...{ inChild: true, result: "status", check: { exactly: 0, otherwise: "EPERM" } },
			});
			expect(run(shell)).toMatchObject({
				exitCode: 125,
				stderr: 'ns: cannot do a thing: execve("/bin/false", ["false"], []): EPERM\n',
			});
		});
	});
}
