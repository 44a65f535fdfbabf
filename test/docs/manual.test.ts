/** The manual pages do what they show, and `dist/man` has them as they are made. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { allPages } from "../../cli/manual/page.ts";
import { prose } from "../../cli/manual/prose.ts";
import { commandNames } from "../../cli/options.ts";
import { version } from "../../package.json";
import { rows } from "../kernel/harness.ts";
import { onStage } from "../kernel/named-stage.ts";
import type { Need } from "../needs.ts";
import { project } from "./markdown.ts";
import { environment } from "./place.ts";

const named = ["ns create web --net --uts --hostname web", "ns create db --uts"];
const layer = ["mkdir project", "ns run --overlay project:keep=layer -- sh -c 'echo new > project/file'"];

const running = [
	"(setsid ns run --name web --stats --cpus 1 -- sleep 1000 > log 2>&1 < /dev/null &)",
	"for i in $(seq 100); do ns stats web > log 2>&1 && exit; sleep 0.1; done; cat log; exit 1",
];
/** Commands whose examples have a running sandbox, with control groups that not everybody may make. */
const live = ["stats", "top", "set", "pause", "resume"];

/** What the examples of a command take to be there. */
const before: Readonly<Record<string, readonly string[]>> = {
	...{ enter: named, inspect: named, list: named, tree: named, remove: named },
	...{ stats: running, top: running, set: running, pause: running, resume: running },
	...{ diff: layer, commit: layer, discard: layer },
};

/** The programs that they run. */
const needs: Readonly<Record<string, readonly Need[]>> = { run: ["ps"], enter: ["ip", "ps"] };

for (const name of commandNames) {
	const isLive = live.includes(name);
	const demands = { timeout: 120_000, needs: [...(needs[name] ?? [])], ...(isLive && { who: "root" as const }) };
	rows(demands)(`the examples of ns-${name}(1) run`, (ns) =>
		onStage(ns, async (stage) => {
			const { PATH = "" } = environment(ns);
			for (const line of [
				...(before[name] ?? []),
				...prose[name].examples.map(([, one]) => one),
				...(isLive ? ["ns remove web"] : []),
			]) {
				// A stage of root is entered with a directory that lies outside of it.
				const script = `cd ${ns.folder} && ${line}`;
				const ended = await stage.command(["env", `PATH=${PATH}`, "sh", "-c", script]);
				expect({ line, ...ended }).toMatchObject({ line, code: 0 });
				expect([line, ended.stderr.replaceAll(/^ns: warning: .*\n/gm, "")]).toEqual([line, ""]);
			}
		}),
	);
}

test("dist/man has the pages as they are made", () => {
	const folder = join(project, "dist/man");
	if (!existsSync(folder)) return;
	const pages = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
	expect(pages).toEqual({ ...allPages(version) });
});
