/**
 * Values of several parts: `SOURCE[:TARGET][:OPTION,NAME=VALUE...]`. A target begins with a slash. A colon or a comma
 * that belongs to a path or a value is written `\:` or `\,`.
 */
import type { Problem } from "../src/plan/types.ts";
import type { Reader } from "./reader.ts";

/** The parts of one value. What is asked for is taken; what is left at the end is a problem. */
export class Words {
	private readonly parts: string[];
	private readonly options: string[] = [];
	private readonly known: string[] = [];
	private readonly problems: Problem[] = [];

	constructor(
		private readonly option: string,
		private readonly text: string,
	) {
		this.parts = split(text, ":");
	}

	/** The first part. */
	path(otherwise = ""): string {
		const first = this.parts.shift() ?? "";
		return first === "" ? otherwise : plain(first);
	}

	/** The next part, if it is a path of its own. */
	target(): string | undefined {
		return this.parts[0]?.startsWith("/") ? plain(this.parts.shift() ?? "") : undefined;
	}

	/** Whether an option without a value is there. */
	has(name: string): boolean {
		return this.take(name, (one) => one === name).length > 0;
	}

	/** The values of an option that may be repeated. */
	values(name: string): string[] {
		const taken = this.take(`${name}=`, (one) => one.startsWith(`${name}=`));
		return taken.map((one) => plain(one.slice(name.length + 1)));
	}

	/** The value of an option. */
	value(name: string): string | undefined {
		const all = this.values(name);
		if (all.length > 1) this.wrong(`${name}= is given ${all.length} times`);
		return all[0];
	}

	/** A value that has to be one of these. */
	choice<const T extends string>(name: string, among: readonly T[]): T | undefined {
		const value = this.value(name);
		const found = among.find((one) => one === value);
		if (value !== undefined && found === undefined) this.wrong(`${name}=${value} is none of ${among.join(", ")}`);
		return found;
	}

	/** Permissions. */
	octal(name: string): number | undefined {
		const value = this.value(name);
		if (value === undefined) return undefined;
		if (/^0?[0-7]{1,4}$/.test(value)) return Number.parseInt(value, 8);
		this.wrong(`${name}=${value} is no octal number up to 7777`);
		return undefined;
	}

	/** The number of a user or group. */
	id(name: string): number | undefined {
		const value = this.value(name);
		return value === undefined ? undefined : this.number(value);
	}

	/** A decimal number. */
	number(text: string): number {
		if (/^(0|[1-9]\d{0,9})$/.test(text)) return Number(text);
		this.wrong(`${JSON.stringify(text)} is no number`);
		return 0;
	}

	wrong(message: string): void {
		this.problems.push({
			code: "VALUE_INVALID",
			message: `${this.option} ${this.text}: ${message}`,
			hint: "see --help",
		});
	}

	/** Says what was wrong, and what nobody has asked for. */
	finish(reader: Reader): void {
		this.open();
		for (const one of [...this.parts, ...this.options]) {
			const known = this.known.join(", ");
			const can = known === "" ? "nothing can stand there" : `what can stand there is ${known}`;
			this.wrong(`${JSON.stringify(plain(one))} is no path that begins with /, and ${can}`);
		}
		reader.problems.push(...this.problems);
	}

	/** The last part holds the options. */
	private open(): void {
		if (this.options.length === 0 && this.parts.length > 0 && !this.parts[0]?.startsWith("/"))
			this.options.push(...split(this.parts.shift() ?? "", ","));
	}

	private take(name: string, is: (one: string) => boolean): string[] {
		this.open();
		this.known.push(name);
		const taken: string[] = [];
		for (let i = 0; i < this.options.length; ) {
			if (is(this.options[i] ?? "")) taken.push(...this.options.splice(i, 1));
			else i++;
		}
		return taken;
	}
}

/** Splits where `separator` stands without a backslash before it. */
function split(text: string, separator: string): string[] {
	const parts: string[] = [];
	let from = 0;
	for (let at = 0; at < text.length; at++) {
		if (text[at] === "\\" && isEscaped(text[at + 1])) at++;
		else if (text[at] === separator) {
			parts.push(text.slice(from, at));
			from = at + 1;
		}
	}
	parts.push(text.slice(from));
	return parts;
}

const isEscaped = (character: string | undefined): boolean => character === ":" || character === ",";

/** The text with `\:` and `\,` as they are meant. */
const plain = (text: string): string => text.replaceAll("\\:", ":").replaceAll("\\,", ",");
