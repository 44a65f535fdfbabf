/** Profiles as text: TOML, YAML, JSON, JSONC and JSON5, by Bun's parsers. */
import { toBytes } from "../bytes.ts";
import { nearest } from "../nearest.ts";
import { printable } from "../plan/text.ts";

/** The ways to write a profile, by how the name of its file ends. */
const formats = {
	toml: { name: "TOML", parse: (text: string): unknown => Bun.TOML.parse(text) },
	yaml: { name: "YAML", parse: (text: string): unknown => Bun.YAML.parse(text) },
	yml: { name: "YAML", parse: (text: string): unknown => Bun.YAML.parse(text) },
	json: { name: "JSON", parse: (text: string): unknown => JSON.parse(text) },
	jsonc: { name: "JSONC", parse: (text: string): unknown => Bun.JSONC.parse(text) },
	json5: { name: "JSON5", parse: (text: string): unknown => Bun.JSON5.parse(text) },
} as const;

/** How a profile is written. */
export type Format = keyof typeof formats;

/** How the name of a profile's file may end. */
export const endings = Object.keys(formats) as readonly Format[];

/** How a file of this name is written; `undefined` where the name does not tell. */
export function formatOf(path: string): Format | undefined {
	const name = path.slice(path.lastIndexOf("/") + 1);
	return endings.find((ending) => name.endsWith(`.${ending}`) && name.length > ending.length + 1);
}

/** What to say of a name that does not tell how its file is written. */
export function endingHint(path: string): string {
	const near = nearest(path.slice(path.lastIndexOf(".") + 1), endings);
	return `the name has to end in .${endings.join(", .")}${near ? `; did you mean .${near}?` : ""}`;
}

/** The text is not what its name says. */
export class TextError extends Error {}

/** What a file holds. Throws a `TextError` that says what is wrong, and where. */
export function parseBytes(bytes: Uint8Array, format: Format): unknown {
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		throw new TextError("is not text in UTF-8");
	}
	const { name, parse } = formats[format];
	const said = messageOf(() => parse(text));
	if (said === undefined) return parse(text);
	const line = lineOf(text, said, parse);
	throw new TextError(`line ${line} is no ${name}: ${said}`);
}

/** What a parser says against a text; `undefined` when nothing. */
function messageOf(parse: () => unknown): string | undefined {
	try {
		parse();
		return undefined;
	} catch (error) {
		// Too deep for the parser's stack is an error like any other.
		if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
		return error.message.replace(/^\w+ Parse error: /, "");
	}
}

/** Bun's parsers do not tell the line: it is the last of the shortest beginning they say the same of. */
function lineOf(text: string, said: string, parse: (text: string) => unknown): number {
	const lines = text.split("\n");
	let [fine, wrong] = [0, lines.length];
	while (wrong - fine > 1) {
		const middle = Math.floor((fine + wrong) / 2);
		const beginning = `${lines.slice(0, middle).join("\n")}\n`;
		if (messageOf(() => parse(beginning)) === said) wrong = middle;
		else fine = middle;
	}
	return wrong;
}

const heading = [
	"A profile of nskit: ns run --profile FILE. Paths that are not absolute begin at the directory of this file.",
	"What can stand here: ns plan --schema, docs/profiles.md.",
];

/** The text of a profile. `notes` are lines that stand at its top, where the format has comments. */
export function profileText(
	data: Readonly<Record<string, unknown>>,
	format: Format,
	notes: readonly string[] = [],
): Uint8Array {
	return toBytes(written(data, format, [...heading, ...notes.map(printable)]));
}

function written(data: Readonly<Record<string, unknown>>, format: Format, lines: readonly string[]): string {
	const comment = (mark: string): string => lines.map((line) => `${mark} ${line}\n`).join("");
	switch (format) {
		case "toml":
			return `${comment("#")}\n${inOctal(Bun.TOML.stringify(data)).trim()}\n`;
		case "yaml":
		case "yml":
			return `${comment("#")}${Bun.YAML.stringify(data, null, 2).trimEnd()}\n`;
		case "json":
			return `${JSON.stringify(data, null, "\t")}\n`;
		case "jsonc":
			return `${comment("//")}${JSON.stringify(data, null, "\t")}\n`;
		case "json5":
			return `${comment("//")}${Bun.JSON5.stringify(data, null, "\t")}\n`;
	}
}

/** Permissions as people read them. A line of TOML that begins so is no part of a text: those are written on one line. */
function inOctal(toml: string): string {
	return toml.replace(/^(mode|umask) = (\d+)$/gm, (_, name: string, number: string) => {
		return `${name} = 0o${Number(number).toString(8)}`;
	});
}
