import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "nskit-count-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What scripts/count.ts makes of a report of these counts and test cases, all of one file. */
function counted(counts: string, cases: string, { mustRun = "0", files = ["test/a.test.ts"] } = {}) {
	const report = join(folder, "report.xml");
	const suite = `<testsuite name="test/a.test.ts" file="test/a.test.ts" ${counts}>${cases}</testsuite>`;
	writeFileSync(report, `<?xml version="1.0"?>\n<testsuites name="bun test" ${counts} time="1">${suite}</testsuites>`);
	const line = [process.execPath, join(import.meta.dir, "../scripts/count.ts"), report, ...files];
	const { exitCode, stdout } = Bun.spawnSync(line, { env: { ...process.env, NS_TEST_MUST_RUN: mustRun } });
	return { exitCode, said: stdout.toString() };
}

const passed = '<testcase name="one" classname="" file="test/a.test.ts" line="1" />';

test("where all went well there is nothing but the counts", () => {
	expect(counted('tests="1" failures="0" skipped="0"', passed)).toEqual({
		...{ exitCode: 0, said: "\n1 passed, 0 failed, 0 skipped\n" },
	});
});

test("a failure is told with its place and its words", () => {
	const failure =
		'<testcase name="a &lt;b&gt; &amp;lt; c" classname="d" file="test/a.test.ts" line="7">\n<failure type="Error" message="short">two&#10;lines</failure>\n</testcase>';
	const crashed =
		'<testcase name="(worker crashed)" classname="" file="test/b.test.ts"><failure type="Error" message="no results" /></testcase>';
	const { exitCode, said } = counted('tests="3" failures="2" skipped="0"', passed + failure + crashed);
	expect(exitCode).toBe(1);
	expect(said).toContain("FAILED test/a.test.ts:7: d > a <b> &lt; c\n\n    two\n    lines\n");
	expect(said).toContain("FAILED test/b.test.ts: (worker crashed)\n\n    no results\n");
	expect(said).toEndWith("\n1 passed, 2 failed, 0 skipped\n");
});

test("a file that could not be run is a failure", () => {
	const files = ["test/a.test.ts", "test/b.test.ts"];
	const { exitCode, said } = counted('tests="1" failures="0" skipped="0"', passed, { files });
	expect(exitCode).toBe(1);
	expect(said).toContain("FAILED test/b.test.ts: not run");
	expect(said).toEndWith("\n1 passed, 1 failed, 0 skipped\n");
});

test("a skip is a failure where every test must be run", () => {
	const skip = '<testcase name="two" classname="" file="test/a.test.ts" line="2"><skipped /></testcase>';
	const counts = 'tests="2" failures="0" skipped="1"';
	expect(counted(counts, passed + skip)).toEqual({ exitCode: 0, said: "\n1 passed, 0 failed, 1 skipped\n" });
	expect(counted(counts, passed + skip, { mustRun: "1" }).exitCode).toBe(1);
});
