/** A plan becomes a program: one block of instructions per process, and what they do when a call fails. */
import { stillHints } from "../hints.ts";
import { errnoNumber } from "../linux/errno.ts";
import { failedStep, failureText } from "../plan/failure.ts";
import { phaseIndex } from "../plan/phases.ts";
import type { Call, Plan, Role, Routine, Step } from "../plan/types.ts";
import { counter, emitTexts, operand } from "./arguments.ts";
import { type Address, Label, type Operand, type Program, type Slot, slots } from "./assembler.ts";
import { emitCheck } from "./routines/check.ts";
import { emitExec } from "./routines/exec.ts";
import { emitLifeline } from "./routines/lifeline.ts";
import { type Machine, machine } from "./routines/machine.ts";
import { emitReap } from "./routines/reap.ts";
import { failedExitCode, notFoundExitCode, type Report, type ReportedCall, Reporter } from "./routines/report.ts";
import { emitRetried, retryOf } from "./routines/retry.ts";
import { emitResetSignals } from "./routines/signals.ts";
import { emitSupervise } from "./routines/supervise.ts";
import { emitForeground, emitTerminal } from "./routines/terminal.ts";

export interface CompileOptions {
	/** The address the program will lie at. */
	readonly base: number;
	readonly report: Report;
	/** Signals that stay ignored when the launch is `clone`. */
	readonly ignored?: readonly number[];
}

/** A call of the plan with its step, as failures are reported: by number, from 1 on. */
export interface NumberedCall {
	readonly id: number;
	readonly step: Step;
	/** `undefined` for a routine. */
	readonly call: Call | undefined;
}

/** All calls of a plan in order, with the numbers that programs report. */
export function numberedCalls({ steps }: Plan): NumberedCall[] {
	const parts: NumberedCall[] = [];
	for (const step of steps) {
		for (const call of step.calls) parts.push({ id: parts.length + 1, step, call });
		if (step.routine) parts.push({ id: parts.length + 1, step, call: undefined });
	}
	return parts;
}

/** Encodes `plan` for the stub, but for its command. */
export function compile(plan: Plan, options: CompileOptions): Program {
	const calls = numberedCalls(plan);
	const m = machine(plan.arch);
	const reporter = new Reporter(options.report, plan.supervision?.places.ready);
	const blocks = new Map<Role, Label>();
	const ends = plan.stays ? staying().endsOf(m, plan, reporter) : undefined;
	const gone = new Label();
	const emit = (role: Role): void => {
		const texts = new Map<string, Address>();
		for (const part of calls) {
			if (part.step.who !== role) continue;
			if (part.step.phase === "clean") ends?.placeClean();
			const report = isLate(part.step, plan) ? "late" : "early";
			const failed = role === "program" ? gone : (ends?.failed(role, report) ?? reporter[report]);
			const quiet = role === "program" ? gone : (ends?.quiet(role) ?? reporter.quiet);
			if (part.call) emitCall(m, part.call, part.id, { failed, quiet, blocks, texts, role });
			else emitRoutine(m, plan, part, failed, options);
		}
	};

	m.asm.set(slots.exitCode, options.report.to === "tool" ? 1 : failedExitCode);
	emit("outer");
	if (!plan.forks) emit("command");
	for (const role of ["relay", "helper", "program", "init", "command"] as const) {
		const label = blocks.get(role);
		if (!label) continue;
		m.asm.place(label);
		emit(role);
		if (role === "helper") {
			ends?.placeClean();
			m.call("exit_group", [ends ? ends.exitCode : 0]);
		}
		// The helper tells why there is no such program.
		if (role === "program") {
			m.asm.place(gone);
			m.call("exit_group", [notFoundExitCode]);
		}
	}
	ends?.emit();
	reporter.emit(m, reportedCalls(plan, calls, options.report), calls.length);
	return m.asm.link(options.base);
}

/** Once somebody else's files may be mounted or entered, no path can be trusted to be the caller's. */
function isLate({ phase, who }: Step, { joins }: Plan): boolean {
	if (who === "command") return joins.length > 0 || !["death", "sources", "tree"].includes(phase);
	return joins.length > 0 && phaseIndex(phase) >= phaseIndex("join");
}

interface Targets {
	readonly failed: Label;
	readonly quiet: Label;
	readonly blocks: Map<Role, Label>;
	/** Where strings lie that the process has put together. */
	readonly texts: Map<string, Address>;
	readonly role: Role;
}

/** Loaded only for plans that make something outside of the sandbox. */
const staying = () => require("./routines/stay.ts") as typeof import("./routines/stay.ts");

/** Results from here on, taken as unsigned, are negative error numbers. */
const firstError = -4095;

function emitCall(m: Machine, call: Call, id: number, targets: Targets): void {
	const { asm, slot } = m;
	const { failed, quiet, blocks, texts, role } = targets;
	emitTexts(m, call.args, texts, role);
	const done = new Label();
	const result = call.result ?? unnamedResult(call);
	const dst = result === undefined ? undefined : slot(result);
	emitCondition(m, call, done);
	const args: Operand[] = [];
	for (const arg of call.args) args.push(operand(m, arg, texts));
	const repeat = emitRange(m, call);
	const retry = retryOf(call);
	if (call.inChild && dst) {
		const { emitApart } = require("./routines/apart.ts") as typeof import("./routines/apart.ts");
		emitApart(m, dst, id, failed, () => m.call(call.name, args));
	} else if (retry) emitRetried(m, call, retry, args, dst, id, failed);
	else m.call(call.name, args, { dst, onError: call.mayFail ? undefined : failed, id });
	repeat();
	if (Array.isArray(call.mayFail) && dst) emitAllowed(m, call.mayFail, dst, id, failed);
	for (const arg of call.args) {
		if (typeof arg === "object" && arg !== null && "pair" in arg) splitPair(m, arg.pair);
	}
	if (call.child && dst) {
		const block = new Label();
		blocks.set(call.child, block);
		asm.jumpIfEqual(dst, 0, block);
	}
	if (call.parent && dst) {
		const block = new Label();
		blocks.set(call.parent, block);
		asm.jumpIfBelow(0, dst, block);
	}
	if (call.check) emitCheck(m, call.check, { id, result: dst, failed, quiet });
	asm.place(done);
}

/** Where a result lies that the plan has no name for: it is looked at behind the call, and by nobody else. */
function unnamedResult({ check, mayFail }: Call): string | undefined {
	if (check && "endOfFile" in check) return "count";
	return Array.isArray(mayFail) ? "unnamed.result" : undefined;
}

/** Begins a loop over the numbers a call is made for. Returns what ends it. */
function emitRange({ asm, slot }: Machine, { args }: Call): () => void {
	for (const arg of args) {
		if (typeof arg !== "object" || arg === null || !("each" in arg)) continue;
		const [first, last] = arg.each;
		const [again, number] = [new Label(), slot(counter)];
		asm.set(number, first);
		asm.place(again);
		return () => {
			asm.compute(number, "add", number, 1);
			asm.jumpIfBelow(number, last + 1, again);
		};
	}
	return () => undefined;
}

/** Leaves a call out unless its conditions hold. */
function emitCondition({ asm, slot }: Machine, call: Call, done: Label): void {
	const { onlyIf = [], onlyIfFailed = [], onlyIfAbove0: above, result } = call;
	for (const name of listed(onlyIfFailed)) asm.jumpIfBelow(slot(name), firstError, done);
	const needed = above === undefined ? listed(onlyIf) : [...listed(onlyIf), above];
	if (needed.length === 0) return;
	const [leaveOut, go] = [new Label(), new Label()];
	if (above !== undefined) asm.jumpIfEqual(slot(above), 0, leaveOut);
	for (const name of needed) {
		const next = new Label();
		asm.jumpIfBelow(slot(name), firstError, next);
		asm.jump(leaveOut);
		asm.place(next);
	}
	asm.jump(go);
	asm.place(leaveOut);
	if (result !== undefined) asm.set(slot(result), firstError);
	asm.jump(done);
	asm.place(go);
}

const listed = (names: string | readonly string[]): readonly string[] => (typeof names === "string" ? [names] : names);

/** Goes on after success and after one of these errors. */
function emitAllowed({ asm }: Machine, errors: readonly string[], result: Slot, id: number, failed: Label): void {
	const fine = new Label();
	asm.jumpIfBelow(result, firstError, fine);
	for (const error of errors) asm.jumpIfEqual(result, -errnoNumber(error), fine);
	asm.compute(slots.errno, "sub", 0, result);
	asm.set(slots.failedCall, id);
	asm.jump(failed);
	asm.place(fine);
}

/** pipe2(2) has written two 32-bit numbers: each gets a slot of its own. */
function splitPair({ asm, slot }: Machine, pair: readonly [string, string]): void {
	asm.compute(slot(pair[0]), "and", slot(pair.join()), 0xffffffff);
	asm.compute(slot(pair[1]), "shr", slot(pair.join()), 32);
}

function emitRoutine(
	m: Machine,
	plan: Plan,
	{ id, step }: NumberedCall,
	failed: Label,
	{ ignored = [] }: CompileOptions,
): void {
	if (step.routine === "resetSignals") emitResetSignals(m, ignored);
	if (step.routine === "terminal") emitTerminal(m);
	if (step.routine === "foreground") emitForeground(m);
	if (step.routine === "lifeline") emitLifeline(m);
	// What few plans need is loaded when it is needed.
	if (step.routine === "relay") (require("./routines/relay.ts") as typeof import("./routines/relay.ts")).emitRelay(m);
	if (step.routine === "supervise") emitSupervise(m, plan);
	if (step.routine === "reap") emitReap(m, plan.supervision?.waitAll ?? false);
	if (step.routine === "awaitMap")
		(require("./routines/await-map.ts") as typeof import("./routines/await-map.ts")).emitAwaitMap(m, plan, id, failed);
	else if (step.routine?.startsWith("await")) awaiting().emitAwait(m, step.routine, id, failed);
	if (step.routine === "ambient") awaiting().emitAmbient(m, id, failed);
	if (step.routine === "exec") emitExec(m, id, failed, plan.command.descriptor, step.fails !== undefined);
	if (plan.supervision && ofLifetime.includes(step.routine))
		(require("./routines/lifetime.ts") as typeof import("./routines/lifetime.ts")).emitLifetime(
			m,
			plan,
			plan.supervision,
			{ id, routine: step.routine, failed },
		);
}

/** What is loaded for lifetimes alone: a helper that stays has a supervisor, too. */
const ofLifetime: readonly (Routine | undefined)[] = [
	...(["background", "again", "listen", "pidFile", "parent", "tell", "timer", "block"] as const),
];

/** Loaded only for plans that take the place of another tool. */
const awaiting = () => require("./routines/await.ts") as typeof import("./routines/await.ts");

/** The calls whose failure the stub has to put into words itself. */
function reportedCalls(plan: Plan, calls: readonly NumberedCall[], report: Report): ReportedCall[] {
	if (report.to === "tool")
		return calls.map(({ id, step: { fails, does } }) => ({ id, text: fails ?? does, hints: [] }));
	if (report.to !== "stderr") return [];
	const spoken: ReportedCall[] = [];
	for (const { id, step, call } of calls) {
		if (report.explain && !isLate(step, plan)) continue;
		const failed = failedStep(step, call);
		spoken.push({ id, text: failureText(failed), hints: stillHints(failed) });
	}
	return spoken;
}
