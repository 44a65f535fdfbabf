/** A learned profile as the text of a file. */
import type { Learned } from "../src/observe/profile.ts";
import { printable } from "../src/plan/text.ts";

/** How profiles are written, by the end of their names. */
const formats = { toml: toToml, json: toJson, json5: toJson, yaml: toJson, yml: toJson } as const;

/** What a profile's file may be called, for a message. */
export const endings: string = Object.keys(formats)
	.map((name) => `.${name}`)
	.join(", ");

type Format = keyof typeof formats;

/** The format that a file's name asks for. */
export function formatOf(path: string): Format | undefined {
	const ending = path.slice(path.lastIndexOf(".") + 1);
	return Object.keys(formats).find((name): name is Format => name === ending);
}

/** The whole file; what has to be known comes first, as comments where the format has them. */
export function profileText({ profile, notes }: Learned, head: readonly string[], format: Format): string {
	const mark = format === "json5" ? "//" : "#";
	const comments = format === "json" ? [] : [...head, ...notes].map((line) => `${mark} ${printable(line)}\n`);
	return `${comments.join("")}${formats[format](profile)}`;
}

type Table = Readonly<Record<string, unknown>>;

/** JSON, which is JSON5 and YAML too. */
function toJson(profile: object): string {
	return `${JSON.stringify(profile, null, "\t")}\n`;
}

const isTable = (value: unknown): value is Table =>
	typeof value === "object" && value !== null && !Array.isArray(value);

/** Values first, then each table; tables within lists in one line each. */
function toToml(profile: object): string {
	const lines: string[] = [];
	for (const [key, value] of Object.entries(profile)) if (!isTable(value)) lines.push(`${key} = ${tomlValue(value)}`);
	for (const [key, value] of Object.entries(profile)) {
		if (!isTable(value)) continue;
		lines.push("", `[${key}]`, ...Object.entries(value).map(([name, one]) => `${name} = ${tomlValue(one)}`));
	}
	return `${lines.join("\n")}\n`;
}

function tomlValue(value: unknown): string {
	if (Array.isArray(value)) return `[\n${value.map((one) => `  ${tomlValue(one)},\n`).join("")}]`;
	if (!isTable(value)) return JSON.stringify(value).replaceAll("\u007f", "\\u007f");
	return `{ ${Object.entries(value)
		.map(([name, one]) => `${name} = ${tomlValue(one)}`)
		.join(", ")} }`;
}
