import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sweepGroups } from "../../src/cgroup-files/sweep.ts";

let folder = "";
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "sweep-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** No process has this number: it is above what the kernel gives out. */
const gone = 4_194_305;

function make(name: string, seconds = 60): string {
	const path = join(folder, name);
	mkdirSync(path);
	const then = new Date(Date.now() - 1000 * seconds);
	utimesSync(path, then, then);
	return path;
}

test("what processes have left that are gone is removed", () => {
	const left = [`nskit-${gone}`, `nskit-web-${gone}`, `nskit-${gone}-rest`, `nskit-${process.pid}`].map((one) =>
		make(one),
	);
	sweepGroups([folder, join(folder, "none")]);
	expect(left.filter((one) => existsSync(one))).toEqual([]);
});

test("what is young, not empty, of a living process, of another name, or no directory stays", () => {
	const stay = [make(`nskit-${gone}`, 1), make(`nskit-${process.ppid}`), make(`other-${gone}`), make(`nskit-a${gone}`)];
	stay.push(make(`nskit-b-${gone}`));
	writeFileSync(join(folder, `nskit-b-${gone}`, "full"), "");
	utimesSync(join(folder, `nskit-b-${gone}`), 0, 0);
	stay.push(join(folder, `nskit-c-${gone}`));
	symlinkSync(stay[0] ?? "", stay.at(-1) ?? "");
	sweepGroups([folder]);
	expect(stay.filter((one) => !existsSync(one))).toEqual([]);
});

test("no more than some are looked at in one run", () => {
	const many = Array.from({ length: 70 }, (_, i) => make(`nskit-n${i}-${gone}`));
	sweepGroups([folder]);
	expect(many.filter((one) => existsSync(one))).toHaveLength(6);
	sweepGroups([folder]);
	expect(many.filter((one) => existsSync(one))).toEqual([]);
});
