import { step, writeFile } from "../plan/step.ts";
import type { Fragment, Problem } from "../plan/types.ts";
import { exactNanoseconds } from "./duration.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

/** A number of seconds, a bigint of nanoseconds, or text such as `"1d"` or `"-1.5s"`; may be negative. */
export type Offset = number | bigint | string;

export interface TimeOptions extends NamespaceOptions {
	/** What is added to CLOCK_MONOTONIC inside. The clock must not become negative. */
	readonly monotonic?: Offset;
	/** What is added to CLOCK_BOOTTIME (and so to `/proc/uptime`) inside. The clock must not become negative. */
	readonly boottime?: Offset;
}

/**
 * A time namespace: the monotonic and the boot-time clock, shifted. The time of day stays the machine's.
 * time_namespaces(7).
 *
 * @example
 * ```ts
 * import { sandbox, time } from "nskit";
 * sandbox(time({ boottime: "1d" })).spawnSync(["cat", "/proc/uptime"]); // a day ahead
 * ```
 */
export function time(options: TimeOptions = {}): Fragment {
	const given = (["monotonic", "boottime"] as const).filter((clock) => options[clock] !== undefined);
	const offsets = given.map((clock) => ({ clock, value: options[clock], nanoseconds: toNanoseconds(options[clock]) }));
	return {
		module: "time",
		...use("time", options),
		problems: (context) => [
			...needsNamespace("time", context, "OFFSET_WITHOUT_TIME", given),
			...(context.joins.has("time") && given.length > 0
				? [
						{
							code: "OFFSET_OF_JOINED_TIME",
							message: "the clocks of a time namespace that is in use cannot be changed",
						},
					]
				: []),
			...offsets
				.filter(({ nanoseconds }) => nanoseconds === undefined)
				.map(
					({ clock, value }): Problem => ({
						code: "OFFSET_NOT_A_TIME",
						message: `the ${clock} offset ${String(value)} is no span of time that a clock can be shifted by`,
						hint: "seconds, or parts such as 1d, 2h30m, -1.5s, 20ns",
					}),
				),
		],
		steps({ creates, maps }) {
			if (!creates.has("time") || offsets.length === 0) return [];
			const text = offsets.map(({ clock, nanoseconds = 0n }) => offsetLine(clock, nanoseconds)).join("");
			// Who has become another user owns none of its files in /proc any more.
			const byHelper = maps?.owner !== undefined;
			return [
				step({
					phase: byHelper ? "map" : "clocks",
					module: "time",
					who: byHelper ? "helper" : "outer",
					does: "set the clock offsets",
					why: "a new time namespace shows the caller's clocks until offsets are written",
					man: "time_namespaces(7)",
					calls: byHelper
						? writeFile("proc", "timens_offsets", text)
						: writeFile(null, "/proc/self/timens_offsets", text),
				}),
			];
		},
	};
}

/** `undefined` for what is no span, or longer than the kernel's clocks can be. */
function toNanoseconds(offset: Offset | undefined): bigint | undefined {
	const span = exactNanoseconds(offset);
	return span !== undefined && BigInt.asIntN(64, span) === span ? span : undefined;
}

const second = 1_000_000_000n;

/** The kernel wants nanoseconds from 0 to 999,999,999: -1.5 s is "-2 500000000". */
function offsetLine(clock: string, nanoseconds: bigint): string {
	const rest = ((nanoseconds % second) + second) % second;
	return `${clock} ${(nanoseconds - rest) / second} ${rest}\n`;
}
