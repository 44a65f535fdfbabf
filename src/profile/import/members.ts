/** Objects of JSON, read member by member: what has the wrong type is a problem, and what nobody asks for is noticed. */
import { type Import, longestSource } from "./types.ts";

/** Why a member that the OCI specification does not have is not in a profile. */
export const unknown = "the specification, up to 1.3, has no such member: it means nothing here";

/** The object that a text of JSON is. Anything else is a problem, and nothing then. */
export function readJson(source: string, made: Import): Members {
	if (source.length > longestSource) made.problem(`the configuration is longer than ${longestSource} characters`);
	else {
		try {
			const value: unknown = JSON.parse(source);
			if (isObject(value)) return new Members(value, "", made);
			made.problem("the configuration is no object");
		} catch (error) {
			if (!(error instanceof SyntaxError)) throw error;
			made.problem(`the configuration cannot be read as JSON: ${error.message}`);
		}
	}
	return new Members({}, "", made);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === "object" && value !== null && !Array.isArray(value);

/** The members of one object. */
export class Members {
	private readonly asked = new Set<string>();

	constructor(
		private readonly object: Readonly<Record<string, unknown>>,
		/** Where it stands, with a dot behind it. */
		readonly path: string,
		private readonly made: Import,
	) {}

	has(name: string): boolean {
		return Object.hasOwn(this.object, name) && this.object[name] !== null;
	}

	text(name: string): string | undefined {
		return this.typed(name, "text", (value) => typeof value === "string");
	}

	flag(name: string): boolean | undefined {
		return this.typed(name, "true or false", (value) => typeof value === "boolean");
	}

	/** A whole number; one that a double cannot hold is infinite. */
	number(name: string): number | undefined {
		const number = this.typed(name, "whole number", (value) => Number.isInteger(value)) as number | undefined;
		return number === undefined || Number.isSafeInteger(number) ? number : number * Number.POSITIVE_INFINITY;
	}

	texts(name: string): readonly string[] | undefined {
		return this.typed(
			name,
			"list of texts",
			(value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
		);
	}

	numbers(name: string): readonly number[] | undefined {
		return this.typed(
			name,
			"list of whole numbers",
			(value) => Array.isArray(value) && value.every((one) => Number.isSafeInteger(one)),
		);
	}

	/** An object whose members are texts. */
	textsByName(name: string): ReadonlyMap<string, string> | undefined {
		const is = (value: unknown) => isObject(value) && Object.values(value).every((one) => typeof one === "string");
		const found = this.typed<Record<string, string>>(name, "object of texts", is);
		return found && new Map(Object.entries(found));
	}

	/** An object within. */
	members(name: string): Members | undefined {
		const found = this.typed<Record<string, unknown>>(name, "object", isObject);
		return found && new Members(found, `${this.path}${name}.`, this.made);
	}

	/** A list of objects. */
	list(name: string): Members[] {
		const is = (value: unknown) => Array.isArray(value) && value.every(isObject);
		const found = this.typed<readonly Record<string, unknown>[]>(name, "list of objects", is) ?? [];
		return found.map((one, i) => new Members(one, `${this.path}${name}[${i}].`, this.made));
	}

	/** Lists this member as missing where it is there. */
	lacks(name: string, why: string): void {
		this.asked.add(name);
		if (this.has(name)) this.made.lacks(`${this.path}${name}`, why);
	}

	/** The members that nobody has asked for. */
	get others(): string[] {
		return Object.keys(this.object).filter((name) => !this.asked.has(name));
	}

	private typed<T>(name: string, what: string, is: (value: unknown) => boolean): T | undefined {
		this.asked.add(name);
		if (!this.has(name)) return undefined;
		const value = this.object[name];
		if (is(value)) return value as T;
		return this.made.problem(`${this.path}${name} is ${what === "true or false" ? "not" : "no"} ${what}`);
	}
}
