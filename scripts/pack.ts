/**
 * Every piece that a start loads takes time, and the bundler makes a piece for each set of lazy imports that share a file.
 * So the files that every start needs are put together beforehand: `packed` writes a tree of sources in which they are one
 * file, and what stood in their places only passes its exports on.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { loadedWith, type Source } from "./sources.ts";

const project = join(import.meta.dir, "..");
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Writes the tree into `folder`. `roots` are the files that are loaded with `entry`, which stays as it is. */
export async function packed(
	folder: string,
	sources: readonly Source[],
	entry: string,
	roots: readonly string[],
): Promise<void> {
	const together = new Set([entry, ...roots].flatMap((root) => loadedWith(root, sources)));
	together.delete(entry);
	const paths = [...together];
	const exported = paths.map((path) => transpiler.scan(source(sources, path).text).exports);
	const list = paths.map((path, i) => {
		const names = exported[i]?.map((name) => `${name} as m${i}_${name}`).join(", ");
		return names ? `export { ${names} } from ${JSON.stringify(join(project, path))};` : "";
	});
	await Bun.write(join(folder, "together.ts"), list.join("\n"));
	await Bun.write(join(folder, "together.js"), withoutDetours(await bundled(join(folder, "together.ts")), paths));
	for (const { path, text } of sources) {
		const i = paths.indexOf(path);
		const names = exported[i]?.map((name) => `m${i}_${name} as ${name}`).join(", ");
		const to = relative(dirname(join(folder, path)), join(folder, "together.js"));
		const shim = names ? `export { ${names} } from ${JSON.stringify(`./${to}`)};` : "export {};";
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), together.has(path) ? shim : text);
	}
	writeFileSync(join(folder, "package.json"), await Bun.file(join(project, "package.json")).text());
	symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
}

const source = (sources: readonly Source[], path: string): Source =>
	sources.find((one) => one.path === path) ?? { path, text: "" };

/** The text with lazy imports of what is in it already as objects of the exports themselves. */
function withoutDetours(text: string, paths: readonly string[]): string {
	const exports = paths.map((): string[] => []);
	for (const [, local, i, name] of text.matchAll(/(\S+) as m(\d+)_(\w+)/g))
		exports[Number(i)]?.push(`${name}: ${local}`);
	let made = text;
	for (const [i, path] of paths.entries()) {
		const detour = `require("./${path}")`;
		if (!made.includes(detour)) continue;
		// A function of its own: where it is called a name may be another's.
		made = `${made.replaceAll(detour, `together${i}()`)}\nfunction together${i}() { return { ${exports[i]?.join(", ")} }; }\n`;
	}
	return made;
}

/** The bundle, whose lazy imports are left to the tree. */
async function bundled(entry: string): Promise<string> {
	const { outputs } = await Bun.build({
		entrypoints: [entry],
		target: "bun",
		format: "esm",
		plugins: [
			{
				name: "lazy imports stay",
				setup(build) {
					build.onResolve({ filter: /^\./ }, ({ kind, path, importer }) => {
						if (kind !== "require-call" && kind !== "dynamic-import") return undefined;
						return { path: `./${relative(project, join(dirname(importer), path))}`, external: true };
					});
				},
			},
		],
	});
	const text = (await outputs[0]?.text()) ?? "";
	// The bundler follows `require`, and not what it makes of it.
	return text.replace("var __require = import.meta.require;\n", "").replaceAll("__require(", "require(");
}
