/** `ns run --learn FILE`: runs the command as ever, observes it, and writes the profile that it needs. */
import { executeFile } from "../src/ffi.ts";
import { callerSignals } from "../src/launch/clone.ts";
import { endingFile } from "../src/launch/ending.ts";
import { signalNumber } from "../src/linux/signals.ts";
import { Needs } from "../src/observe/needs.ts";
import { learnedProfile } from "../src/observe/profile.ts";
import { strictBase, strictFilters } from "../src/observe/strict.ts";
import { spawnObserved } from "../src/observer/spawn.ts";
import { printable } from "../src/plan/text.ts";
import type { Fragment, Plan, Problem } from "../src/plan/types.ts";
import { heldDescriptors } from "../src/process/join.ts";
import { strictFacts } from "../src/profile/builtin.ts";
import { saveProblems, saveProfile } from "../src/profile-files/save.ts";
import type { ReadArgv } from "./argv.ts";
import { forwardSignals } from "./forward.ts";
import { write } from "./output.ts";
import { Reader } from "./reader.ts";
import { readRequest, thisCaller } from "./request.ts";
import { UsageError } from "./usage.ts";

/** Runs to the end of the command and of everything it left behind. Returns the exit code, unless a signal ends it. */
export async function learn(read: ReadArgv): Promise<number> {
	const caller = thisCaller();
	const { plan, fragments } = readRequest(read, caller);
	const reader = new Reader(read.given, caller.cwd);
	const file = reader.text("learn") ?? "";
	const problems = [...saveProblems(file, caller.cwd), ...descriptorProblems(fragments, plan)];
	if (problems.length > 0) throw new UsageError(problems);

	const { arch } = caller.host;
	const facts = strictFacts(caller);
	const base = strictBase(facts);
	const needs = new Needs(base);
	const stdio = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
	// The command may run before we hear of it: a signal that comes until then must not end us alone.
	const forwarding = forwardSignals(callerSignals().ignored);
	const child = await spawnObserved(fragments, plan.command, stdio, strictFilters(facts, arch));
	forwarding.start((signal) => child.kill(signal));
	for await (const event of child.events) needs.add(event);
	const code = await child.exited;

	const how = child.signalCode ? `by ${child.signalCode}` : code === 0 ? undefined : `with the exit code ${code}`;
	const head = [`Learned from a run of ${plan.command.argv[0]}.`];
	if (how) head.push(`The run ended ${how}: what it would have needed afterwards is not here.`);
	const { profile, notes } = learnedProfile(needs, base, plan.command.cwd);
	const unsaved = saveProfile(profile, file, caller.cwd, [...head, ...notes]);
	forwarding.stop();
	if (unsaved.length > 0) throw new UsageError(unsaved);
	if (how) write(2, `ns: ${printable(file)} holds what was learned of a run that ended ${how}\n`);
	if (child.signalCode) executeFile(endingFile(signalNumber(String(child.signalCode)) ?? 0, arch), ["ns"], []);
	return code;
}

function descriptorProblems(fragments: readonly Fragment[], { command, steps }: Plan): Problem[] {
	const problems: Problem[] = [];
	if (command.descriptor !== undefined || heldDescriptors(fragments).length > 0) {
		const message = "a run that is observed cannot be given descriptors of the caller's";
		const hint = "leave the options with descriptors out, or use paths";
		problems.push({ code: "LEARN_WITH_DESCRIPTOR", message, hint });
	}
	if (steps.some(({ phase }) => phase === "pty")) {
		const message = "a run that is observed cannot have a terminal of its own";
		problems.push({ code: "LEARN_WITH_PTY", message, hint: "leave --pty out; the learned profile may be run with it" });
	}
	return problems;
}
