/** What a layer changes. Reads only. */
import { close } from "../descriptors.ts";
import type { Problem } from "../plan/types.ts";
import { isOpaque } from "./classify.ts";
import {
	below,
	changeOf,
	entryOf,
	type Pair,
	pairProblems,
	type Rules,
	specialProblems,
	withHeld,
	withPair,
} from "./compare.ts";
import { about, LayerError } from "./errors.ts";
import * as files from "./files.ts";
import { euid, type Layer, upperName, withLayer } from "./layer.ts";
import type { Change } from "./types.ts";

/**
 * What the layer in `dir` changes, by path, each directory before what it holds. A removed directory is one change. Takes
 * no lock: while a sandbox still writes to the layer, it is what the layer holds at this moment.
 *
 * A file counts as changed for what differs from the file below: one that was only opened for writing is the same, and
 * so is a directory in which something has changed. Hard links are not looked at. Throws a `LayerError` with every
 * problem where something cannot be read, or could not be committed.
 *
 * @example
 * ```ts
 * import { changesText, diffLayer, prepareLayer } from "nskit";
 * import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
 * const folder = mkdtempSync("/tmp/layer-");
 * prepareLayer(`${folder}/layer`, "/usr", { userxattr: true });
 * writeFileSync(`${folder}/layer/upper/new`, "");
 * console.log(changesText(diffLayer(`${folder}/layer`))); // A new
 * rmSync(folder, { recursive: true });
 * ```
 */
export function diffLayer(dir: string): Change[] {
	return withLayer(dir, { lock: false }, (layer) => {
		const rules = { ...rulesOf(layer), allowSpecial: true };
		const { changes, problems } = withTrees(layer, (upper, lower) => look(upper, lower, rules));
		if (problems.length > 0) throw new LayerError(problems);
		return changes;
	});
}

/** How this layer is read. */
export function rulesOf({ record: { xattrs, id } }: Layer): Rules {
	return { prefix: xattrs, allowSpecial: false, temporary: `.ns-commit-${id}` };
}

/** Opens the layer's tree and the one below. */
export function withTrees<T>({ dir, fd, record }: Layer, body: (upper: number, lower: number) => T): T {
	const upper = about(`${dir}/${upperName}`, () => files.openBeneath(fd, upperName, "O_RDONLY|O_DIRECTORY"));
	try {
		const open = () => files.openCanonical(record.lower, "O_RDONLY|O_DIRECTORY");
		const lower = about(`the directory below, ${record.lower}`, open);
		try {
			return body(upper, lower);
		} finally {
			close(lower);
		}
	} finally {
		close(upper);
	}
}

/** What was found: changes, and what stands in the way of applying them. */
export interface Look {
	readonly changes: Change[];
	readonly problems: Problem[];
}

/** Looks at everything, and goes on behind a problem. */
export function look(upper: number, lower: number, rules: Rules): Look {
	const found: Look = { changes: [], problems: [] };
	found.problems.push(...rootProblems(upper, rules));
	const what = rootChange(upper, lower, rules);
	if (what) found.changes.push(what);
	lookIn(upper, lower, { path: ".", opaque: false, depth: 0, rules, found });
	return found;
}

function rootProblems(fd: number, rules: Rules): Problem[] {
	const root = { fd, entry: entryOf(fd) };
	if (!isOpaque(root.entry, rules.prefix))
		return pairProblems({ path: ".", name: ".", upper: root, lower: root }, rules, 0);
	return [{ code: "LAYER_MARK", message: "the layer's own directory is marked as opaque, which overlayfs never does" }];
}

/** The root of an ordinary user's layer belongs to that user, whoever owns the directory below. */
function rootChange(upper: number, lower: number, rules: Rules): Change | undefined {
	const ours = entryOf(upper);
	const theirs = entryOf(lower);
	if (euid() !== 0 && theirs.uid !== euid()) return undefined;
	const asBelow = { ...ours, uid: theirs.uid, gid: theirs.gid };
	const pair = { path: ".", name: ".", upper: { fd: upper, entry: asBelow }, lower: { fd: lower, entry: theirs } };
	return changeOf(pair, rules);
}

interface Place {
	readonly path: string;
	/** Nothing of the directory below is seen here. Only the topmost of such directories is marked. */
	readonly opaque: boolean;
	readonly depth: number;
	readonly rules: Rules;
	readonly found: Look;
}

function lookIn(upper: number, lower: number | undefined, place: Place): void {
	const { path, opaque, rules, found } = place;
	const ours = new Set(files.namesIn(upper));
	const theirs = opaque && lower !== undefined ? files.namesIn(lower) : [];
	for (const name of [...new Set([...ours, ...theirs])].toSorted()) {
		const at = below(path, name);
		collecting(found, at, () => {
			if (ours.has(name)) withPair(upper, lower, name, at, (pair) => lookAt(pair, place));
			else if (lower !== undefined && name !== rules.temporary) {
				withHeld(lower, name, ({ entry: { type } }) => {
					found.changes.push({ path: at, kind: "removed", type, what: [] });
				});
			}
		});
	}
}

function lookAt(pair: Pair, { rules, found, depth, opaque }: Place): void {
	const problems = pairProblems(pair, rules, depth);
	const change = changeOf(pair, rules);
	if (change) {
		problems.push(...specialProblems(change, pair.upper.entry, rules));
		found.changes.push(change);
	}
	found.problems.push(...problems);
	if (pair.upper.entry.type !== "directory" || problems.length > 0) return;
	const { path, upper, lower } = pair;
	const inner = { path, opaque: opaque || isOpaque(upper.entry, rules.prefix), depth: depth + 1, rules, found };
	const ours = files.openDirectory(upper.fd);
	try {
		const theirs = lower?.entry.type === "directory" ? files.openDirectory(lower.fd) : undefined;
		try {
			lookIn(ours, theirs, inner);
		} finally {
			if (theirs !== undefined) close(theirs);
		}
	} finally {
		close(ours);
	}
}

/** Takes down what is wrong with one path, so that the others are looked at as well. */
function collecting({ problems }: Look, path: string, body: () => void): void {
	try {
		about(path, body);
	} catch (error) {
		if (!(error instanceof LayerError)) throw error;
		problems.push(...error.problems);
	}
}
