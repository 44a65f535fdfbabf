import { type Given, optionNamed } from "./argv.ts";
import type { Category } from "./options.ts";

/** The categories of the options that were given. Their table is loaded only where there are any. */
export function categoriesOf(given: readonly Given[]): ReadonlySet<Category> {
	const found = new Set<Category>();
	if (given.length === 0) return found;
	const { options } = require("./options.ts") as typeof import("./options.ts");
	for (const { name } of given) {
		const option = optionNamed(options, name);
		if (option) found.add(option.category);
	}
	return found;
}
