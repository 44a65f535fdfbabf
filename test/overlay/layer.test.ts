/** Preparing a layer, and what is refused. */
import { afterAll, describe, expect, test } from "bun:test";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitLayer, diffLayer, discardLayer, LayerError, prepareLayer } from "nskit";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nskit-layer-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A folder of its own, with a lower directory in it. */
function made(): { readonly here: string; readonly lower: string; readonly layer: string } {
	const here = join(folder, String(count++));
	mkdirSync(join(here, "lower"), { recursive: true });
	return { here, lower: join(here, "lower"), layer: join(here, "layer") };
}

const user = { userxattr: true };

/** The codes of the problems. */
function codes(body: () => unknown): string[] {
	try {
		body();
	} catch (error) {
		if (error instanceof LayerError) return error.problems.map(({ code }) => code);
		throw error;
	}
	return [];
}

describe("`prepareLayer`", () => {
	test("makes the directories, with the lower directory's looks at the top", () => {
		const { lower, layer } = made();
		chmodSync(lower, 0o1751);
		utimesSync(lower, 1000, 2000);
		prepareLayer(layer, lower, user);
		expect(readdirSync(layer).toSorted()).toEqual(["layer.json", "upper", "work"]);
		expect(statSync(layer).mode & 0o7777).toBe(0o700);
		const { mode, mtimeMs } = statSync(join(layer, "upper"));
		expect([mode & 0o7777, mtimeMs]).toEqual([0o1751, 2_000_000]);
		const record = JSON.parse(readFileSync(join(layer, "layer.json"), "utf8"));
		expect(record).toEqual({ version: 1, lower, xattrs: "user", id: expect.stringMatching(/^[0-9a-f]{32}$/) });
		expect(diffLayer(layer)).toEqual([]);
	});

	test("goes on with a layer of the same directory, and what a crash has left", () => {
		const { lower, layer } = made();
		prepareLayer(layer, lower, user);
		writeFileSync(join(layer, "upper/a"), "");
		const record = readFileSync(join(layer, "layer.json"), "utf8");
		prepareLayer(`${layer}//`, `${lower}/../lower/`, user);
		expect(readFileSync(join(layer, "layer.json"), "utf8")).toBe(record);
		expect(diffLayer(layer).map(({ path }) => path)).toEqual(["a"]);
		for (const left of [["layer.json.new"], ["layer.json", "upper.new"]]) {
			const second = made();
			mkdirSync(second.layer);
			writeFileSync(join(second.layer, "layer.json.new"), "half");
			if (left.length === 2) {
				prepareLayer(second.layer, second.lower, user);
				rmSync(join(second.layer, "upper"), { recursive: true });
				mkdirSync(join(second.layer, "upper.new"));
			}
			prepareLayer(second.layer, second.lower, user);
			expect(readdirSync(second.layer).toSorted()).toEqual(["layer.json", "upper", "work"]);
		}
	});

	test("refuses what it would mix up, and makes nothing", () => {
		const { here, lower, layer } = made();
		mkdirSync(join(lower, "inner"));
		mkdirSync(join(here, "other"));
		mkdirSync(join(here, "full"));
		writeFileSync(join(here, "full/file"), "");
		writeFileSync(join(here, "file"), "");
		symlinkSync("other", join(here, "link"));
		prepareLayer(layer, lower, user);
		const cases: [string, string, boolean, string][] = [
			[layer, join(here, "other"), true, "LAYER_OTHER"],
			[layer, lower, false, "LAYER_OTHER"],
			[join(lower, "inner"), lower, true, "LAYER_INSIDE"],
			[join(lower, "new"), lower, true, "LAYER_INSIDE"],
			[lower, lower, true, "LAYER_INSIDE"],
			[here, lower, true, "LAYER_INSIDE"],
			[join(here, "full"), lower, true, "LAYER_NONE"],
			[join(here, "link"), lower, true, "LAYER_NONE"],
			[`${join(here, "link")}/`, lower, true, "LAYER_NONE"],
			[join(here, "file"), lower, true, "LAYER_FAILED"],
			[join(here, "no/where"), lower, true, "LAYER_FAILED"],
			[join(here, "new"), join(here, "nowhere"), true, "LAYER_FAILED"],
			[join(here, "new"), join(here, "file"), true, "LAYER_FAILED"],
			["", lower, true, "LAYER_FAILED"],
		];
		for (const [dir, of, userxattr, code] of cases) {
			expect([dir, of, codes(() => prepareLayer(dir, of, { userxattr }))]).toEqual([dir, of, [code]]);
		}
		chmodSync(join(here, "other"), 0o775);
		expect(codes(() => prepareLayer(join(here, "other"), lower, user))).toEqual(["LAYER_OWNER"]);
		expect(readdirSync(here).toSorted()).toEqual(["file", "full", "layer", "link", "lower", "other"]);
		expect([readdirSync(lower), readdirSync(join(here, "other"))]).toEqual([["inner"], []]);
	});

	test("does not go on with a layer that is being taken away, which commit and discard finish", () => {
		for (const finish of [commitLayer, discardLayer]) {
			const { lower, layer } = made();
			prepareLayer(layer, lower, user);
			writeFileSync(join(layer, "upper/a"), "");
			mkdirSync(join(layer, "upper.gone"));
			expect(codes(() => prepareLayer(layer, lower, user))).toEqual(["LAYER_GOING"]);
			rmSync(join(layer, "upper"), { recursive: true });
			finish(layer);
			expect(existsSync(layer)).toBe(false);
			expect(readdirSync(lower)).toEqual([]);
		}
	});
});
