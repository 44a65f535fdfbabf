/** What `layer.json` says. Decides only. */
import type { Problem } from "../plan/types.ts";
import type { XattrPrefix } from "./classify.ts";

/** The contents of `layer.json`. */
export interface LayerRecord {
	readonly version: 1;
	/** The directory below, without a symbolic link in its path. */
	readonly lower: string;
	/** Whose attributes hold the marks of overlayfs. */
	readonly xattrs: XattrPrefix;
	/** 32 hexadecimal digits by chance; names what a commit has not finished. */
	readonly id: string;
}

/** The text of `layer.json`. */
export function recordText(record: LayerRecord): string {
	return `${JSON.stringify(record)}\n`;
}

/** Takes the text of `layer.json` apart; `undefined` where it is none that we wrote. */
export function readRecord(text: string): LayerRecord | undefined {
	const value = parse(text);
	if (typeof value !== "object" || value === null) return undefined;
	const { version, lower, xattrs, id, ...more } = value as Record<string, unknown>;
	if (version !== 1 || Object.keys(more).length > 0) return undefined;
	if (typeof lower !== "string" || !lower.startsWith("/") || lower.includes("\0")) return undefined;
	if (xattrs !== "user" && xattrs !== "trusted") return undefined;
	return typeof id === "string" && /^[0-9a-f]{32}$/.test(id) ? { version, lower, xattrs, id } : undefined;
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

/** What is wrong with these two directories, by their paths without links. */
export function placeProblems(dir: string, lower: string): Problem[] {
	const inside = (path: string, of: string) => path === of || path.startsWith(of === "/" ? "/" : `${of}/`);
	if (inside(dir, lower)) {
		return [
			{
				code: "LAYER_INSIDE",
				message: `the layer ${dir} lies inside ${lower}, the directory it is for`,
				hint: "keep it beside that directory, on the same file system where that is possible",
			},
		];
	}
	if (!inside(lower, dir)) return [];
	const message = `the directory ${lower} lies inside ${dir}, which was to keep a layer of it`;
	return [{ code: "LAYER_INSIDE", message, hint: "name a directory for the layer alone" }];
}
