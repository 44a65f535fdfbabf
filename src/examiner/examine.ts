/** Trying everything that the doctor judges by, one after the other, within bounds. */
import { attempts } from "../doctor/attempts.ts";
import { diagnose } from "../doctor/diagnose.ts";
import type { Diagnosis, Ground, Outcome } from "../doctor/types.ts";
import { hostFacts } from "../host.ts";
import { attempted } from "./attempt.ts";
import { sight } from "./sight.ts";

/** Milliseconds for one attempt, and for all of them. */
const [limit, limitOfAll] = [2_000, 10_000];

/** Carries out what `doctor` promises. */
export function examine(): Diagnosis {
	const ground: Ground = { host: hostFacts(), sight, program: process.execPath };
	const outcomes = new Map<string, Outcome>();
	const end = performance.now() + limitOfAll;
	for (const attempt of attempts) {
		const left = end - performance.now();
		const came: Outcome | undefined = left > 0 ? attempted(attempt, ground, Math.min(left, limit)) : { came: "late" };
		if (came) outcomes.set(attempt.id, came);
	}
	return diagnose({ ...ground, outcome: (id) => outcomes.get(id) ?? { came: "late" } });
}
