/** What cases about files have in common: a hostile folder inside, and a look at everything outside. */
import { join } from "node:path";
import type { MountRule } from "../../mounts/rules.ts";
import { probeCall } from "../calls.ts";
import { type Attempt, held, type Judgement, notHeld, untried } from "../types.ts";

/** What was outside before and after, and why no attack could be made at all. */
export interface Outside {
	readonly before: readonly string[];
	readonly after: readonly string[];
	readonly refused?: string | undefined;
}

/** Nothing has appeared, gone or changed outside. */
export function judgeOutside({ before, after, refused }: Outside): Judgement {
	if (refused !== undefined) return untried(refused);
	const name = (line: string): string => line.split(" ")[0] ?? "";
	const odd = after.find((line) => !before.includes(line)) ?? before.find((line) => !after.includes(line));
	return odd === undefined ? held : notHeld(`${JSON.stringify(name(odd))} is no longer as it was outside`);
}

export const here = { flags: "AT_FDCWD" };
const look = probeCall("openat", [here, "/proc/self/stat", { flags: "O_RDONLY" }], "any");
/** Does nothing. */
export const idle: Attempt["inside"] = { calls: [look] };

/** The hostile folder is at /t inside, as one's project may be. */
export const shown = (folder: string): MountRule => ({ type: "bind", source: join(folder, "tree"), target: "/t" });
