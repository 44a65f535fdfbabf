/** The options that say what is mounted where. */
import type { MountRule } from "../src/namespaces/mount.ts";
import type { Reader } from "./reader.ts";

/** The rules, in the order they were given. */
export function mountRules(reader: Reader): MountRule[] {
	const rules: MountRule[] = [];
	for (const { name, value } of reader.given) {
		if (typeof value !== "string") continue;
		if (name === "tmpfs") rules.push({ type: "tmpfs", target: value });
		if (name !== "bind" && name !== "ro-bind") continue;
		const [path, target] = splitPair(value);
		const source = reader.resolve(path);
		rules.push({ type: "bind", source, target: target ?? source, readOnly: name === "ro-bind" });
	}
	return rules;
}

/** `SRC:DEST`; a colon within a path is written `\:`. */
function splitPair(value: string): [string, string | undefined] {
	const colon = /(?<!\\):/.exec(value)?.index;
	const plain = (path: string) => path.replaceAll("\\:", ":");
	return colon === undefined
		? [plain(value), undefined]
		: [plain(value.slice(0, colon)), plain(value.slice(colon + 1))];
}
