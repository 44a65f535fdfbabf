import type { Diagnosis } from "../doctor/types.ts";

/**
 * Tries what this machine can do, for this process: each namespace, what can be mounted, what takes rights away, and tells
 * what is missing, what is lost by that, and how to get it. Everything is tried in processes that end at once, and nothing
 * is changed. Takes less than a second as a rule, and 10 at most.
 *
 * @example
 * ```ts
 * import { doctor } from "nskit";
 * const { ok, findings } = await doctor();
 * if (!ok) for (const { title, remedy } of findings.filter((one) => one.essential)) console.log(title, remedy);
 * ```
 */
export async function doctor(): Promise<Diagnosis> {
	// Loaded only when it is asked for: nobody else has to wait for it.
	const { examine } = await import("./examine.ts");
	return examine();
}
