import { expect, test } from "bun:test";
import { holderImage } from "../../src/keeper/holder.ts";
import { programOf } from "../../src/stub/elf.ts";

test("the holder is an executable of a few kilobytes, for both architectures", () => {
	for (const arch of ["x64", "arm64"] as const) {
		const image = holderImage("a".repeat(64), { arch });
		expect(programOf(image).arch).toBe(arch);
		expect(image.length).toBeLessThan(8192);
	}
});
