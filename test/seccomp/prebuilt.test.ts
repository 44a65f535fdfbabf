import { expect, test } from "bun:test";
import { join } from "node:path";
import { generate } from "../../scripts/filters.ts";

test("what is compiled already is what the compiler makes (else: bun scripts/filters.ts)", async () => {
	expect(await Bun.file(join(import.meta.dir, "../../src/seccomp/prebuilt.ts")).text()).toBe(generate());
});
