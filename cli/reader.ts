/** Reading the options that were given: values by name, with what is wrong collected as problems. */
import { nearest } from "../src/nearest.ts";
import type { Problem } from "../src/plan/types.ts";
import type { Given } from "./argv.ts";

/** The options of one command line, as those who make fragments of them ask for them. */
export class Reader {
	readonly problems: Problem[] = [];

	/** Relative paths are taken from `cwd`. */
	constructor(
		readonly given: readonly Given[],
		readonly cwd: string,
	) {}

	problem(code: string, message: string, hint: string): undefined {
		this.problems.push({ code, message, hint });
	}

	/** The last value of an option. */
	text(name: string): string | undefined {
		const value = this.last(name);
		return typeof value === "string" ? value : undefined;
	}

	/** Whether a switch is on; `undefined` where nothing is said. */
	flag(name: string): boolean | undefined {
		const value = this.last(name);
		return typeof value === "boolean" ? value : undefined;
	}

	/** Every value of an option, in order. */
	each(name: string): string[] {
		const values: string[] = [];
		for (const one of this.given) if (one.name === name && typeof one.value === "string") values.push(one.value);
		return values;
	}

	/** A value that has to be one of these. */
	choice<const T extends string>(name: string, among: readonly T[]): T | undefined {
		const value = this.text(name);
		const found = among.find((one) => one === value);
		if (value !== undefined && found === undefined) {
			const near = nearest(value, among);
			const hint = near ? `did you mean ${near}?` : "see --help";
			this.problem("VALUE_INVALID", `--${name} ${value} is none of ${among.join(", ")}`, hint);
		}
		return found;
	}

	/** A path as the caller means it. */
	resolve(path: string): string {
		if (path === "" || path.startsWith("/")) return path;
		if (path === ".") return this.cwd;
		return `${this.cwd === "/" ? "" : this.cwd}/${path.startsWith("./") ? path.slice(2) : path}`;
	}

	private last(name: string): string | boolean | undefined {
		return this.given.findLast((one) => one.name === name)?.value;
	}
}
