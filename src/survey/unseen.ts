import type { Survey } from "./types.ts";

/** What a survey could not look at, a sentence each. */
export function unseen({ unreadable, missed }: Pick<Survey, "unreadable" | "missed">): string[] {
	const some = unreadable === 1 ? "one process" : `${unreadable} processes`;
	return [...(unreadable > 0 ? [`${some} could not be read, for want of rights`] : []), ...missed];
}
