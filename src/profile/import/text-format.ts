/** A reader of the text format of protocol buffers, which nsjail's configurations are written in. */
import { fromBytes, toBytes } from "../../bytes.ts";

/** A value as it is written: what it means, its field's type says. */
export type TextValue =
	| { readonly kind: "string"; readonly text: string }
	/** A number, with its sign, or a name. */
	| { readonly kind: "word"; readonly text: string }
	| { readonly kind: "message"; readonly fields: readonly TextField[] };

export interface TextField {
	readonly name: string;
	readonly value: TextValue;
	/** `LINE:COLUMN` of its name. */
	readonly at: string;
}

/** What is wrong with a text, and where. */
export class TextFormatError extends Error {
	override readonly name = "TextFormatError";
}

/** Messages within messages, at most. */
const deepest = 32;

type Token = { readonly kind: "string" | "word" | "sign" | "end"; readonly text: string; readonly from: number };

/** The fields of a message, in their order. Throws a TextFormatError with line and column. */
export function readTextFormat(source: string): TextField[] {
	return new Reader(source).message("", 0);
}

class Reader {
	private at = 0;
	private token: Token;
	private line = { number: 1, start: 0 };

	constructor(private readonly source: string) {
		this.token = this.next();
	}

	/** Fields up to `end`, which is taken too. */
	message(end: string, depth: number): TextField[] {
		if (depth > deepest) this.fail(`there are more than ${deepest} messages within each other`);
		const fields: TextField[] = [];
		while (!(end === "" ? this.token.kind === "end" : this.is(end))) {
			const { kind, text: name, from } = this.token;
			if (kind !== "word" || !/^[A-Za-z_]/.test(name))
				this.fail(`the name of a field is expected, not ${this.shown()}`);
			this.step();
			const colon = this.take(":");
			const at = this.place(from);
			if (this.take("[")) {
				if (!colon) this.fail("a list stands behind a colon");
				for (const value of this.list(depth)) fields.push({ name, value, at });
			} else fields.push({ name, value: this.value(depth, colon), at });
			if (!this.take(",")) this.take(";");
		}
		if (end !== "") this.step();
		return fields;
	}

	private list(depth: number): TextValue[] {
		const values: TextValue[] = [];
		if (this.take("]")) return values;
		do values.push(this.value(depth, true));
		while (this.take(","));
		if (!this.take("]")) this.fail(`, or ] is expected, not ${this.shown()}`);
		return values;
	}

	private value(depth: number, colon: boolean): TextValue {
		for (const [open, close] of [
			["{", "}"],
			["<", ">"],
		] as const) {
			if (this.take(open)) return { kind: "message", fields: this.message(close, depth + 1) };
		}
		if (!colon) this.fail(`: or { is expected, not ${this.shown()}`);
		if (this.token.kind === "string") {
			// Pieces become one text of bytes: a character may begin in one and end in the next.
			const pieces: number[] = [];
			while (this.token.kind === "string") {
				for (const byte of toBytes(this.token.text)) pieces.push(byte);
				this.step();
			}
			return { kind: "string", text: fromBytes(Uint8Array.from(pieces)) };
		}
		const sign = this.take("-") ? "-" : "";
		const { kind, text } = this.token;
		if (kind !== "word" || (sign !== "" && !/^[\d.]/.test(text))) this.fail(`a value is expected, not ${this.shown()}`);
		this.step();
		return { kind: "word", text: `${sign}${text}` };
	}

	private is(sign: string): boolean {
		return this.token.kind === "sign" && this.token.text === sign;
	}

	private take(sign: string): boolean {
		const found = this.is(sign);
		if (found) this.step();
		return found;
	}

	private step(): void {
		this.token = this.next();
	}

	private next(): Token {
		for (;;) {
			while (/\s/.test(this.source[this.at] ?? "")) this.at++;
			if (this.source[this.at] !== "#") break;
			const line = this.source.indexOf("\n", this.at);
			this.at = line < 0 ? this.source.length : line;
		}
		const from = this.at;
		const first = this.source[from];
		if (first === undefined) return { kind: "end", text: "", from };
		if (first === '"' || first === "'") return { kind: "string", text: this.quoted(first), from };
		const word = /[\w.+]+/y;
		word.lastIndex = from;
		const text = word.exec(this.source)?.[0] ?? first;
		this.at += text.length;
		return { kind: /^[\w.]/.test(text) ? "word" : "sign", text, from };
	}

	private quoted(quote: string): string {
		const from = this.at++;
		const bytes: number[] = [];
		for (;;) {
			const character = this.source[this.at];
			if (character === undefined || character === "\n") this.fail("a text does not end on its line", from);
			this.at++;
			if (character === quote) return fromBytes(Uint8Array.from(bytes));
			if (character === "\\") bytes.push(...this.escaped());
			else {
				const whole = String.fromCodePoint(this.source.codePointAt(this.at - 1) ?? 0);
				this.at += whole.length - 1;
				bytes.push(...toBytes(whole));
			}
		}
	}

	private escaped(): Iterable<number> {
		const from = this.at - 1;
		const sequence = /([abfnrtv\\'"?])|([0-7]{1,3})|[xX]([\da-fA-F]{1,2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})/y;
		sequence.lastIndex = this.at;
		const found = sequence.exec(this.source);
		if (!found) return this.fail("there is no such escape", from);
		this.at = sequence.lastIndex;
		const [, letter, octal, hex, short, long] = found;
		if (letter !== undefined) return toBytes(letters[letter] ?? letter);
		const number = octal === undefined ? Number.parseInt(hex ?? short ?? long ?? "", 16) : Number.parseInt(octal, 8);
		if (octal !== undefined || hex !== undefined) {
			return number > 0xff ? this.fail("the escape is no byte", from) : [number];
		}
		const isCharacter = number <= 0x10ffff && !(number >= 0xd800 && number <= 0xdfff);
		return isCharacter ? toBytes(String.fromCodePoint(number)) : this.fail("the escape is no character", from);
	}

	private shown(): string {
		return this.token.kind === "end" ? "the end" : JSON.stringify(this.token.text.slice(0, 40));
	}

	/** Counted on from the place that was asked for before: a text of many lines is gone through once. */
	private place(offset: number): string {
		if (offset < this.line.start) this.line = { number: 1, start: 0 };
		for (;;) {
			const end = this.source.indexOf("\n", this.line.start);
			if (end < 0 || end >= offset) return `${this.line.number}:${offset - this.line.start + 1}`;
			this.line = { number: this.line.number + 1, start: end + 1 };
		}
	}

	private fail(message: string, from = this.token.from): never {
		throw new TextFormatError(`${this.place(from)}: ${message}`);
	}
}

const letters: Readonly<Record<string, string>> = {
	a: "\x07",
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
	v: "\v",
};
