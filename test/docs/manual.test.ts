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

/** What the examples of a command take to be there. */
const before: Readonly<Record<string, readonly string[]>> = {
	...{ enter: named, inspect: named, list: named, tree: named, remove: named },
	...{ diff: layer, commit: layer, discard: layer },
};

/** The programs that they run. */
const needs: Readonly<Record<string, readonly Need[]>> = { run: ["ps"], enter: ["ip", "ps"] };

for (const name of commandNames) {
	const demands = { timeout: 120_000, needs: [...(needs[name] ?? [])] };
	rows(demands)(`the examples of ns-${name}(1) run`, (ns) =>
		onStage(ns, async (stage) => {
			const { PATH = "" } = environment(ns);
			for (const line of [...(before[name] ?? []), ...prose[name].examples.map(([, one]) => one)]) {
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
