import type { SandboxUnderTest, SelftestResult } from "./types.ts";

export interface SelftestOptions {
	/** Only these, by any of their names; upper and lower case are the same. @default all */
	readonly only?: readonly string[] | undefined;
	/** The sandbox that is attacked, in the variation that a case needs. @default the strictest there is */
	readonly sandbox?: SandboxUnderTest | undefined;
}

/**
 * Attacks a sandbox on this machine in the ways that others of its kind were broken by, and tells for each whether it
 * holds. No attack does harm where it succeeds. Throws a `NamespaceError` or a `PlanError` where the sandbox cannot be
 * made at all, and a `RangeError` for a name that no case has.
 *
 * @example
 * ```ts
 * import { selftest } from "nskit";
 * const { held, rows } = await selftest({ only: ["CVE-2014-8989"] });
 * console.log(held, rows[0]?.verdict); // true held
 * ```
 */
export async function selftest(options: SelftestOptions = {}): Promise<SelftestResult> {
	// Loaded only when it is asked for: nobody else has to wait for it.
	const { runSelftest } = await import("./run.ts");
	return runSelftest(options);
}
