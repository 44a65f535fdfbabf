/** Tools whose place this program takes when it is called by their names. */
import { write } from "../output.ts";
import { type Called, ToolEnd } from "./end.ts";
import type { ToolName } from "./names.ts";

const tools: Readonly<Record<ToolName, () => Promise<(words: readonly string[], called: Called) => void>>> = {
	unshare: async () => (await import("./unshare.ts")).unshare,
	nsenter: async () => (await import("./nsenter.ts")).nsenter,
	lsns: async () => (await import("./lsns.ts")).lsns,
};

/** Does what the tool does. Returns its exit code where it runs nothing. */
export async function dropin(tool: ToolName, argv0: string, words: readonly string[]): Promise<number> {
	try {
		(await tools[tool]())(words, { name: tool, argv0 });
		return 0;
	} catch (error) {
		if (!(error instanceof ToolEnd)) throw error;
		write(error.to, error.text);
		return error.exitCode;
	}
}
