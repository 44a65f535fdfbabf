/** `/proc/PID/mountinfo`, read strictly: anybody may have chosen the paths in it. proc_pid_mountinfo(5). */
import { withoutEscapes } from "../linux/proc.ts";
import type { Mount, Propagation } from "./types.ts";

/** The mounts of such a text. Throws a `RangeError` at a line that the kernel does not write. */
export function parseMountInfo(text: string): Mount[] {
	const mounts: Mount[] = [];
	for (const line of text.split("\n")) if (line !== "") mounts.push(mountOf(line));
	return mounts;
}

function mountOf(line: string): Mount {
	const fields = line.split(" ");
	const end = fields.indexOf("-", 6);
	const [id = "", parent = "", device = "", root = "", path = "", options = ""] = fields;
	const [type = "", source, ...superOptions] = end < 0 ? [] : fields.slice(end + 1);
	if (source === undefined || superOptions.length === 0 || !/^\d+:\d+$/.test(device)) throw notMountInfo(line);
	return {
		id: wholeNumber(id, line),
		parent: wholeNumber(parent, line),
		device,
		root: unescaped(root, line),
		path: unescaped(path, line),
		options: options.split(","),
		propagation: propagationOf(fields.slice(6, end), line),
		type: unescaped(type, line),
		source: withoutEscapes(source),
		// Some file systems write a space as it is; a comma that is no separator is written as \054.
		superOptions: superOptions.join(" ").split(",").map(withoutEscapes),
	};
}

const notMountInfo = (line: string): RangeError => new RangeError(`no line of mountinfo: ${JSON.stringify(line)}`);

function wholeNumber(text: string, line: string): number {
	const number = Number(text);
	if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw notMountInfo(line);
	return number;
}

/** Kernels may add fields; those are passed over, as proc(5) asks for. */
function propagationOf(fields: readonly string[], line: string): Propagation {
	const found: { shared?: number; master?: number; from?: number; unbindable?: true } = {};
	for (const field of fields) {
		const [name = "", value = ""] = field.split(":");
		if (name === "shared" || name === "master") found[name] = wholeNumber(value, line);
		else if (name === "propagate_from") found.from = wholeNumber(value, line);
		else if (field === "unbindable") found.unbindable = true;
	}
	return found;
}

/** A path: the kernel writes space, tab, newline, backslash and number sign as `\040`, and no other backslash. */
function unescaped(text: string, line: string): string {
	if (!text.includes("\\")) return text;
	const plain = withoutEscapes(text);
	if (/\\(?![0-7]{3})/.test(text) || /\\[2-7]/.test(text)) throw notMountInfo(line);
	return plain;
}
