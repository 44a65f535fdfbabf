/** Modules of the kernel, which have to be inserted after those that they depend on. */

/** What stands in the file of a module after `depends=`. modinfo(8) */
export function dependsOf(module: Uint8Array): string[] {
	const bytes = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
	const at = bytes.indexOf("\0depends=");
	if (at < 0) return [];
	const text = bytes.toString("latin1", at + "\0depends=".length, bytes.indexOf(0, at + 1));
	return text === "" ? [] : text.split(",");
}

/** `wanted` and all that they depend on, each once and after what it depends on. */
export function inOrder(wanted: readonly string[], depends: (name: string) => readonly string[]): string[] {
	const order: string[] = [];
	const add = (name: string, above: readonly string[]): void => {
		if (order.includes(name)) return;
		if (above.includes(name)) throw new Error(`modules depend on each other: ${[...above, name].join(", ")}`);
		for (const one of depends(name)) add(one, [...above, name]);
		order.push(name);
	};
	for (const name of wanted) add(name, []);
	return order;
}
