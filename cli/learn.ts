/** `ns run --learn FILE`: runs the command as ever, observes it, and writes the profile that it needs. */
import { constants as access, accessSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { executeFile } from "../src/ffi.ts";
import { hostFacts } from "../src/host.ts";
import { callerSignals } from "../src/launch/clone.ts";
import { endingFile } from "../src/launch/ending.ts";
import { signalNumber } from "../src/linux/signals.ts";
import { Needs } from "../src/observe/needs.ts";
import { learnedProfile } from "../src/observe/profile.ts";
import { strictBase } from "../src/observe/strict.ts";
import { spawnObserved } from "../src/observer/spawn.ts";
import type { Fragment, Problem } from "../src/plan/types.ts";
import { heldDescriptors } from "../src/process/join.ts";
import type { ReadArgv } from "./argv.ts";
import { forwardSignals } from "./forward.ts";
import { endings, formatOf, profileText } from "./learned.ts";
import { write } from "./output.ts";
import { Reader } from "./reader.ts";
import { readRequest, thisCaller } from "./request.ts";
import { UsageError } from "./usage.ts";

/** Runs to the end of the command and of everything it left behind. Returns the exit code, unless a signal ends it. */
export async function learn(read: ReadArgv): Promise<number> {
	const caller = thisCaller();
	const { plan, fragments } = readRequest(read, caller);
	const reader = new Reader(read.given, caller.cwd);
	const path = reader.resolve(reader.text("learn") ?? "");
	const format = formatOf(path);
	const problems = [...fileProblems(path), ...descriptorProblems(fragments, plan.command.descriptor)];
	if (problems.length > 0 || !format) throw new UsageError(problems);

	const home = caller.env.find((one) => one.startsWith("HOME="))?.slice("HOME=".length) ?? "";
	const base = strictBase(home);
	const needs = new Needs(base);
	const stdio = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
	const child = await spawnObserved(fragments, plan.command, stdio);
	const stopForwarding = forwardSignals((signal) => child.kill(signal), callerSignals().ignored);
	for await (const event of child.events) needs.add(event);
	const code = await child.exited;

	const how = child.signalCode ? `by ${child.signalCode}` : code === 0 ? undefined : `with the exit code ${code}`;
	const head = [`Learned from a run of ${plan.command.argv[0]}.`];
	if (how) head.push(`The run ended ${how}: what it would have needed afterwards is not here.`);
	replaceFile(path, profileText(learnedProfile(needs, base, plan.command.cwd), head, format));
	stopForwarding();
	if (how) write(2, `ns: ${path} holds what was learned of a run that ended ${how}\n`);
	if (child.signalCode)
		executeFile(endingFile(signalNumber(String(child.signalCode)) ?? 0, hostFacts().arch), ["ns"], []);
	return code;
}

function fileProblems(path: string): Problem[] {
	const problem = (message: string, hint: string): Problem[] => [{ code: "LEARN_FILE", message, hint }];
	if (path === "" || path.includes("\0")) return problem("the file of --learn has no name", "such as judge.toml");
	if (!formatOf(path))
		return problem(`--learn ${path} names no kind of profile`, `its name ends with one of ${endings}`);
	try {
		accessSync(path.slice(0, path.lastIndexOf("/")) || "/", access.W_OK | access.X_OK);
		if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
		return problem(`--learn ${path} is a directory`, "name a file");
	} catch (error) {
		if (!(error instanceof Error && "code" in error)) throw error;
		return problem(`--learn ${path} cannot be written: ${String(error.code)}`, "name a file in a directory of yours");
	}
}

function descriptorProblems(fragments: readonly Fragment[], descriptor: number | undefined): Problem[] {
	if (descriptor === undefined && heldDescriptors(fragments).length === 0) return [];
	const message = "a run that is observed cannot be given descriptors of the caller's";
	return [{ code: "LEARN_WITH_DESCRIPTOR", message, hint: "leave the options with descriptors out, or use paths" }];
}

/** The file is the old one or the new one at any time; a link of its name is replaced and not followed. */
function replaceFile(path: string, text: string): void {
	const temporary = `${path}.${process.pid}.${crypto.randomUUID()}`;
	try {
		writeFileSync(temporary, text, { flag: "wx", mode: 0o644 });
		renameSync(temporary, path);
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	}
}
