/**
 * Every piece that a start loads takes time, and the bundler makes a piece for each set of lazy imports that share a file.
 * So the files that every start needs are put together beforehand: `packed` writes a tree of sources in which they are one
 * file, and what stood in their places only passes its exports on. What some starts need stands in the same file as well,
 * inside of functions: one that is not called takes next to no time, and calling it far less than loading a piece.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { loadedWith, type Source } from "./sources.ts";

const project = join(import.meta.dir, "..");
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Files that are put together. */
interface Part {
	readonly name: string;
	readonly paths: readonly string[];
	/** What each of the files exports. */
	readonly exported: readonly (readonly string[])[];
}

/** A part as one text: what it takes of others, by their paths, and what it gives under long names. */
interface Bundle {
	readonly body: string;
	readonly imports: readonly { readonly path: string; readonly name: string; readonly local: string }[];
	/** What things are called in the body, by their long names. */
	readonly locals: ReadonlyMap<string, string>;
}

/** The part that every start needs, and the file that all parts are in. */
const main = "together";
const file = `${main}.js`;

/**
 * Writes the tree into `folder`. `roots` are the files that are loaded with `entry`, which stays as it is; `more` are those of
 * parts that some starts need, by a name for each. A file is in the first part that needs it.
 */
export async function packed(
	folder: string,
	sources: readonly Source[],
	entry: string,
	roots: readonly string[],
	more: Readonly<Record<string, readonly string[]>> = {},
): Promise<void> {
	const parts: Part[] = [];
	const taken = new Set([entry]);
	for (const [name, of] of Object.entries({ [main]: [entry, ...roots], ...more })) {
		const paths = [...new Set(of.flatMap((root) => loadedWith(root, sources)))].filter((path) => !taken.has(path));
		for (const path of paths) taken.add(path);
		parts.push({ name, paths, exported: paths.map((path) => transpiler.scan(source(sources, path).text).exports) });
	}
	const { text: begin, used } = shortcuts(source(sources, entry), parts);
	await Bun.write(join(folder, file), await oneFile(folder, parts, used));
	for (const { path, text } of sources) {
		const part = parts.find(({ paths }) => paths.includes(path));
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), part ? passingOn(part, path) : path === entry ? begin : text);
	}
	writeFileSync(join(folder, "package.json"), await Bun.file(join(project, "package.json")).text());
	symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
}

const source = (sources: readonly Source[], path: string): Source =>
	sources.find((one) => one.path === path) ?? { path, text: "" };

/** What an export of the n-th file of a part is called among all. */
const long = (n: number, name: string): string => `m${n}_${name}`;

/** What is made of a part that some starts need, once. */
const made = ({ name }: Part): string => `part_${name}()`;

/** What stands in the place of a file. */
function passingOn(part: Part, path: string): string {
	const n = part.paths.indexOf(path);
	const names = part.exported[n] ?? [];
	const to = relative(dirname(path), file);
	const from = JSON.stringify(to.startsWith(".") ? to : `./${to}`);
	if (names.length === 0) return "export {};";
	if (part.name === main)
		return `export { ${names.map((name) => `${long(n, name)} as ${name}`).join(", ")} } from ${from};`;
	return `import { part_${part.name} } from ${from};\nexport const { ${names.map((name) => `${long(n, name)}: ${name}`).join(", ")} } = ${made(part)};`;
}

/** What gives a file of a part to who asks for it in the midst of a run. */
const lazy = ({ name, paths }: Part, path: string): string => `lazy_${name}${paths.indexOf(path)}`;

/** The entry's text, with lazy imports of what is in a part by the functions that are named. */
function shortcuts({ path, text }: Source, parts: readonly Part[]): { text: string; used: readonly string[] } {
	const used = new Set<string>();
	const made = text.replaceAll(/\brequire\("(\.[^"]+)"\)/g, (all, target: string) => {
		const found = join(dirname(path), target);
		const part = parts.find(({ paths }) => paths.includes(found));
		if (!part) return all;
		used.add(lazy(part, found));
		return `${lazy(part, found)}()`;
	});
	const to = relative(dirname(path), file);
	return { text: `import { ${[...used].join(", ")} } from ${JSON.stringify(to)};\n${made}`, used: [...used] };
}

/** All parts as one text, which exports besides what is in them the functions `used`. */
async function oneFile(folder: string, parts: readonly Part[], used: readonly string[]): Promise<string> {
	const bundles = new Map<Part, Bundle>();
	for (const part of parts) bundles.set(part, await bundled(folder, part, parts));
	/** What an export of a file is, in the outermost scope. */
	const outside = (path: string, name: string): string => {
		const part = parts.find(({ paths }) => paths.includes(path));
		if (!part) throw new Error(`${path} is in no part`);
		const export_ = long(part.paths.indexOf(path), name);
		return part.name === main ? (bundles.get(part)?.locals.get(export_) ?? export_) : `${made(part)}.${export_}`;
	};
	let text = "";
	for (const [{ name }, { body, imports, locals }] of bundles) {
		if (name === main) {
			const exported = [...locals].map(([given, local]) => `${local} as ${given}`).concat(used);
			for (const part of parts) if (part.name !== main) exported.push(`part_${part.name}`);
			text = `${body}\nexport { ${exported.join(", ")} };\n`;
			continue;
		}
		// What it takes is looked up outside of it, where no name of its own hides it.
		const given = imports.map(({ path, name }) => outside(path, name)).join(", ");
		const taken = imports.map(({ local }) => local).join(", ");
		const gives = [...locals].map(([given, local]) => `${given}: ${local}`).join(", ");
		text += `\nlet made_${name};\nfunction part_${name}() { return made_${name} ??= make_${name}(${given}); }\n`;
		text += `function make_${name}(${taken}) {\n${body}\nreturn { ${gives} };\n}\n`;
	}
	return withoutDetours(text, parts, outside, used);
}

/** The text with lazy imports of what is in it already as objects of the exports themselves. */
function withoutDetours(
	text: string,
	parts: readonly Part[],
	outside: (path: string, name: string) => string,
	used: readonly string[],
): string {
	let made = text;
	for (const part of parts) {
		for (const [n, path] of part.paths.entries()) {
			const detour = `require("./${path}")`;
			if (!made.includes(detour) && !used.includes(lazy(part, path))) continue;
			// A function of its own: where it is called a name may be another's.
			const names = part.exported[n]?.map((name) => `${name}: ${outside(path, name)}`).join(", ");
			made = `${made.replaceAll(detour, `${lazy(part, path)}()`)}\nfunction ${lazy(part, path)}() { return { ${names} }; }\n`;
		}
	}
	return made;
}

/** Bundles a part; its lazy imports and what other parts have are left to the tree. */
async function bundled(folder: string, part: Part, parts: readonly Part[]): Promise<Bundle> {
	const elsewhere = new Set(parts.filter((one) => one !== part).flatMap(({ paths }) => paths));
	const start = join(folder, `${part.name}.ts`);
	const list = part.paths.map((path, n) => {
		const names = part.exported[n]?.map((name) => `${name} as ${long(n, name)}`).join(", ");
		return names ? `export { ${names} } from ${JSON.stringify(join(project, path))};` : "";
	});
	await Bun.write(start, list.join("\n"));
	const { outputs } = await Bun.build({
		entrypoints: [start],
		target: "bun",
		format: "esm",
		plugins: [
			{
				name: "lazy imports stay",
				setup(build) {
					build.onResolve({ filter: /^\./ }, ({ kind, path, importer }) => {
						const found = relative(project, join(dirname(importer), path));
						const isLazy = kind === "require-call" || kind === "dynamic-import";
						return isLazy || elsewhere.has(found) ? { path: `./${found}`, external: true } : undefined;
					});
				},
			},
		],
	});
	const text = (await outputs[0]?.text()) ?? "";
	// The bundler follows `require`, and not what it makes of it.
	return taken(text.replace("var __require = import.meta.require;\n", "").replaceAll("__require(", "require("));
}

/** The text of a bundle without its imports of other parts and its exports, and what those are. */
function taken(text: string): Bundle {
	const imports: Bundle["imports"][number][] = [];
	const locals = new Map<string, string>();
	const words = (list = ""): [string, string][] =>
		list
			.split(",")
			.map((one) => one.trim())
			.filter(Boolean)
			.map((one) => one.split(" as "))
			.map(([first = "", second = first]) => [first, second]);
	const body = text
		.replaceAll(/^import \{([^}]*)\} from "\.\/([^"]+)";$/gm, (_, list: string, path: string) => {
			for (const [name, local] of words(list)) imports.push({ path, name, local });
			return "";
		})
		.replaceAll(/^export \{([^}]*)\};$/gm, (_, list: string) => {
			for (const [local, name] of words(list)) locals.set(name, local);
			return "";
		});
	return { body, imports, locals };
}
