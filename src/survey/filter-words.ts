/** The words of a filter: columns, numbers, texts in quotes, operators. */

export interface Token {
	readonly is: "word" | "number" | "text" | "sign";
	/** What it says: an operator by its sign, a text without its quotes. */
	readonly text: string;
}

/** Characters of a filter. */
const longest = 4096;

/** Operators that may also be written as words. */
const signsByWord: Readonly<Record<string, string>> = {
	...{ and: "&&", or: "||", not: "!" },
	...{ eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" },
};

const blank = /^\s+/;
const word = /^[A-Za-z_][A-Za-z0-9_-]*/;
const digits = /^[0-9][A-Za-z0-9_.]*/;
const sign = /^(?:==|!=|<=|>=|=~|!~|&&|\|\||[<>!()])/;

/** The words of `text` one after the other, or what is wrong with it. */
export function tokensOf(text: string): { readonly tokens: readonly Token[] } | { readonly wrong: string } {
	if (text.length > longest) return { wrong: `it has more than ${longest} characters` };
	const tokens: Token[] = [];
	for (let at = 0; at < text.length; ) {
		const rest = text.slice(at);
		const space = blank.exec(rest)?.[0];
		if (space !== undefined) {
			at += space.length;
			continue;
		}
		const found = quoted(rest) ?? plain(rest);
		if (found === undefined) return { wrong: `${JSON.stringify(rest.slice(0, 20))} is no part of a filter` };
		if (found.size === 0) return { wrong: `a quote is not closed: ${JSON.stringify(rest.slice(0, 20))}` };
		if (found.token.is === "number" && /\D/.test(found.token.text))
			return { wrong: `${found.token.text} is no number` };
		tokens.push(found.token);
		at += found.size;
	}
	return tokens.length === 0 ? { wrong: "it is empty" } : { tokens };
}

interface Found {
	readonly token: Token;
	/** How many characters it takes; 0 where it has no end. */
	readonly size: number;
}

/** A text in quotes. A backslash stands for itself, but in front of a quote or another backslash, which it lets stand. */
function quoted(rest: string): Found | undefined {
	const quote = rest[0];
	if (quote !== '"' && quote !== "'") return undefined;
	let text = "";
	for (let at = 1; at < rest.length; at++) {
		const character = rest[at] ?? "";
		if (character === quote) return { token: { is: "text", text }, size: at + 1 };
		const next = rest[at + 1] ?? "";
		const escapes = character === "\\" && (next === quote || next === "\\");
		if (escapes) at++;
		text += escapes ? next : character;
	}
	return { token: { is: "text", text }, size: 0 };
}

function plain(rest: string): Found | undefined {
	const name = word.exec(rest)?.[0];
	const asSign = name === undefined || !Object.hasOwn(signsByWord, name) ? undefined : signsByWord[name];
	if (name !== undefined) return found(asSign ? "sign" : "word", asSign ?? name, name.length);
	const number = digits.exec(rest)?.[0];
	if (number !== undefined) return found("number", number, number.length);
	const text = sign.exec(rest)?.[0];
	return text === undefined ? undefined : found("sign", text, text.length);
}

const found = (is: Token["is"], text: string, size: number): Found => ({ token: { is, text }, size });
