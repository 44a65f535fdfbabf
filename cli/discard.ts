import { defineCommand } from "citty";
import { discardLayer } from "../src/overlay/remove.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { withLayerWords } from "./layer.ts";

export default defineCommand({
	meta: { name: "discard", description: commands.discard.doc },
	args: cittyArgs("discard"),
	run: ({ data }) => withLayerWords("discard", data as ReadArgv, ({ dir }) => discardLayer(dir)),
});
