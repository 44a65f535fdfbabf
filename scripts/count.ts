/** Prints `N passed, N failed, N skipped` from the JUnit report of `bun test`: `bun scripts/count.ts REPORT`. */
const [path = ""] = process.argv.slice(2);
const head = /<testsuites [^>]*>/.exec(await Bun.file(path).text())?.[0] ?? "";
const count = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1] ?? Number.NaN);
const [tests, failed, skipped] = [count("tests"), count("failures"), count("skipped")];
if (![tests, failed, skipped].every(Number.isInteger)) throw new Error(`${path} is no report of bun test`);
console.log(`${tests - failed - skipped} passed, ${failed} failed, ${skipped} skipped`);

export {};
