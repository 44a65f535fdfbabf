/** Messages of protocol buffers by their types, read from the text format or from JSON. */
import { fromBytes } from "../../bytes.ts";
import type { TextField, TextValue } from "./text-format.ts";
import type { Import } from "./types.ts";

/** The type of a field: what it is, and whether there may be many. */
export interface ProtoField {
	readonly type:
		| "string"
		| "bytes"
		| "bool"
		| "int32"
		| "uint32"
		| "int64"
		| "uint64"
		| readonly string[]
		| ProtoSchema;
	readonly repeated?: true;
}

/** The fields of a message by name. */
export interface ProtoSchema {
	readonly fields: Readonly<Record<string, ProtoField>>;
}

/** Numbers that a double cannot hold are infinite: no limit is that high. */
export type ProtoValue = string | number | boolean | ProtoMessage;

/** The fields that a message has, each with its values. */
export class ProtoMessage {
	constructor(private readonly fields: ReadonlyMap<string, readonly ProtoValue[]>) {}

	has(name: string): boolean {
		return this.fields.has(name);
	}

	get names(): string[] {
		return [...this.fields.keys()];
	}

	text(name: string, otherwise = ""): string {
		const value = this.fields.get(name)?.[0];
		return typeof value === "string" ? value : otherwise;
	}

	number(name: string, otherwise: number): number {
		const value = this.fields.get(name)?.[0];
		return typeof value === "number" ? value : otherwise;
	}

	flag(name: string, otherwise = false): boolean {
		const value = this.fields.get(name)?.[0];
		return typeof value === "boolean" ? value : otherwise;
	}

	texts(name: string): string[] {
		return (this.fields.get(name) ?? []).filter((value) => typeof value === "string");
	}

	numbers(name: string): number[] {
		return (this.fields.get(name) ?? []).filter((value) => typeof value === "number");
	}

	messages(name: string): ProtoMessage[] {
		return (this.fields.get(name) ?? []).filter((value) => value instanceof ProtoMessage);
	}
}

const ranges = {
	int32: [-(2n ** 31n), 2n ** 31n - 1n],
	uint32: [0n, 2n ** 32n - 1n],
	int64: [-(2n ** 63n), 2n ** 63n - 1n],
	uint64: [0n, 2n ** 64n - 1n],
} as const;

const isSchema = (type: ProtoField["type"]): type is ProtoSchema => typeof type === "object" && "fields" in type;

/** A message of the text format. */
export function messageOfText(
	fields: readonly TextField[],
	schema: ProtoSchema,
	made: Import,
	path = "",
): ProtoMessage {
	const values = new Map<string, ProtoValue[]>();
	for (const { name, value, at } of fields) {
		const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
		if (!field) {
			made.problem(`${at}: there is no field ${path}${name}`);
			continue;
		}
		const others = values.get(name);
		if (others && !field.repeated) made.problem(`${at}: ${path}${name} is given more than once`);
		const read = textValue(value, field, made, `${path}${name}`);
		if (read === undefined) made.problem(`${at}: ${path}${name} is not ${described(field)}`);
		else if (others) others.push(read);
		else values.set(name, [read]);
	}
	return new ProtoMessage(values);
}

function textValue(value: TextValue, { type }: ProtoField, made: Import, path: string): ProtoValue | undefined {
	if (isSchema(type)) {
		return value.kind === "message" ? messageOfText(value.fields, type, made, `${path}.`) : undefined;
	}
	if (type === "string" || type === "bytes") return value.kind === "string" ? value.text : undefined;
	if (value.kind !== "word") return undefined;
	const { text } = value;
	if (type === "bool") return truths.includes(text) ? true : falsehoods.includes(text) ? false : undefined;
	if (typeof type !== "string") return enumValue(text, type);
	return /^-?(?:0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(text) ? wholeNumber(text, type) : undefined;
}

const truths = ["true", "True", "t", "1"];
const falsehoods = ["false", "False", "f", "0"];

const enumValue = (text: string, names: readonly string[]): string | undefined =>
	names.includes(text) ? text : /^\d{1,2}$/.test(text) ? names[Number(text)] : undefined;

function wholeNumber(text: string, type: keyof typeof ranges): number | undefined {
	const digits = text.replace("-", "");
	const size = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
	const number = text.startsWith("-") ? -size : size;
	const [least, most] = ranges[type];
	if (number < least || number > most) return undefined;
	return Number.isSafeInteger(Number(number)) ? Number(number) : Number.POSITIVE_INFINITY;
}

/** A message of JSON: names as in the schema or in camel case, numbers also as texts, bytes in base64. */
export function messageOfJson(value: unknown, schema: ProtoSchema, made: Import, path = ""): ProtoMessage {
	const values = new Map<string, ProtoValue[]>();
	const names = new Map<string, string>();
	for (const name of Object.keys(schema.fields)) {
		names.set(name, name);
		names.set(camel(name), name);
	}
	for (const [key, member] of Object.entries(value as object)) {
		const name = names.get(key);
		const field = name === undefined ? undefined : schema.fields[name];
		if (name === undefined || !field) made.problem(`there is no field ${path}${key}`);
		else if (member !== null) {
			if (values.has(name)) made.problem(`${path}${name} is given more than once`);
			values.set(name, jsonValues(member, field, made, `${path}${name}`));
		}
	}
	return new ProtoMessage(values);
}

function jsonValues(member: unknown, field: ProtoField, made: Import, path: string): ProtoValue[] {
	if (field.repeated !== Array.isArray(member) && (field.repeated || Array.isArray(member))) {
		made.problem(`${path} is ${field.repeated ? "no list" : "a list"}`);
		return [];
	}
	const values: ProtoValue[] = [];
	for (const one of Array.isArray(member) ? member : [member]) {
		const read = jsonValue(one, field, made, path);
		if (read === undefined) made.problem(`${path} is not ${described(field)}`);
		else values.push(read);
	}
	return values;
}

function jsonValue(value: unknown, { type }: ProtoField, made: Import, path: string): ProtoValue | undefined {
	if (isSchema(type)) {
		const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
		return isObject ? messageOfJson(value, type, made, `${path}.`) : undefined;
	}
	if (type === "string") return typeof value === "string" ? value : undefined;
	if (type === "bool") return typeof value === "boolean" ? value : undefined;
	if (type === "bytes") return typeof value === "string" ? fromBase64(value) : undefined;
	if (typeof type !== "string") {
		return typeof value === "string" || typeof value === "number" ? enumValue(String(value), type) : undefined;
	}
	if (typeof value === "number" && Number.isInteger(value)) {
		return Number.isSafeInteger(value) ? wholeNumber(String(value), type) : Number.POSITIVE_INFINITY;
	}
	return typeof value === "string" && /^-?(?:0|[1-9]\d*)$/.test(value) ? wholeNumber(value, type) : undefined;
}

function fromBase64(text: string): string | undefined {
	const plain = text.replaceAll("-", "+").replaceAll("_", "/");
	if (!/^[A-Za-z\d+/]*={0,2}$/.test(plain)) return undefined;
	try {
		return fromBytes(Uint8Array.from(atob(plain), (character) => character.charCodeAt(0)));
	} catch (error) {
		if (error instanceof DOMException) return undefined;
		throw error;
	}
}

const camel = (name: string): string => name.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());

function described({ type }: ProtoField): string {
	if (isSchema(type)) return "a message";
	if (typeof type !== "string") return `one of ${type.join(", ")}`;
	if (type === "bool") return "true or false";
	if (type === "string" || type === "bytes") return "a text";
	const [least, most] = ranges[type];
	return `a whole number from ${least} to ${most}`;
}
