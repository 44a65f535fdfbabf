import { NamespaceError } from "../src/errors.ts";
import { withLooks } from "../src/host.ts";
import { errnoNumber } from "../src/linux/errno.ts";
import { failedStep } from "../src/plan/failure.ts";
import { numberedCalls } from "../src/stub/compile.ts";
import { failedExitCode } from "../src/stub/routines/report.ts";
import { readArgv } from "./argv.ts";
import { optionsOf } from "./options.ts";
import { readRequest, thisCaller } from "./request.ts";
import type { Explainable } from "./run.ts";

/**
 * The error behind a failed step of `ns run`, said after a look at the machine. The stub calls this program with the
 * number of the call and the error's name; the plan is made once more from what the first process knew.
 */
export function explain(given: readonly string[]): NamespaceError {
	const [id = "", code = ""] = given.slice(-2);
	const { words, caller, base, seen } = JSON.parse(given.slice(0, -2).join("")) as Explainable;
	const asCaller = {
		host: withLooks(caller.host, seen),
		cwd: caller.cwd,
		env: thisCaller().env,
		again: true,
	};
	const { plan } = readRequest(readArgv(words, optionsOf("run")), asCaller, base);
	const failed = numberedCalls(plan)[Number(id) - 1];
	if (!failed) throw new RangeError(`the plan has no call ${id}`);
	return new NamespaceError(failedStep(failed.step, failed.call), errnoNumber(code), failed.id, failedExitCode);
}
