/** The one promise of commit: afterwards the directory below is what was seen in the merged tree. */
import { describe, expect } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { commitLayer, diffLayer, prepareLayer } from "nskit";
import { checkout } from "../kernel/checkout.ts";
import { needs } from "../needs.ts";
import { inOverlay, type Kind, listing, type Operation, operate, placeIn } from "./overlays.ts";

/** Runs a command line, which must go well. */
function output(argv: readonly string[], cwd = "/"): string {
	const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], { cwd, timeout: 60_000 });
	expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
	return stdout.toString("latin1");
}

function withFolder(body: (folder: string) => void): void {
	const folder = mkdtempSync(join(checkout().temporary, "layer-"));
	try {
		body(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const name = fc.constantFrom("a", "b", "ž");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const operation: fc.Arbitrary<Operation> = fc.record({
	do: fc.constantFrom(
		...(["write", "write", "append", "touch", "truncate", "remove", "remove", "mkdir", "mkdir", "mkdir"] as const),
		...(["mode", "time", "link", "symlink", "rename", "xattr"] as const),
	),
	path,
	word: path,
	number: fc.constantFrom(0o700, 0o755, 0o1777, 0o600, 0o444),
});
/** A directory or a file is put in the place of what was there, as programs do it. */
const replace = fc.tuple(path, path, fc.boolean()).map(([at, word, directory]): Operation[] => [
	{ do: "remove", path: at, word, number: 0 },
	{ do: directory ? "mkdir" : "write", path: at, word, number: 0 },
	{ do: "mkdir", path: `${at}/a`, word, number: 0 },
	{ do: "write", path: `${at}/a/b`, word, number: 0 },
	{ do: "write", path: `${at}/a`, word, number: 0 },
]);
const operations = fc
	.array(fc.oneof({ weight: 3, arbitrary: operation.map((one) => [one]) }, replace), { minLength: 8, maxLength: 25 })
	.map((lists) => lists.flat());

/** What every tree begins with, so that the first operation finds something to change. */
const begin: readonly Operation[] = [
	...["a", "b", "a/a", "a/b", "a/a/a", "b/b"].map(
		(one): Operation => ({ do: "mkdir", path: one, word: "", number: 0 }),
	),
	...["ž", "a/ž", "a/a/ž", "a/a/a/ž", "b/a", "b/b/a"].map(
		(one): Operation => ({ do: "write", path: one, word: one, number: 0 }),
	),
];

/** Fills a tree, changes it through an overlay, commits, and compares. */
function roundTrip(kind: Kind, before: readonly Operation[], changes: readonly Operation[]): void {
	withFolder((folder) => {
		const place = placeIn(folder);
		mkdirSync(place.lower);
		mkdirSync(place.merged);
		output(operate([...begin, ...before]), place.lower);
		prepareLayer(place.layer, place.lower, { userxattr: kind === "user" });
		const merged = output(inOverlay(kind, place, operate(changes)));
		const found = diffLayer(place.layer);
		expect(commitLayer(place.layer, { keep: true }).changes).toEqual(found);
		expect(output(listing(kind, place.lower))).toBe(merged);
		expect(diffLayer(place.layer)).toEqual([]);
		commitLayer(place.layer);
		expect(output(listing(kind, place.lower))).toBe(merged);
	});
}

describe("`commitLayer`", () => {
	for (const kind of ["trusted", "user"] as const) {
		needs("root", "unshare")(
			`makes the directory below what was seen, after any operations (marks in ${kind}.overlay)`,
			() => {
				fc.assert(
					fc.property(operations, operations, (before, changes) => roundTrip(kind, before, changes)),
					{ numRuns: 30, interruptAfterTimeLimit: 100_000 },
				);
			},
			120_000,
		);
	}
});
