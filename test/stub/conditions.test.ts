import { describe, expect } from "bun:test";
import { image } from "../../src/launch/image.ts";
import { plan } from "../../src/plan/plan.ts";
import { call, flags, ref, step } from "../../src/plan/step.ts";
import type { Call, Check, Plan } from "../../src/plan/types.ts";
import { needs } from "../needs.ts";
import { forRoot, rootHost } from "../plan/fixtures.ts";
import { execute, machines } from "./machines.ts";

/** A call that succeeds or fails, and whose result has a name. */
const outcome = (result: string, fails: boolean, more: Partial<Call> = {}): Call =>
	call("fcntl", [fails ? -1 : 1, flags("F_SETFD"), 0], { result, mayFail: true, ...more });
const say = (text: string, more: Partial<Call> = {}): Call => call("write", [1, text, text.length], more);

/** What is known of a file, as far as checks look at it. */
interface Facts {
	readonly mode?: number;
	readonly uid?: number;
	readonly gid?: number;
	readonly ino?: number;
	readonly device?: readonly [number, number];
	readonly mount?: number;
}

/** The `struct statx` of a file. */
function statx({ mode = 0, uid = 0, gid = 0, ino = 0, device = [0, 0], mount = 0 }: Facts): number[] {
	const view = new DataView(new ArrayBuffer(256));
	view.setUint32(20, uid, true);
	view.setUint32(24, gid, true);
	view.setUint16(28, mode, true);
	// What lies behind the mode is none of its bits.
	view.setUint16(30, 0xffff, true);
	view.setBigUint64(32, BigInt(ino), true);
	view.setUint32(136, device[0], true);
	view.setUint32(140, device[1], true);
	view.setBigUint64(144, BigInt(mount), true);
	return [...new Uint8Array(view.buffer)];
}

/** Calls after which a buffer holds this, with a check and a name on the last of them. */
function filled(buffer: string, facts: Facts, more: Partial<Call> = {}): Call[] {
	const bytes = statx(facts);
	return [
		call("pipe2", [{ pair: ["end.read", "end.write"] }, 0]),
		call("write", [ref("end.write"), { bytes, shows: "{..}" }, bytes.length]),
		call("read", [ref("end.read"), { out: buffer, size: 256 }, bytes.length], more),
		call("close", [ref("end.read")]),
		call("close", [ref("end.write")]),
	];
}

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
		const { exitCode, stdout, stderr } = execute(prefix, image(whole, { to: "stderr" }));
		return exitCode === 0 && stderr === ""
			? stdout
			: `${exitCode} ${stderr.trim().replace("ns: cannot do a thing: ", "").replace("\nhint: ", " / ")}`;
	};
	const it = needs(...executeNeeds);

	describe(`conditions of calls for ${arch}`, () => {
		it("a call is done only when all that it needs were done and succeeded", () => {
			for (const [one, two, expected] of [
				[false, false, "x"],
				[true, false, ""],
				[false, true, ""],
				[true, true, ""],
			] as const) {
				expect(run(outcome("one", one), outcome("two", two), say("x", { onlyIf: ["one", "two"] }))).toBe(expected);
				expect(run(outcome("one", one), say("x", { onlyIf: "one" }))).toBe(one ? "" : "x");
			}
		});

		it("a call is done only when all that have to fail did", () => {
			for (const [one, two, expected] of [
				[false, false, ""],
				[true, false, ""],
				[false, true, ""],
				[true, true, "x"],
			] as const)
				expect(run(outcome("one", one), outcome("two", two), say("x", { onlyIfFailed: ["one", "two"] }))).toBe(
					expected,
				);
		});

		it("what is left out for what it needs counts as failed, and for what has to fail changes nothing", () => {
			const left = outcome("left", false, { onlyIf: "one" });
			expect(run(outcome("one", true), left, say("x", { onlyIf: "left" }), say("y", { onlyIfFailed: "left" }))).toBe(
				"y",
			);
			const kept = outcome("kept", true, { onlyIfFailed: "one" });
			expect(run(outcome("one", false), outcome("kept", false), kept, say("x", { onlyIf: "kept" }))).toBe("x");
			const both = { onlyIf: "one", onlyIfFailed: "two" };
			for (const [one, two, expected] of [
				[false, true, "x"],
				[false, false, ""],
				[true, true, ""],
			] as const)
				expect(run(outcome("one", one), outcome("two", two), say("x", both))).toBe(expected);
		});

		it("some errors by name are no failure, and others are", () => {
			const closed = (mayFail: string[]) => call("close", [-1], { result: "closed", mayFail });
			expect(run(closed(["EINVAL", "EBADF"]), say("x", { onlyIfFailed: "closed" }))).toBe("x");
			expect(run(closed(["EINVAL"]), say("x"))).toBe("125 close(-1): EBADF");
			expect(run(call("close", [0], { result: "closed", mayFail: ["EBADF"] }), say("x", { onlyIf: "closed" }))).toBe(
				"x",
			);
		});
	});

	describe(`checks of calls for ${arch}`, () => {
		const known = { mode: 0o42751, uid: 1234, gid: 4_000_000_000, mount: 77 };

		it("what is known of a file becomes results", () => {
			const look = filled("statx", known, { check: { statx: "statx", as: "is" } });
			// As many bytes are written as the number says.
			const written = (name: string) => run(...look, call("write", [1, "x".repeat(5000), ref(name)])).length;
			expect([written("is.mode"), written("is.uid"), written("is.mount")]).toEqual([0o2751, 1234, 77]);
		});

		it("a directory is told from anything else", () => {
			const kind = (mode: number) =>
				run(
					...filled("statx", { mode }, { result: "kind", check: { isDirectory: "statx" } }),
					say("d", { onlyIf: "kind" }),
					say("f", { onlyIfFailed: "kind" }),
				);
			expect([0o040755, 0o100644, 0o120777, 0o060600, 0o140000, 0].map(kind)).toEqual(["d", "f", "f", "f", "f", "f"]);
		});

		it("a file has to lie in one of the mounts that are named", () => {
			const first = filled("one", { mount: 5 }, { check: { statx: "one", as: "a" } });
			const second = filled("two", { mount: 2 ** 40 }, { check: { statx: "two", as: "b" } });
			const among = ["a.mount", "b.mount"];
			const within = (mount: number, check: Partial<Check> = {}, more: Call[] = []) =>
				run(
					...first,
					...second,
					...filled("it", { mount }, { result: "in", check: { mountIn: "it", among, ...check } as Check }),
					...more,
				);
			expect([within(5), within(2 ** 40)]).toEqual(["", ""]);
			for (const other of [6, 0, 2 ** 32 + 5]) expect(within(other)).toContain("): EXDEV");
			const optional = { otherwise: "result" } as const;
			const told = [say("in", { onlyIf: "in" }), say("out", { onlyIfFailed: "in" })];
			expect([within(5, optional, told), within(6, optional, told)]).toEqual(["in", "out"]);
			const none = { mountIn: "it", among: [] };
			expect(run(...filled("it", {}, { check: none }))).toContain("): EXDEV");
		});

		it("two files have to be the same one", () => {
			const one = { ino: 7, device: [254, 1] } as const;
			const same = (other: Facts) =>
				run(...filled("one", one), ...filled("two", other, { check: { sameFile: ["one", "two"] } }), say("x"));
			expect(same({ ...one, mode: 1, uid: 2, mount: 3 })).toBe("x");
			for (const other of [
				{ ino: 8 },
				{ device: [254, 2] as const },
				{ device: [1, 254] as const },
				{ ino: 2 ** 32 + 7 },
			])
				expect(same({ ...one, ...other })).toContain("): ESTALE");
		});

		it("a result has to be exactly a number", () => {
			const wrote = (exactly: number) =>
				run(say("abc", { result: "written", check: { exactly, otherwise: "ENOSPC" } }));
			expect([wrote(3), wrote(4), wrote(0)]).toEqual([
				"abc",
				...[4, 0].map(() => expect.stringContaining("): ENOSPC")),
			]);
		});

		it("a result has to be one of some numbers", () => {
			const wrote = (...exactly: number[]) =>
				run(say("abc", { result: "written", check: { exactly, otherwise: "ENOSPC" } }));
			expect([wrote(3), wrote(0, 9, 3), wrote(3, 4)]).toEqual(["abc", "abc", "abc"]);
			for (const others of [[], [4], [0, 2, 4]]) expect(wrote(...others)).toContain("): ENOSPC");
		});

		it("a buffer has to begin with a number of 64 bits", () => {
			const begins = (ino: number, number: number) => {
				const bytes = statx({ ino }).slice(32, 48);
				const check = { begins: "kind", number, otherwise: "EXDEV" };
				return run(
					call("pipe2", [{ pair: ["end.read", "end.write"] }, 0]),
					call("write", [ref("end.write"), { bytes, shows: "{..}" }, 16]),
					call("read", [ref("end.read"), { out: "kind", size: 16 }, 16], { check }),
					say("x"),
				);
			};
			expect([begins(0x9fa0, 0x9fa0), begins(0, 0)]).toEqual(["x", "x"]);
			for (const other of [0, 0x9fa1, 2 ** 32 + 0x9fa0]) expect(begins(other, 0x9fa0)).toContain("): EXDEV");
		});
	});
}
