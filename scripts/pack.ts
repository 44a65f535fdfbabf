/**
 * Every piece that a start loads takes time, and the bundler makes a piece for each set of lazy imports that share a file.
 * So the files that are needed together are put together beforehand: `packed` writes a tree of sources in which they are one
 * file, and what stood in their places only passes its exports on.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { loadedWith, type Source } from "./sources.ts";

const project = join(import.meta.dir, "..");
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** A piece: its name, and the files of which it is made. */
interface Piece {
	readonly name: string;
	readonly paths: readonly string[];
	/** What each of the files exports. */
	readonly exported: readonly (readonly string[])[];
}

/**
 * Writes the tree into `folder`. `roots` are the files that are loaded with `entry`, which stays as it is; `more` are those of
 * the pieces that are loaded besides, by their names. A file is in the first piece that needs it.
 */
export async function packed(
	folder: string,
	sources: readonly Source[],
	entry: string,
	roots: readonly string[],
	more: Readonly<Record<string, readonly string[]>> = {},
): Promise<void> {
	const pieces: Piece[] = [];
	const taken = new Set([entry]);
	for (const [name, of] of Object.entries({ together: [entry, ...roots], ...more })) {
		const paths = [...new Set(of.flatMap((root) => loadedWith(root, sources)))].filter((path) => !taken.has(path));
		for (const path of paths) taken.add(path);
		pieces.push({ name, paths, exported: paths.map((path) => transpiler.scan(source(sources, path).text).exports) });
	}
	for (const piece of pieces) {
		const list = piece.paths.map((path, i) => {
			const names = piece.exported[i]?.map((name) => `${name} as m${i}_${name}`).join(", ");
			return names ? `export { ${names} } from ${JSON.stringify(join(project, path))};` : "";
		});
		const start = join(folder, `${piece.name}.ts`);
		await Bun.write(start, list.join("\n"));
		await Bun.write(
			join(folder, `${piece.name}.js`),
			withoutDetours(await bundled(start, piece, pieces), piece, pieces),
		);
	}
	for (const { path, text } of sources) {
		const piece = pieces.find(({ paths }) => paths.includes(path));
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), piece ? passingOn(piece, path) : text);
	}
	writeFileSync(join(folder, "package.json"), await Bun.file(join(project, "package.json")).text());
	symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
}

const source = (sources: readonly Source[], path: string): Source =>
	sources.find((one) => one.path === path) ?? { path, text: "" };

/** What stands in the place of a file. */
function passingOn({ name, paths, exported }: Piece, path: string): string {
	const i = paths.indexOf(path);
	const names = exported[i]?.map((one) => `m${i}_${one} as ${one}`).join(", ");
	const to = relative(dirname(path), `${name}.js`);
	return names ? `export { ${names} } from ${JSON.stringify(to.startsWith(".") ? to : `./${to}`)};` : "export {};";
}

/** The text with lazy imports of what is in a piece as objects of the exports themselves. */
function withoutDetours(text: string, own: Piece, pieces: readonly Piece[]): string {
	const locals = new Map<string, string>();
	for (const [, local = "", name = ""] of text.matchAll(/(\S+) as (m\d+_\w+)/g)) locals.set(name, local);
	let made = text;
	for (const piece of pieces) {
		for (const [i, path] of piece.paths.entries()) {
			const detour = `require("./${path}")`;
			if (!made.includes(detour)) continue;
			// A function of its own: where it is called a name may be another's.
			const way = `${piece.name}${i}`;
			const from = piece === own ? "" : `const all = require("./${piece.name}.js"); `;
			const names = piece.exported[i]?.map((name) => {
				const long = `m${i}_${name}`;
				return `${name}: ${piece === own ? (locals.get(long) ?? long) : `all.${long}`}`;
			});
			made = `${made.replaceAll(detour, `${way}()`)}\nfunction ${way}() { ${from}return { ${names?.join(", ")} }; }\n`;
		}
	}
	return made;
}

/** The bundle, whose lazy imports are left to the tree, as are files of other pieces. */
async function bundled(entry: string, own: Piece, pieces: readonly Piece[]): Promise<string> {
	const elsewhere = new Set(pieces.filter((piece) => piece !== own).flatMap(({ paths }) => paths));
	const { outputs } = await Bun.build({
		entrypoints: [entry],
		target: "bun",
		format: "esm",
		plugins: [
			{
				name: "lazy imports stay",
				setup(build) {
					build.onResolve({ filter: /^\./ }, ({ kind, path, importer }) => {
						const found = relative(project, join(dirname(importer), path));
						const lazy = kind === "require-call" || kind === "dynamic-import";
						return lazy || elsewhere.has(found) ? { path: `./${found}`, external: true } : undefined;
					});
				},
			},
		],
	});
	const text = (await outputs[0]?.text()) ?? "";
	// The bundler follows `require`, and not what it makes of it.
	return text.replace("var __require = import.meta.require;\n", "").replaceAll("__require(", "require(");
}
