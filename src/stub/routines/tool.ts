import { Label, slots } from "../assembler.ts";
import { emitLength } from "./length.ts";
import type { Machine } from "./machine.ts";
import type { ReportedCall, Reporter, ToolReport } from "./report.ts";

/**
 * The ends of processes that take the place of another tool: `NAME: what failed: text of the error`, in one writev(2),
 * and the exit code; who has waited in vain for a child that has spoken ends with the child's code.
 */
export function emitToolReport(
	machine: Machine,
	{ early, late, quiet }: Reporter,
	{ name, errors }: ToolReport,
	calls: readonly ReportedCall[],
): void {
	const { asm, call, slot } = machine;
	const texts = asm.table([0, ...calls.map(({ text }) => asm.string(`${name}: ${text}: `))]);
	const reasons = asm.table(errors.map((text) => asm.string(`${text}\n`)));
	// struct iovec: an address and a length each, one behind the other.
	const [text, textLength, reason, reasonLength] = [asm.slot(), asm.slot(), asm.slot(), asm.slot()];
	const offset = slot("tool.offset");
	const say = new Label();
	asm.place(early);
	asm.place(late);
	asm.compute(offset, "shl", slots.failedCall, 3);
	asm.load(text, texts, offset);
	asm.set(reason, asm.string("Unknown error\n"));
	const known = new Label();
	asm.jumpIfBelow(slots.errno, errors.length, known);
	asm.jump(say);
	asm.place(known);
	asm.compute(offset, "shl", slots.errno, 3);
	asm.load(reason, reasons, offset);
	asm.place(say);
	emitLength(machine, textLength, text);
	emitLength(machine, reasonLength, reason);
	call("writev", [2, text.address, 2]);
	call("exit_group", [slots.exitCode]);

	const [code, failed] = [slot("tool.code"), new Label()];
	asm.place(quiet);
	asm.compute(code, "shr", slot("child.status"), 8);
	asm.compute(code, "and", code, 0xff);
	asm.jumpIfEqual(code, 0, failed);
	call("exit_group", [code]);
	asm.place(failed);
	call("exit_group", [1]);
}
