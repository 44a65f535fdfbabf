import { toBytes } from "../bytes.ts";
import { call, step } from "../plan/step.ts";
import type { Fragment, Problem, Step } from "../plan/types.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

export interface UtsOptions extends NamespaceOptions {
	/** The host name inside: 1 to 64 bytes, no NUL. sethostname(2). */
	readonly hostname?: string;
	/** The NIS domain name inside: 1 to 64 bytes, no NUL. setdomainname(2). */
	readonly domainname?: string;
}

/** __NEW_UTS_LEN of the kernel. */
const longest = 64;

/**
 * A UTS namespace: host name and NIS domain name. uts_namespaces(7).
 *
 * @example
 * ```ts
 * import { sandbox, uts } from "nskit";
 * const { stdout } = sandbox(uts({ hostname: "box" })).spawnSync(["hostname"], { stdout: "pipe" });
 * console.log(stdout?.toString()); // box
 * ```
 */
export function uts(options: UtsOptions = {}): Fragment {
	const names = (["hostname", "domainname"] as const).flatMap((name) => {
		const value = options[name];
		return value === undefined ? [] : [{ name, value, size: toBytes(value).length }];
	});
	return {
		module: "uts",
		...use("uts", options),
		hostname: options.hostname,
		problems: (context) => [
			...needsNamespace(
				"uts",
				context,
				"HOSTNAME_WITHOUT_UTS",
				names.map(({ name }) => name),
			),
			...names.flatMap(({ name, value, size }): Problem[] => {
				const hint = `a ${name} has 1 to ${longest} bytes and no NUL`;
				if (size > longest) return [{ code: "HOSTNAME_TOO_LONG", message: `the ${name} has ${size} bytes`, hint }];
				if (size === 0) return [{ code: "HOSTNAME_EMPTY", message: `the ${name} is empty`, hint }];
				return value.includes("\0")
					? [{ code: "HOSTNAME_WITH_NUL", message: `the ${name} holds a NUL byte`, hint }]
					: [];
			}),
		],
		steps: () =>
			names.map(
				({ name, value, size }): Step =>
					step({
						phase: "hostname",
						module: "uts",
						does: `set the ${name === "hostname" ? "host name" : "NIS domain name"}`,
						why: "a new UTS namespace starts with a copy of the caller's names",
						man: `set${name}(2)`,
						calls: [call(`set${name}`, [value, size])],
					}),
			),
	};
}
