/**
 * Checks data against a shape: every key and every value, and everything that is wrong at once, each named by its path.
 * What comes out is made anew of what is known, so nothing else that an object may carry gets through.
 */

import { nearest } from "../nearest.ts";
import type { Problem } from "../plan/types.ts";
import { wrongName } from "./environment.ts";
import { isTable, memberFor, newTable, type ObjectShape, type Shape } from "./schema.ts";

/** What is checked. */
export interface Checked {
	/** What the problems begin with: the name of a file. */
	readonly name: string;
	/** Whether it is an object of a program's, which may hold bytes and bigints and keys without a value. */
	readonly object?: boolean;
}

/** No more values are looked at, and none below so many others: aliases of YAML can make a small file a huge one. */
const mostValues = 100_000;
const deepest = 32;
/** Nobody reads more problems. */
const mostProblems = 100;

/** The value as far as it is right, and all that is not. */
export function validate(
	value: unknown,
	shape: Shape,
	what: Checked,
): { value: unknown; problems: readonly Problem[] } {
	const validator = new Validator(what);
	try {
		return { value: validator.check(value, shape, "", 0), problems: validator.problems };
	} catch (error) {
		if (!(error instanceof TooMuch)) throw error;
		return { value: undefined, problems: [...validator.problems, error.problem] };
	}
}

/** There is more than anybody needs: it is looked at no further. */
class TooMuch extends Error {
	constructor(readonly problem: Problem) {
		super(problem.message);
	}
}

class Validator {
	readonly problems: Problem[] = [];
	private values = 0;

	constructor(private readonly what: Checked) {}

	/** The value again, without what is wrong in it. */
	check(value: unknown, shape: Shape, path: string, depth: number): unknown {
		if (++this.values > mostValues) this.tooMuch(`holds more than ${mostValues} values`);
		if (depth > deepest) this.tooMuch(`is more than ${deepest} levels deep`);
		switch (shape.is) {
			case "union": {
				const shapes = this.what.object ? shape.of : shape.of.filter(({ is }) => is !== "bytes");
				const member = memberFor(shapes, value);
				const isSimple = member && ["boolean", "constant", "integer", "number"].includes(member.is);
				if (!member || (isSimple && !this.isRight(value, member))) return this.wrong(path, shape, value);
				return this.check(value, member, path, depth);
			}
			case "list":
				if (!Array.isArray(value)) return this.wrong(path, shape, value);
				return value.map((one: unknown, i) => this.check(one, shape.of, `${path}[${i}]`, depth + 1));
			case "record":
			case "object":
			case "tagged":
				return isTable(value) ? this.table(value, shape, path, depth) : this.wrong(path, shape, value);
			case "string":
				return this.text(value, shape, path);
			default:
				return this.isRight(value, shape) ? value : this.wrong(path, shape, value);
		}
	}

	private isRight(value: unknown, shape: Shape): boolean {
		switch (shape.is) {
			case "boolean":
				return typeof value === "boolean";
			case "constant":
				return shape.values.some((one) => one === value);
			case "integer":
				if (typeof value === "bigint") return this.what.object === true && shape.wide === true && isWide(value);
				return Number.isSafeInteger(value) && Number(value) >= shape.least && Number(value) <= shape.most;
			case "number":
				return Number(value) >= shape.least && Number(value) <= shape.most && typeof value === "number";
			case "span":
				if (typeof value === "bigint") return this.what.object === true;
				return Number.isFinite(value) || (typeof value === "string" && !value.includes("\0"));
			default:
				return shape.is === "bytes" && this.what.object === true && value instanceof Uint8Array;
		}
	}

	private text(value: unknown, shape: Shape & { readonly is: "string" }, path: string): unknown {
		if (typeof value !== "string") return this.wrong(path, shape, value);
		if (value.includes("\0")) return this.problem(path, "must not hold a NUL byte");
		if (shape.path === undefined) return value;
		if (value === "") return this.problem(path, "must not be empty");
		if (value !== "~" && !value.startsWith("~/")) return value;
		return this.problem(path, "begins with ~, which only a shell knows", "write the whole path, or ./~ for that name");
	}

	private table(
		value: Readonly<Record<string, unknown>>,
		shape: Shape & { readonly is: "record" | "object" | "tagged" },
		path: string,
		depth: number,
	): unknown {
		if (shape.is === "object") return this.keys(value, shape, path, depth);
		if (shape.is === "tagged") {
			const type = Object.hasOwn(value, "type") ? value.type : undefined;
			const types = Object.keys(shape.of);
			const member = typeof type === "string" && types.includes(type) ? shape.of[type] : undefined;
			if (member) return this.keys(value, member, path, depth);
			const near = typeof type === "string" ? nearest(type, types) : undefined;
			const message = `must be one of ${types.join(", ")}, and is ${shown(type)}`;
			return this.problem(join(path, "type"), message, near && `did you mean ${near}?`);
		}
		const made = newTable();
		for (const name of Object.keys(value)) {
			const wrong = shape.names === "variable" ? wrongName(name) : undefined;
			if (wrong !== undefined) this.problem(join(path, name), `the name ${wrong}`);
			else made[name] = this.check(value[name], shape.of, join(path, name), depth + 1);
		}
		return made;
	}

	private keys(value: Readonly<Record<string, unknown>>, shape: ObjectShape, path: string, depth: number): unknown {
		const made: Record<string, unknown> = {};
		const known = Object.keys(shape.keys);
		for (const name of Object.keys(value)) {
			const of = Object.hasOwn(shape.keys, name) ? shape.keys[name] : undefined;
			if (of && value[name] === undefined && this.what.object) continue;
			if (of) made[name] = this.check(value[name], of, join(path, name), depth + 1);
			else {
				const near = nearest(name, known);
				const hint = near ? `did you mean ${near}?` : `what can stand there is ${known.join(", ")}`;
				this.problem(join(path, name), "there is no such key", hint);
			}
		}
		for (const name of shape.required)
			if (!Object.hasOwn(value, name) || value[name] === undefined) this.problem(join(path, name), "is missing");
		return made;
	}

	private wrong(path: string, shape: Shape, value: unknown): undefined {
		const near = typeof value === "string" ? nearest(value, texts(shape)) : undefined;
		const message = `must be ${expected(shape, this.what.object)}, and is ${shown(value)}`;
		return this.problem(path, message, near && `did you mean ${near}?`);
	}

	private problem(path: string, what: string, hint?: string): undefined {
		const message = `${this.what.name}: ${path === "" ? "" : `${path}: `}${what}`;
		this.problems.push({ code: "PROFILE_INVALID", message, ...(hint !== undefined && { hint }) });
		if (this.problems.length >= mostProblems) this.tooMuch("has more that is wrong than is told");
		return undefined;
	}

	private tooMuch(what: string): never {
		throw new TooMuch({ code: "PROFILE_TOO_LARGE", message: `${this.what.name}: ${what}` });
	}
}

/** The texts that may stand there and are known. */
function texts(shape: Shape): string[] {
	if (shape.is === "union") return shape.of.filter(({ is }) => is === "constant").flatMap(texts);
	return shape.is === "constant" ? shape.values.filter((one) => typeof one === "string") : [];
}

/** `mount.mounts[2].source`; a name that is none of a program's stands in quotes. */
function join(path: string, name: string): string {
	const word = /^[A-Za-z_$][\w$-]*$/.test(name) ? name : JSON.stringify(name);
	return path === "" ? word : `${path}.${word}`;
}

/** What a value has to be, as the end of "must be". */
export function expected(shape: Shape, object = false): string {
	switch (shape.is) {
		case "boolean":
			return "true or false";
		case "constant":
			return shape.values.length === 1 ? String(shape.values[0]) : `one of ${shape.values.join(", ")}`;
		case "integer":
			if (shape.most === Number.MAX_SAFE_INTEGER)
				return shape.least === 0 || shape.least === 1 ? `a whole number from ${shape.least} on` : "a whole number";
			return `a whole number from ${shape.least} to ${shape.most}`;
		case "number":
			return `a number from ${shape.least} to ${shape.most}`;
		case "string":
			return shape.path ? "a path" : "a string";
		case "span":
			return "a number of seconds or a string such as 10m";
		case "bytes":
			return "bytes";
		case "list":
			return "a list";
		case "union":
			return shape.of
				.filter((one) => object || one.is !== "bytes")
				.map((one) => expected(one))
				.filter((text, i, all) => all.indexOf(text) === i)
				.join(" or ");
		default:
			return "a table";
	}
}

/** A value in few words. */
function shown(value: unknown): string {
	if (value === undefined) return "missing";
	if (typeof value === "string") return value.length > 60 ? "a longer string" : JSON.stringify(value);
	if (Array.isArray(value)) return "a list";
	if (typeof value === "object" && value !== null) return isTable(value) ? "a table" : "an object";
	return typeof value === "function" ? "a function" : String(value);
}

const isWide = (value: bigint): boolean => value >= 0n && value < 1n << 64n;
