/** The options of Landlock. */
import type { LandlockOptions, LandlockScope } from "../src/privileges/types.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** The options that ask for Landlock. */
export const landlockOptions: readonly string[] = [
	...["landlock-read", "landlock-write", "landlock-execute", "landlock-bind", "landlock-connect"],
	...["landlock-scope", "landlock-best-effort"],
];

/** What they ask for. Relative paths begin at the caller's directory, as that is called inside. */
export function readLandlock(reader: Reader): LandlockOptions {
	return {
		read: readPaths(reader, "landlock-read"),
		write: readPaths(reader, "landlock-write"),
		execute: readPaths(reader, "landlock-execute"),
		bind: readPorts(reader, "landlock-bind"),
		connect: readPorts(reader, "landlock-connect"),
		scope: readScopes(reader),
		bestEffort: reader.flag("landlock-best-effort"),
	};
}

function readPaths(reader: Reader, name: string): string[] | undefined {
	const paths = reader.each(name);
	return paths.length === 0 ? undefined : paths.map((path) => reader.resolve(path));
}

/** `80,443`, or `none`. */
function readPorts(reader: Reader, name: string): number[] | undefined {
	const given = reader.each(name);
	if (given.length === 0) return undefined;
	const words = given.flatMap((text) => text.split(","));
	const ports: number[] = [];
	for (const word of words) {
		const port = wholeNumber(word);
		if (port !== undefined) ports.push(port);
		else if (word !== "none")
			reader.problem("VALUE_INVALID", `--${name}: ${JSON.stringify(word)} is no port`, "such as 80,443, or none");
	}
	if (words.includes("none") && words.length > 1)
		reader.problem("OPTION_TWICE", `--${name} allows none, and others`, "choose one");
	return ports;
}

function readScopes(reader: Reader): LandlockScope[] | undefined {
	const given = reader.each("landlock-scope");
	if (given.length === 0) return undefined;
	// Names are checked by the module.
	return given.flatMap((text) => text.split(",")) as LandlockScope[];
}
