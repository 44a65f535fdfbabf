/** What documents show of a run, and whether a run was like that. */
import { expect } from "bun:test";

/** A command of a session, with what is shown of its output. */
export interface Exchange {
	readonly command: string;
	readonly shown: string;
}

/** A session: lines that begin with `$ ` are typed, the others are seen. */
export function exchangesIn(text: string): Exchange[] {
	const parts = text.split(/^\$ /m);
	if (parts[0] !== "" || parts.length === 1) throw new SyntaxError("a session begins with a line `$ command`");
	return parts.slice(1).map((part) => {
		const end = part.indexOf("\n");
		return end < 0
			? { command: part, shown: "" }
			: { command: part.slice(0, end), shown: part.slice(end + 1).trimEnd() };
	});
}

/** What matches a shown text: `...` stands for anything. */
export function patternOf(shown: string): RegExp {
	const parts = shown.split("...").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
	return new RegExp(`^${parts.join("[^]*")}$`);
}

/** Fails, with both texts side by side, when `seen` is not what is shown. */
export function expectShown(shown: string, seen: string): void {
	if (!patternOf(shown).test(seen)) expect(seen).toBe(shown);
}

/**
 * What TypeScript says it prints: the comments behind its calls of console.log, `...` where there is none.
 * Lines of output are shown next to each other there, with a comma between them.
 */
export function outputShownIn(code: string): string {
	const calls = [...code.matchAll(/^\s*(?:if .*)?console\.log\(.*\);(?: \/\/ (.*))?$/gm)];
	return calls.map(([, comment = "..."]) => comment).join(", ");
}

/** Output as `outputShownIn` shows it. */
export function outputSeen(stdout: string): string {
	return stdout.split("\n").filter(Boolean).join(", ");
}
