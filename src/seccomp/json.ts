/** JSON as profiles need it: with the place of a mistake, every digit of a number, and no key twice. RFC 8259 */

/** What JSON can hold; whole numbers beyond 2^53 are bigints. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

/** Where a text is no JSON, in words. */
export class JsonError extends Error {
	override readonly name = "JsonError";
}

/** Objects and lists in each other, at most. */
const deepest = 64;

/** Reads all of `text`. Throws a `JsonError` that says line and column. */
export function parseJson(text: string): Json {
	return new JsonReader(text).all();
}

class JsonReader {
	private at = 0;

	constructor(private readonly text: string) {}

	all(): Json {
		const value = this.value(0);
		this.blank();
		return this.at < this.text.length ? this.fail("there is more behind the end") : value;
	}

	private fail(what: string, at = this.at): never {
		const before = this.text.slice(0, at).split("\n");
		throw new JsonError(`line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${what}`);
	}

	private blank(): void {
		while (/^[ \t\r\n]$/.test(this.text[this.at] ?? "")) this.at++;
	}

	/** Goes behind a character, if it is the next one that is not blank. */
	private skip(character: string): boolean {
		this.blank();
		if (this.text[this.at] !== character) return false;
		this.at++;
		return true;
	}

	private value(depth: number): Json {
		this.blank();
		if (depth > deepest) return this.fail("it goes too deep");
		if (this.skip("{")) return this.object(depth);
		if (this.skip("[")) return this.list(depth);
		if (this.text[this.at] === '"') return this.string();
		const word = /^[-+\w.]*/.exec(this.text.slice(this.at, this.at + 400))?.[0] ?? "";
		const value = plain(word);
		if (value === undefined) return this.fail(word === "" ? "a value is missing" : `${word} is no value`);
		this.at += word.length;
		return value;
	}

	private list(depth: number): Json {
		const values: Json[] = [];
		if (this.skip("]")) return values;
		do values.push(this.value(depth + 1));
		while (this.skip(","));
		return this.skip("]") ? values : this.fail("a comma or ] is missing");
	}

	private object(depth: number): Json {
		// Without a prototype, `__proto__` is a key like others.
		const values: Record<string, Json> = Object.create(null);
		if (this.skip("}")) return values;
		do {
			this.blank();
			const start = this.at;
			const key = this.string();
			if (key in values) this.fail(`the key ${JSON.stringify(key)} is there twice`, start);
			if (!this.skip(":")) this.fail("a colon is missing");
			values[key] = this.value(depth + 1);
		} while (this.skip(","));
		return this.skip("}") ? values : this.fail("a comma or } is missing");
	}

	private string(): string {
		const start = this.at;
		if (this.text[start] !== '"') return this.fail("a string is missing");
		let end = start + 1;
		while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === "\\" ? 2 : 1;
		try {
			const text: unknown = JSON.parse(this.text.slice(start, end + 1));
			this.at = end + 1;
			return String(text);
		} catch (error) {
			if (!(error instanceof SyntaxError)) throw error;
			return this.fail("the string is not well formed or has no end");
		}
	}
}

function plain(word: string): Json | undefined {
	if (word === "null") return null;
	if (word === "true" || word === "false") return word === "true";
	if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(word)) return undefined;
	const number = Number(word);
	return Number.isSafeInteger(number) || !/^-?\d+$/.test(word) ? number : BigInt(word);
}
