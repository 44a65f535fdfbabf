import { type Called, failure } from "./end.ts";

/** lsns(8). */
export function lsns(_words: readonly string[], called: Called): void {
	throw failure(called, "not yet");
}
