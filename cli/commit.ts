import { defineCommand } from "citty";
import { commitLayer } from "../src/overlay/commit.ts";
import { printable } from "../src/plan/text.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { withLayerWords } from "./layer.ts";
import { write } from "./output.ts";

export default defineCommand({
	meta: { name: "commit", description: commands.commit.doc },
	args: cittyArgs("commit"),
	run: ({ data }) =>
		withLayerWords("commit", data as ReadArgv, ({ dir, has }) => {
			const done = commitLayer(dir, { keep: has("keep"), allowSpecial: has("allow-special") });
			if (has("json")) return write(1, `${JSON.stringify(done, null, "\t")}\n`);
			for (const path of done.skipped) write(2, `ns: ${printable(path)} is a socket, and was left out\n`);
			write(1, `${done.changes.length} changes in ${printable(done.lower)}\n`);
		}),
});
