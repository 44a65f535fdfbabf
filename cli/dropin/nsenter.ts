import { type Called, failure } from "./end.ts";

/** nsenter(1). Returns only by throwing. */
export function nsenter(_words: readonly string[], called: Called): never {
	throw failure(called, "not yet");
}
