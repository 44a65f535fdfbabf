/** Reading the stub's reports (stub/routines/report.ts) and turning them into errors. */
import { NamespaceError } from "../errors.ts";
import { callFacts } from "../plan/failure.ts";
import type { Plan } from "../plan/types.ts";
import { numberedCalls } from "../stub/compile.ts";
import { getWord } from "../stub/instruction.ts";

/** Bytes of a report: the number of the call, errno, exit code. */
export const recordSize = 24;

/** The error behind a report. */
export function failureOf(plan: Plan, record: Uint8Array): NamespaceError {
	const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
	const id = getWord(view, 0);
	const failed = numberedCalls(plan)[id - 1];
	if (!failed) throw new RangeError(`a report names call ${id}, which the plan does not have`);
	const { step, call } = failed;
	const facts = { does: step.does, phase: step.phase, ...(call ? callFacts(call) : {}) };
	return new NamespaceError(facts, getWord(view, 8), id, getWord(view, 16));
}
