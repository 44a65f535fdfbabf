import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { stdio } from "../../src/process/stdio.ts";
import { context, texts } from "../plan/fixtures.ts";

type From = readonly (number | undefined)[];
const stepsOf = (from: From) => stdio(from).steps(context);
const lines = (...from: From) => stepsOf(from).flatMap(({ calls }) => texts(calls));

/** What lies at each descriptor after the calls, when before descriptor n showed file n. */
function after(from: From): Map<number, string> {
	const open = new Map(Array.from({ length: 12 }, (_, fd) => [fd, `file ${fd}`]));
	const results = new Map<string, number>();
	const take = (arg: unknown) =>
		typeof arg === "number" ? arg : (results.get((arg as { ref: string }).ref) ?? Number.NaN);
	for (const { name, args, result } of stepsOf(from).flatMap(({ calls }) => calls)) {
		const file = open.get(take(args[0]));
		if (file === undefined) throw new Error(`descriptor ${JSON.stringify(args[0])} is not open`);
		let to = take(name === "dup3" ? args[1] : args[2]);
		if (name === "dup3" && to === take(args[0])) throw new Error("dup3 of a descriptor to itself is EINVAL");
		if (name === "fcntl") while (open.has(to)) to++;
		open.set(to, file);
		if (result !== undefined) results.set(result, to);
	}
	return open;
}

describe("`stdio`", () => {
	test("puts other descriptors in their places at once", () => {
		expect(lines(7, undefined, 9)).toEqual(["dup3(7, 0, 0)", "dup3(9, 2, 0)"]);
	});

	test("copies first when one of 0, 1 and 2 takes another's place", () => {
		expect(lines(1, 0)).toEqual([
			"fcntl(1, F_DUPFD_CLOEXEC, 3) = $stdio.0",
			"fcntl(0, F_DUPFD_CLOEXEC, 3) = $stdio.1",
			"dup3($stdio.0, 0, 0)",
			"dup3($stdio.1, 1, 0)",
		]);
	});

	test("has no step when everything is in its place", () => {
		expect([stepsOf([]), stepsOf([0, 1, 2]), stepsOf([undefined, 1, undefined])]).toEqual([[], [], []]);
	});

	test("says which ones it sets", () => {
		expect(stepsOf([7, 1, 8])[0]?.does).toBe("set standard input, standard error");
	});

	test("gives 0, 1 and 2 what was asked for, for every permutation of low descriptors", () => {
		const choices = [undefined, 0, 1, 2, 3, 11];
		for (const a of choices) {
			for (const b of choices) {
				for (const c of choices) {
					const wanted = [a, b, c].map((fd, to) => `file ${fd ?? to}`);
					const open = after([a, b, c]);
					expect([0, 1, 2].map((fd) => open.get(fd))).toEqual(wanted);
				}
			}
		}
	});

	test("changes no other descriptor that was open", () => {
		const one = fc.option(fc.nat(11), { nil: undefined });
		fc.assert(
			fc.property(one, one, one, (a, b, c) => {
				const open = after([a, b, c]);
				for (let fd = 3; fd < 12; fd++) expect(open.get(fd)).toBe(`file ${fd}`);
			}),
		);
	});
});
