import { expect, test } from "bun:test";
import { selftestList, selftestText } from "../../src/selftest/text.ts";
import type { SelftestRow } from "../../src/selftest/types.ts";

const row = (id: string, verdict: SelftestRow["verdict"], because?: string): SelftestRow => ({
	...{ id, also: [], subject: "files", title: "It is so", tries: "much", verdict },
	...(because !== undefined && { because }),
});

const rows = [row("a", "held"), row("longer", "not held", "no"), row("b", "held"), row("c", "does not apply", "never")];

test("`selftestText` lines the rows up, gives reasons and counts", () => {
	expect(selftestText({ held: false, rows }, false)).toBe(`held            a       It is so
not held        longer  It is so: no
held            b       It is so
does not apply  c       It is so: never
2 held, 1 not held, 1 does not apply
`);
	expect(selftestText({ held: true, rows: [] }, false)).toBe("\n");
});

test("`selftestText` with colours says the same", () => {
	const text = selftestText({ held: false, rows }, true);
	expect(text).toContain("\x1b[32mheld\x1b[m            a       It is so\n");
	expect(text).toContain("\x1b[1;31mnot held\x1b[m        longer");
	expect(Bun.stripANSI(text)).toBe(selftestText({ held: false, rows }, false));
});

test("`selftestList` names each with what is expected", () => {
	expect(selftestList(rows.slice(0, 2))).toBe("a       It is so\nlonger  It is so\n");
});
