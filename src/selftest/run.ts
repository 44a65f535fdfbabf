/** Carrying the cases out: concurrently, within bounds, and leaving nothing behind. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostFacts } from "../host.ts";
import { PlanError } from "../plan/errors.ts";
import { descriptorCases } from "./cases/descriptors.ts";
import { untriedRows } from "./cases/elsewhere.ts";
import { enteringCases } from "./cases/entering.ts";
import { fileCases } from "./cases/files.ts";
import { privilegeCases } from "./cases/privileges.ts";
import { processCases } from "./cases/processes.ts";
import { sourceCases } from "./cases/sources.ts";
import { terminalCases } from "./cases/terminal.ts";
import { endChildren } from "./children.ts";
import { enterAndWait, refusalOfName } from "./enter.ts";
import { confined } from "./sandbox.ts";
import type { SelftestOptions } from "./selftest.ts";
import { Starter } from "./start.ts";
import {
	type Case,
	type Ground,
	type Judgement,
	type SandboxUnderTest,
	type SelftestResult,
	type SelftestRow,
	type Untried,
	untried,
} from "./types.ts";

/** Everything that is tried, in the order it is shown. */
export const selftestCases: readonly Case[] = [
	...terminalCases,
	...fileCases,
	...sourceCases,
	...privilegeCases,
	...processCases,
	...descriptorCases,
	...enteringCases,
];

/** Milliseconds for one case, after which it is ended. */
const timeLimit = 20_000;

/** Cases that are carried out at the same time. */
const atOnce = 4;

/** Carries out what `selftest` promises. It is broken off, and nothing of it stays, when `interrupted` rejects. */
export async function runSelftest(
	{ only, sandbox = confined }: SelftestOptions,
	interrupted?: Promise<never>,
): Promise<SelftestResult> {
	const chosen = chosenRows(only);
	await new Starter(sandbox, hostFacts(), timeLimit).check();
	const folder = mkdtempSync(join(tmpdir(), "ns-selftest-"));
	// What lies in it is private; the one case that is about other ids lets them pass.
	chmodSync(folder, 0o711);
	try {
		const judging = inTurn(chosen, atOnce, (one, i) => judged(one, join(folder, String(i)), sandbox));
		const rows = await (interrupted ? Promise.race([judging, interrupted]) : judging);
		return { held: rows.every(({ verdict }) => verdict !== "not held"), rows };
	} finally {
		await endChildren();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The rows that these names mean, all without any. Throws a `RangeError` with those that no row has. */
export function chosenRows(only?: readonly string[]): readonly (Case | Untried)[] {
	const all = [...selftestCases, ...untriedRows];
	if (only === undefined || only.length === 0) return all;
	const names = only.map((name) => name.toLowerCase());
	const isNamed = (row: Case | Untried, name: string) => rowNames(row).some((one) => one.toLowerCase() === name);
	const unknown = names.filter((name) => !all.some((row) => isNamed(row, name)));
	if (unknown.length > 0) throw new RangeError(`no case is called ${unknown.join(", ")}`);
	return all.filter((row) => names.some((name) => isNamed(row, name)));
}

/** All names of a row. */
export const rowNames = ({ id, also = [] }: Pick<Case, "id" | "also">): string[] => [id, ...also];

async function judged(one: Case | Untried, folder: string, sandbox: SandboxUnderTest): Promise<SelftestRow> {
	const { id, also = [], subject, title } = one;
	const tries = "tries" in one ? one.tries : "nothing";
	const { verdict, because } = "run" in one ? await tried(one, folder, sandbox) : one;
	return { id, also, subject, title, tries, verdict, ...(because !== undefined && { because }) };
}

async function tried(one: Case, folder: string, sandbox: SandboxUnderTest): Promise<Judgement> {
	mkdirSync(folder, { mode: 0o700 });
	const starter = new Starter(sandbox, hostFacts(), timeLimit);
	const ground: Ground = {
		folder,
		host: hostFacts(),
		start: (attempt) => starter.start(attempt),
		watch: (attempt) => starter.watch(attempt),
		enter: (pid) => enterAndWait(pid),
		named: refusalOfName,
	};
	try {
		return await one.run(ground);
	} catch (error) {
		// The machine lacks what the attack itself needs; a bug of ours has no such code.
		if (error instanceof PlanError || (error instanceof Error && "code" in error)) return untried(error.message);
		throw error;
	}
}

/** Maps a list, some of it at a time; the order stays. */
async function inTurn<T, R>(list: readonly T[], most: number, map: (one: T, i: number) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	const left = list.entries();
	const work = async (): Promise<void> => {
		for (const [i, one] of left) results[i] = await map(one, i);
	};
	// Nobody is left at work when one of them has failed.
	const ended = await Promise.allSettled(Array.from({ length: most }, work));
	for (const one of ended) if (one.status === "rejected") throw one.reason;
	return results;
}
