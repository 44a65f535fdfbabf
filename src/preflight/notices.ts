/** What goes on and is worth a sentence, as the machine is now. */
import type { Fragment } from "../plan/types.ts";

/** A sentence each; the code that looks is loaded only where something is forwarded. */
export function notices(fragments: readonly Fragment[]): readonly string[] {
	for (const { outside } of fragments) {
		if (!outside?.forwards) continue;
		const look = require("../network-look/forwarding.ts") as typeof import("../network-look/forwarding.ts");
		return look.forwardingNotices(outside.forwards);
	}
	return [];
}
