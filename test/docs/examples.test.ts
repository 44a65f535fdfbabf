/** Each example shows what it says: it runs as root and as an ordinary user, and checks itself. */
import { describe, expect, test } from "bun:test";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../kernel/checkout.ts";
import { type Rows, rows } from "../kernel/harness.ts";
import { uplink } from "../kernel/uplink.ts";
import { project, read, rowsIn, textOf } from "./markdown.ts";
import { environment, examplesFolder } from "./place.ts";

/** Those that ask for the internet have one of network namespaces: nothing outside is contacted. */
const withInternet: readonly string[] = ["agent-internet.ts"];

/** What an example needs besides Bun. */
const demands: Readonly<Record<string, Pick<Rows, "who" | "needs">>> = {
	"agent-internet.ts": { needs: ["root", "pasta", "ip", "unshare", "nsenter", "python3", "bash"] },
	"agent-tool.ts": {},
	"bridge.ts": {},
	"build-in-a-layer.ts": {},
	"clocks.ts": { needs: ["time-namespaces"] },
	"editor.ts": { needs: ["busybox"] },
	"exit-code.ts": {},
	"five-for-a-container.ts": { who: "root" },
	"hostname.ts": {},
	"interfaces.ts": {},
	"judge-stats.ts": {},
	"judge.ts": {},
	"minimal-root.ts": {},
	"nobody.ts": {},
	"plugin-host.ts": {},
	"processes.ts": { needs: ["ps"] },
	"queues.ts": { needs: ["ipcs"] },
	"root-of-one.ts": { who: "root" },
	"rootfs.ts": { needs: ["busybox"] },
	"six-at-once.ts": { needs: ["time-namespaces"] },
};

const listed = rowsIn(read("examples/README.md")).flatMap(([link = "", , line = ""]) => {
	const file = /^\[(.+)\]\(\1\)$/.exec(link)?.[1];
	return file === undefined ? [] : [{ file, line: line.slice(1, -1) }];
});

// Copied, where it has to be, before the tests begin to compare what lies around.
const folder = examplesFolder();

for (const [file, { who, needs = [] }] of Object.entries(demands)) {
	const only = who ? { who } : {};
	rows({ ...only, needs, how: "source" })(`examples/${file}`, async (ns) => {
		// Temporary files of the example lie there, and it becomes another user.
		chmodSync(ns.folder, 0o755);
		await using up = withInternet.includes(file) ? await uplink() : undefined;
		const { stdout, ...ended } = await ns.command([checkout().bun, join(folder, file)], { before: up?.here ?? [] });
		expect(ended).toEqual({ code: 0, signal: null, stderr: "" });
		expect(stdout).not.toBe("");
	});
	rows({ ...only, needs: withInternet.includes(file) ? needs : [], how: "source" })(
		`the line next to examples/${file} makes a plan`,
		async (ns) => {
			const line = listed.find((one) => one.file === file)?.line ?? "";
			await using up = withInternet.includes(file) ? await uplink() : undefined;
			const words = ["sh", "-c", line.replace(/^ns run /, "ns plan ")];
			const planned = await ns.command(words, { env: environment(ns), before: up?.here ?? [] });
			expect(planned).toMatchObject({ code: 0, stderr: "" });
			expect(planned.stdout).toContain("execve($candidate, ");
		},
	);
	if (who === "root") {
		rows({ who: "ordinary", how: "source" })(`examples/${file} says that it needs root`, async (ns) => {
			const { code, stderr } = await ns.command([checkout().bun, join(folder, file)]);
			expect(code).toBe(1);
			expect(stderr).toContain("run this example as root");
		});
	}
}

describe("the examples", () => {
	const files = readdirSync(join(project, "examples")).filter((name) => name.endsWith(".ts"));

	test("are all tested, and all listed", () => {
		expect(files.toSorted()).toEqual(Object.keys(demands));
		expect(listed.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
	});

	test("import the library by its name, explain themselves, and are short", () => {
		for (const file of files) {
			const text = textOf(`examples/${file}`);
			expect(text).toContain('from "nskit";');
			expect(text).toStartWith("/**\n * ");
			expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
		}
	});
});
