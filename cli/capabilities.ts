/** The options for capabilities. Names are checked by the module, which says all that is wrong at once. */
import type { CapabilityOptions } from "../src/privileges/types.ts";
import type { Reader } from "./reader.ts";

/** The options that ask for the module. */
export const capabilityOptions: readonly string[] = [
	"cap-drop",
	"cap-add",
	"keep-caps",
	"new-privs",
	"securebits",
	"disable-userns",
];

/** What the options of a command line ask of capabilities. */
export function readCapabilities(reader: Reader): CapabilityOptions {
	const newPrivileges = reader.flag("new-privs");
	return {
		drop: readNames(reader, "cap-drop"),
		add: readNames(reader, "cap-add"),
		keep: reader.flag("keep-caps"),
		noNewPrivileges: newPrivileges === undefined ? undefined : !newPrivileges,
		secureBits: reader.text("securebits")?.split(","),
		disableUserNamespaces: reader.flag("disable-userns"),
	};
}

function readNames(reader: Reader, option: "cap-drop" | "cap-add"): string[] | undefined {
	const names: string[] = [];
	for (const list of reader.each(option)) names.push(...list.split(","));
	return names.length === 0 ? undefined : names;
}
