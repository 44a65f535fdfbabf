/** The profiles that documents show can be read, and make a plan. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plan } from "../../src/plan/plan.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";
import { loadProfile } from "../../src/profile-files/load.ts";
import { forRoot, forUser } from "../plan/fixtures.ts";
import { read } from "./markdown.ts";

const folder = mkdtempSync(join(tmpdir(), "nskit-docs-profiles-"));
afterAll(() => rmSync(folder, { recursive: true }));

const shown = read("docs/profiles.md").blocks.filter(({ language }) => language === "toml");

test("docs/profiles.md shows a profile", () => {
	expect(shown.length).toBeGreaterThan(0);
});

for (const { at, text } of shown) {
	test(`${at} is a profile`, () => {
		const path = join(folder, "shown.toml");
		writeFileSync(path, text);
		const fragments = fragmentsOf(loadProfile(path));
		for (const input of [forRoot, forUser]) expect(plan(fragments, input).steps.length).toBeGreaterThan(10);
	});
}
