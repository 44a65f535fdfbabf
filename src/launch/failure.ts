/** Reading the stub's reports (stub/routines/report.ts) and turning them into errors. */
import { NamespaceError } from "../errors.ts";
import { failedStep } from "../plan/failure.ts";
import type { Plan } from "../plan/types.ts";
import { numberedCalls } from "../stub/compile.ts";
import { getWord } from "../stub/instruction.ts";

/** Bytes of a report: the number of the call, errno, exit code. */
export const recordSize = 24;

/** The error behind a report. */
export function failureOf(plan: Plan, record: Uint8Array): NamespaceError {
	const words = new Uint32Array(record.slice().buffer);
	const id = getWord(words, 0);
	const failed = numberedCalls(plan)[id - 1];
	if (!failed) throw new RangeError(`a report names call ${id}, which the plan does not have`);
	const { step, call } = failed;
	return new NamespaceError(failedStep(step, call), getWord(words, 2), id, getWord(words, 4));
}
