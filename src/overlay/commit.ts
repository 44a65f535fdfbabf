/**
 * Applying a layer to the directory below. Every file is made beside its place under a name of its own, complete and on
 * disk, and then renamed: whenever this ends, a file is the old one or the new one, and doing it again goes on.
 */

import { close } from "../descriptors.ts";
import { isOpaque, isWhiteout } from "./classify.ts";
import {
	below,
	changeOf,
	entryOf,
	type Held,
	type Pair,
	pairProblems,
	type Rules,
	specialProblems,
	withHeld,
	withPair,
} from "./compare.ts";
import { look, rulesOf, withTrees } from "./diff.ts";
import { about, LayerError } from "./errors.ts";
import * as files from "./files.ts";
import { euid, type Layer, upperName, withLayer } from "./layer.ts";
import { giveAttributes, make } from "./make.ts";
import { removeLayer, removeTree } from "./remove.ts";
import type { Change } from "./types.ts";

/** What of a layer is applied, and what becomes of it. */
export interface CommitOptions {
	/**
	 * Leave the layer as it is afterwards, instead of taking it away.
	 * @default false
	 */
	readonly keep?: boolean;
	/**
	 * Apply setuid and setgid files, devices and files with capabilities too, instead of refusing the whole layer. They
	 * may give rights to whoever wrote the layer.
	 * @default false
	 */
	readonly allowSpecial?: boolean;
}

/** What a commit has done. */
export interface Committed {
	/** The directory that was changed. */
	readonly lower: string;
	readonly changes: readonly Change[];
	/** Paths of sockets: they belong to a process that is gone, and are left out. */
	readonly skipped: readonly string[];
}

/**
 * Applies the layer in `dir` to the directory below it, and takes the layer away. First everything is looked at, and
 * where anything cannot be applied nothing is changed. Then each file is replaced at once; if that is cut short, the next
 * commit goes on. Hard links between files are not kept: each becomes a file of its own.
 *
 * Throws a `LayerError` with every problem: `dir` is no layer, belongs to somebody else or is in use; the layer holds
 * setuid or setgid files, devices or file capabilities; a file cannot be read or written.
 *
 * @example
 * ```ts
 * import { commitLayer, prepareLayer } from "nskit";
 * import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
 * const folder = mkdtempSync("/tmp/layer-");
 * mkdirSync(`${folder}/tree`);
 * prepareLayer(`${folder}/layer`, `${folder}/tree`, { userxattr: true });
 * writeFileSync(`${folder}/layer/upper/new`, "made in a sandbox");
 * commitLayer(`${folder}/layer`);
 * console.log(readFileSync(`${folder}/tree/new`, "utf8")); // made in a sandbox
 * rmSync(folder, { recursive: true });
 * ```
 */
export function commitLayer(dir: string, { keep = false, allowSpecial = false }: CommitOptions = {}): Committed {
	return withLayer(dir, { lock: true }, (layer) => {
		const done = isGoing(layer) ? { changes: [], skipped: [] } : apply(layer, { ...rulesOf(layer), allowSpecial });
		if (!keep) removeLayer(layer);
		return { lower: layer.record.lower, ...done };
	});
}

/** An earlier commit was complete, and was cut short when it took the layer away. */
function isGoing({ fd }: Layer): boolean {
	const held = files.hold(fd, upperName);
	if (held === undefined) return true;
	close(held);
	return false;
}

function apply(layer: Layer, rules: Rules): Omit<Committed, "lower"> {
	return withTrees(layer, (upper, lower) => {
		const { changes, problems } = look(upper, lower, rules);
		if (problems.length > 0) throw new LayerError(problems);
		const skipped: string[] = [];
		applyIn(upper, lower, { path: ".", opaque: false, depth: 0, rules, skipped });
		about(".", () => giveRoot(upper, lower, rules));
		return { changes: changes.filter(({ path }) => !skipped.includes(path)), skipped };
	});
}

/** Somebody else's directory keeps its attributes: only its entries are ours to change. The owner always stays. */
function giveRoot(upper: number, lower: number, { prefix }: Rules): void {
	const { uid, gid } = files.statusOf(lower);
	const give = () => giveAttributes(lower, { ...entryOf(upper), uid, gid }, prefix);
	if (uid === euid()) give();
	else files.unless(["EPERM"], give);
	files.sync(lower);
}

interface Place {
	readonly path: string;
	/** Nothing of the directory below is seen here. Only the topmost of such directories is marked. */
	readonly opaque: boolean;
	readonly depth: number;
	readonly rules: Rules;
	readonly skipped: string[];
}

/** What is added and changed comes first, then what is removed. */
function applyIn(upper: number, lower: number, place: Place): void {
	const { path, opaque, rules } = place;
	about(path, () => removeTree(lower, rules.temporary));
	const removed: string[] = [];
	const names = files.namesIn(upper).toSorted();
	for (const name of names) {
		const at = below(path, name);
		about(at, () =>
			withPair(upper, lower, name, at, (pair) => {
				if (isWhiteout(pair.upper.entry)) removed.push(name);
				else applyPair(pair, lower, place);
			}),
		);
	}
	if (opaque) {
		const kept = new Set(names);
		removed.push(...files.namesIn(lower).filter((name) => !kept.has(name)));
	}
	for (const name of removed) about(below(path, name), () => remove(lower, name, rules));
}

/** A directory disappears at once, under the name that the next commit would clear away. */
function remove(lower: number, name: string, { temporary }: Rules): void {
	withHeld(lower, name, ({ entry }) => {
		if (entry.type !== "directory") return files.unlink(lower, name);
		files.rename(lower, name, lower, temporary);
		removeTree(lower, temporary);
	});
}

function applyPair(pair: Pair, lower: number, place: Place): void {
	const { rules, depth, skipped } = place;
	const { type } = pair.upper.entry;
	if (type === "socket") return void skipped.push(pair.path);
	// Once more: it is what is open now that counts.
	const problems = pairProblems(pair, rules, depth);
	if (problems.length > 0) throw new LayerError(problems);
	if (type === "directory") applyDirectory(pair, lower, place);
	else applyFile(pair, lower, rules);
}

function applyFile(pair: Pair, lower: number, rules: Rules): void {
	const change = changeOf(pair, rules);
	if (!change) return;
	const refused = specialProblems(change, pair.upper.entry, rules);
	if (refused.length > 0) throw new LayerError(refused);
	try {
		make(lower, rules.temporary, pair.upper, rules.prefix);
		takePlace(pair.name, pair.lower, lower, rules);
	} catch (error) {
		files.unless(["ENOENT", "EISDIR"], () => files.unlink(lower, rules.temporary));
		throw error;
	}
}

/** What was made gets its name. A directory in its place changes places with it, and goes then. */
function takePlace(name: string, old: Held | undefined, lower: number, { temporary }: Rules): void {
	const exchange = old?.entry.type === "directory";
	files.rename(lower, temporary, lower, name, exchange);
	if (exchange) removeTree(lower, temporary);
}

function applyDirectory({ path, name, upper, lower: old }: Pair, lower: number, place: Place): void {
	const { rules, depth, skipped } = place;
	if (!old) files.makeDirectory(lower, name);
	else if (old.entry.type !== "directory") {
		files.makeDirectory(lower, rules.temporary);
		files.rename(lower, rules.temporary, lower, name, true);
		files.unlink(lower, rules.temporary);
	}
	const theirs = files.openBeneath(lower, name, "O_RDONLY|O_DIRECTORY");
	try {
		const ours = files.openDirectory(upper.fd);
		try {
			const opaque = place.opaque || isOpaque(upper.entry, rules.prefix);
			applyIn(ours, theirs, { path, opaque, depth: depth + 1, rules, skipped });
		} finally {
			close(ours);
		}
		giveAttributes(theirs, upper.entry, rules.prefix);
		files.sync(theirs);
	} finally {
		close(theirs);
	}
}
