/** How processes end where a helper stays until the sandbox has ended. Loaded only for plans with one. */
import type { Plan, Role } from "../../plan/types.ts";
import { Label, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";
import type { Reporter } from "./report.ts";

/** Where processes go on. */
export interface Ends {
	/** After a failure, in the words of who reports it. */
	failed(role: Role, report: "early" | "late"): Label | undefined;
	/** After what another has reported. */
	quiet(role: Role): Label | undefined;
	/** The helper's exit code. */
	readonly exitCode: Slot;
	/** Here begins what the helper does when the sandbox has ended; only the first place counts. */
	placeClean(): void;
	/** Emits all that was gone on at. */
	emit(): void;
}

/**
 * The helper cleans up however the sandbox ends: also when one of its own steps fails, which a child of its reports, and when
 * the word never comes. A failure before the fork is reported once the helper has ended.
 */
export function endsOf(machine: Machine, plan: Plan, reporter: Reporter): Ends {
	const { asm, call, flags, slot } = machine;
	const [clean, exitCode] = [new Label(), slot("helper.exit")];
	const labels = {
		helper: { early: new Label(), late: new Label() },
		outer: { early: new Label(), late: new Label() },
	};
	const reports = ["early", "late"] as const;
	let placed = false;

	/** In the helper: a child reports, and what is there already is taken back. */
	const emitHelper = (report: "early" | "late"): void => {
		const [child, status] = [slot("reporter.child"), slot("reporter.status")];
		asm.place(labels.helper[report]);
		call("clone", [flags("SIGCHLD"), 0, 0, 0, 0], { dst: child });
		asm.jumpIfEqual(child, 0, reporter[report]);
		call("wait4", [child, status.address, flags("__WALL"), 0]);
		asm.compute(exitCode, "shr", status, 8);
		asm.jump(clean);
	};
	/** In the process that has the helper: it is let go, and ends, before the failure is told. */
	const emitOuter = (report: "early" | "late"): void => {
		const [id, errno] = [slot("stay.id"), slot("stay.errno")];
		asm.place(labels.outer[report]);
		asm.set(id, slots.failedCall);
		asm.set(errno, slots.errno);
		emitLetGo(machine, plan);
		asm.set(slots.failedCall, id);
		asm.set(slots.errno, errno);
		asm.jump(reporter[report]);
	};
	return {
		failed: (role, report) => (role === "helper" || role === "outer" ? labels[role][report] : undefined),
		quiet: (role) => (role === "helper" ? clean : undefined),
		exitCode,
		placeClean() {
			if (!placed) asm.place(clean);
			placed = true;
		},
		emit() {
			for (const report of reports) {
				emitHelper(report);
				emitOuter(report);
			}
		},
	};
}

/**
 * Lets the helper know that the sandbox has ended, and waits until it has cleaned up. Where there is none yet, or the caller
 * is not the process that has it, nothing is waited for.
 */
export function emitLetGo({ asm, call, flags, slot }: Machine, { supervision }: Pick<Plan, "supervision">): void {
	const none = new Label();
	asm.jumpIfEqual(slot("helper"), 0, none);
	call("close", [supervision?.places.life ?? 0]);
	call("wait4", [slot("helper"), 0, flags("__WALL"), 0]);
	asm.place(none);
}
