/** Options of file systems, as mount(8) takes them. */
import type { ProcOptions } from "../../namespaces/mount.ts";
import type { Import } from "./types.ts";

/** The options of a tmpfs that can be said; the others are listed as missing. */
export function tmpfsOptions(
	options: readonly string[],
	target: string,
	made: Import,
): { size?: string; mode?: number } {
	const found: { size?: string; mode?: number } = {};
	for (const option of options) {
		const [name = "", value = ""] = split(option);
		if (name === "size" && /^\d{1,15}[kKmMgG%]?$/.test(value)) found.size = value;
		else if (name === "mode" && /^0?[0-7]{1,4}$/.test(value)) found.mode = Number.parseInt(value, 8);
		else if (name !== "")
			made.lacks(`${option} of ${target}`, "a tmpfs has a size and a mode: it has no such option here");
	}
	return found;
}

const hidden = {
	"0": "off",
	off: "off",
	"1": "noaccess",
	noaccess: "noaccess",
	"2": "invisible",
	invisible: "invisible",
	"4": "ptraceable",
	ptraceable: "ptraceable",
} as const;

/** The options of a new /proc; the others are listed as missing. */
export function procOptions(options: readonly string[], target: string, made: Import): ProcOptions {
	const found: { hidePid?: ProcOptions["hidePid"]; subset?: "pid" } = {};
	for (const option of options) {
		const [name = "", value = ""] = split(option);
		if (name === "hidepid" && Object.hasOwn(hidden, value)) found.hidePid = hidden[value as keyof typeof hidden];
		else if (name === "subset" && value === "pid") found.subset = "pid";
		else if (name !== "")
			made.lacks(`${option} of ${target}`, "/proc has hidepid and subset: it shows as much as without it");
	}
	return found;
}

function split(option: string): string[] {
	const equals = option.indexOf("=");
	return equals < 0 ? [option] : [option.slice(0, equals), option.slice(equals + 1)];
}
