import { describe, expect, test } from "bun:test";
import { diagnosisText } from "../../src/doctor/text.ts";
import type { Diagnosis, Finding } from "../../src/doctor/types.ts";

const finding = (fields: Partial<Finding>): Finding => ({
	...{
		id: "x",
		group: "files",
		title: "Overlays",
		essential: false,
		tries: "making one",
		state: "ok",
		found: "it works",
	},
	...fields,
});
const diagnosis = (...findings: Finding[]): Diagnosis => ({
	...{ version: 1, ok: true, kernel: "6.18", program: "/usr/bin/ns", findings },
	caller: { uid: 1000, gid: 100, privileged: false },
});
const plain = { all: false, colours: false, unicode: true };

describe("`diagnosisText`", () => {
	const some = diagnosis(
		finding({}),
		finding({ state: "missing", title: "Binds", found: "EPERM", lost: "binds", remedy: "do this:\none\ntwo" }),
		finding({ group: "machine", state: "limited", title: "Kernel", found: "old", lost: "much" }),
		finding({ group: "namespaces", state: "unknown", title: "user", found: "no time" }),
	);

	test("shows groups in their order, and details of what is not ok", () => {
		expect(diagnosisText(some, plain)).toBe(`Linux 6.18, as user 1000, without privileges

namespaces
  ? user      no time

files
  ✓ Overlays
  ✗ Binds     EPERM
      lost  binds
      get   do this:
            one
            two

machine
  ! Kernel    old
      lost  much

1 ok, 1 missing, 1 limited, 1 unknown: everything that ns run needs is there
`);
	});

	test("tells a remedy once, and names it by the first that it helps", () => {
		const two = [
			finding({ state: "missing", remedy: "do this" }),
			finding({ title: "Binds", state: "limited", remedy: "do this" }),
		];
		const text = diagnosisText(diagnosis(...two), plain);
		expect(text).toContain(
			"  ✗ Overlays  it works\n      get   do this\n  ! Binds     it works\n      get   as for: Overlays\n",
		);
	});

	test("shows everything when that is asked for, and ASCII alone where nothing else can be shown", () => {
		const text = diagnosisText(diagnosis(finding({})), { ...plain, all: true, unicode: false });
		expect(text).toContain("  ok Overlays  it works\n       tried making one\n");
	});

	test("has colours where they are wanted, and never what a finding holds", () => {
		const wild = diagnosis(finding({ state: "missing", found: "\x1b[31m" }));
		const text = diagnosisText(wild, { ...plain, colours: true });
		expect(text).toContain("  \x1b[1;31m✗\x1b[m Overlays  \\u001b[31m\n");
		expect(diagnosisText(wild, plain)).not.toContain("\x1b");
	});

	test("names what is essential and not there", () => {
		const bad = finding({ state: "unknown", title: "A new /proc", essential: true });
		expect(diagnosisText({ ...diagnosis(bad), ok: false }, plain)).toEndWith(
			"1 unknown: ns run without options does not work here, for want of: A new /proc\n",
		);
	});
});
