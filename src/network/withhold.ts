/** Rights over a network that nobody inside is to have. */
import { call, flags, step } from "../plan/step.ts";
import type { Step } from "../plan/types.ts";

const names = ["CAP_NET_ADMIN", "CAP_NET_RAW"];

/** From here on no program that is executed gets them, whoever executes it. */
export const withhold = (why: string): Step =>
	step({
		phase: "credentials",
		module: "net",
		does: `take ${names.join(" and ")} from everything inside`,
		why,
		man: "PR_CAPBSET_DROP(2const)",
		calls: names.map((name) => call("prctl", [flags("PR_CAPBSET_DROP"), flags(name), 0, 0, 0])),
	});
