/**
 * What came of the tests, at the very end of a long output: each failure with its message, then
 * `N passed, N failed, N skipped`: `bun scripts/count.ts REPORT`, with the JUnit report of `bun test`. Exits with 1 when a
 * test has failed, when a file of tests is not in the report because it could not be run, and when a test was skipped
 * although NS_TEST_MUST_RUN is 1.
 */
import { relative, resolve } from "node:path";

const project = resolve(import.meta.dir, "..");
const [path = "", ...files] = process.argv.slice(2);
const report = await Bun.file(path).text();
const expected = files.length > 0 ? files : [...new Bun.Glob("test/**/*.test.ts").scanSync(project)].toSorted();

/** The characters of an attribute or of a text. */
const plain = (text = ""): string =>
	text
		.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
		.replaceAll("&lt;", "<")
		.replaceAll("&gt;", ">")
		.replaceAll("&quot;", '"')
		.replaceAll("&apos;", "'")
		.replaceAll("&amp;", "&");

const attribute = (tag: string, name: string): string => plain(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]);

const head = /<testsuites [^>]*>/.exec(report)?.[0] ?? "";
const count = (name: string): number => Number(attribute(head, name) || Number.NaN);
const [tests, failures, skipped] = [count("tests"), count("failures"), count("skipped")];
if (![tests, failures, skipped].every(Number.isInteger)) throw new Error(`${path} is no report of bun test`);

const ran = new Set([...report.matchAll(/<testsuite [^>]*>/g)].map(([tag]) => relative("", attribute(tag, "file"))));
const missing = expected.filter((file) => !ran.has(file));
for (const file of missing) console.log(`\nFAILED ${file}: not run; its error is further up\n`);

/** A failure without a text ends in its tag. */
const failed = /(<testcase [^>]*>)\s*(<failure [^>]*>)(?:([^<]*)<\/failure>)?/g;
for (const [, test = "", tag = "", text = ""] of report.matchAll(failed)) {
	const words = [attribute(test, "classname"), attribute(test, "name")].filter(Boolean).join(" > ");
	const place = [attribute(test, "file"), attribute(test, "line")].filter(Boolean).join(":");
	console.log(`\nFAILED ${place}: ${words}\n`);
	const lines = (plain(text) || attribute(tag, "message")).trim().split("\n");
	for (const line of lines.length > 40 ? [...lines.slice(0, 40), "…"] : lines) console.log(`    ${line}`);
}

console.log(`\n${tests - failures - skipped} passed, ${failures + missing.length} failed, ${skipped} skipped`);
if (failures + missing.length > 0 || (skipped > 0 && process.env.NS_TEST_MUST_RUN === "1")) process.exitCode = 1;
