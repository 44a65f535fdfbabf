/** The project's own sources as text, and what can be found out about them: for the build, and for tests of the structure. */
import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";

const project = join(import.meta.dir, "..");

/** A source file by its path below the project: "src/ffi.ts". */
export interface Source {
	readonly path: string;
	readonly text: string;
}

/** Every .ts file below these folders. */
export function sourcesIn(...folders: string[]): Source[] {
	return folders.flatMap((folder) =>
		readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })
			.filter((name) => name.endsWith(".ts"))
			.map((name) => ({ path: join(folder, name), text: withoutHashbang(join(project, folder, name)) }))
			.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
	);
}

/** The transpiler takes none. */
function withoutHashbang(file: string): string {
	return readFileSync(file, "utf8").replace(/^#!.*\n/, "");
}

/** Objects of the runtime that only code with an effect needs. */
const effectful = ["process", "Bun", "globalThis", "global", "console", "fetch", "performance", "Date"];
const marked = (name: string): string => `__global_${name}__`;
const transpiler = new Bun.Transpiler({
	loader: "ts",
	define: Object.fromEntries(effectful.map((name) => [name, marked(name)])),
});

/** The globals with an effect that `source` uses; neither words in comments and strings nor names of its own count. */
export function effectfulGlobals({ text }: Source): string[] {
	const code = transpiler.transformSync(text);
	return effectful.filter((name) => code.includes(marked(name)));
}

/** What `source` imports or exports again as a value: files by their path below the project, packages by their name. */
export function imports({ path, text }: Source): string[] {
	return transpiler
		.scanImports(text)
		.map(({ path: target }) => (target.startsWith(".") ? normalize(join(path, "..", target)) : target));
}

/** What is loaded with `path`, itself included: what it imports at its beginning, and what that imports, in order. */
export function loadedWith(path: string, sources: readonly Source[]): string[] {
	const loaded = new Set([path]);
	for (const one of loaded) {
		const text = sources.find((source) => source.path === one)?.text ?? "";
		for (const { kind, path: target } of transpiler.scanImports(text))
			if (kind === "import-statement" && target.startsWith(".")) loaded.add(normalize(join(one, "..", target)));
	}
	return [...loaded].toSorted();
}

/** A cycle among the imports of values, as the paths along it; undefined where there is none. */
export function importCycle(sources: readonly Source[]): string[] | undefined {
	const graph = new Map(sources.map((source) => [source.path, imports(source)]));
	const done = new Set<string>();
	const visit = (path: string, trail: readonly string[]): string[] | undefined => {
		if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
		if (done.has(path)) return undefined;
		for (const target of graph.get(path) ?? []) {
			const cycle = visit(target, [...trail, path]);
			if (cycle) return cycle;
		}
		done.add(path);
		return undefined;
	};
	for (const { path } of sources) {
		const cycle = visit(path, []);
		if (cycle) return cycle;
	}
	return undefined;
}

/** Whether an error is caught and then forgotten. A comment in the block does not change that. */
export function hasEmptyCatch({ text }: Source): boolean {
	return /catch\s*(\([^)]*\))?\s*\{\s*\}/.test(transpiler.transformSync(text));
}

/** Whether `source` ends the process, or says with what code it will end. */
export function endsProcess({ text }: Source): boolean {
	return new RegExp(`${marked("process")}\\??\\.(exit|exitCode|abort|reallyExit)\\b`).test(
		transpiler.transformSync(text),
	);
}

/** The functions that `index` exports as values, and the file each is declared in. */
export function exportedNames(index: Source): { name: string; from: string }[] {
	const lists = [...index.text.matchAll(/^export (?!type)\{([^}]*)\} from "([^"]+)"/gm)];
	return lists.flatMap(([, names = "", from = ""]) =>
		names
			.split(",")
			.map((name) => name.trim())
			.filter((name) => name !== "" && !name.startsWith("type "))
			.map((name) => ({ name, from: normalize(join(index.path, "..", from)) })),
	);
}

/** The doc comment right above the declaration of an exported function; undefined where it is no function. */
export function docOf({ text }: Source, name: string): string | undefined {
	const declared = new RegExp(`^export (?:async )?function ${name}\\b`, "m").exec(text);
	if (!declared) return undefined;
	return /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/.exec(text.slice(0, declared.index))?.[0] ?? "";
}
