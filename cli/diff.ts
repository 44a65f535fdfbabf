import { defineCommand } from "citty";
import { diffLayer } from "../src/overlay/diff.ts";
import { changesText } from "../src/overlay/text.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { withLayerWords } from "./layer.ts";
import { write } from "./output.ts";

export default defineCommand({
	meta: { name: "diff", description: commands.diff.doc },
	args: cittyArgs("diff"),
	/** The exit code: 0, or with --exit-code 1 where there are changes. */
	run: ({ data }) =>
		withLayerWords("diff", data as ReadArgv, ({ dir, has }) => {
			const changes = diffLayer(dir);
			if (has("json")) write(1, `${JSON.stringify(changes, null, "\t")}\n`);
			else if (changes.length > 0) write(1, `${changesText(changes)}\n`);
			return has("exit-code") && changes.length > 0 ? 1 : 0;
		}),
});
