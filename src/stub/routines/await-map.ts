/** Waiting for somebody else who writes the maps of ids. Loaded only for plans that do. */
import { errnoNumber } from "../../linux/errno.ts";
import type { Plan } from "../../plan/types.ts";
import { Label, type Operand, slots } from "../assembler.ts";
import { emitBlock } from "./block.ts";
import { emitLine } from "./line.ts";
import type { Machine } from "./machine.ts";

/**
 * Tells who is informed of the sandbox whose maps are to be written, as `{"map-pid": 100}`, and waits for a byte. The end is
 * a failure: nobody has said that they are written.
 */
export function emitAwaitMap(machine: Machine, plan: Plan, id: number, failed: Label): void {
	const { asm, slot } = machine;
	const reopened = plan.channel !== undefined;
	const { info, places } = plan.supervision ?? {};
	const to: Operand[] = [];
	if (info !== undefined) to.push(reopened ? slot("info") : info);
	if (places?.status !== undefined) to.push(places.status);
	if (to.length > 0) emitLine(machine, "map", [{ text: '{"map-pid": ', value: slot("map.pid") }, { text: "}\n" }], to);
	const count = slot("map.count");
	const done = new Label();
	emitBlock(machine, slot("map.block"), reopened, id, failed, count);
	asm.jumpIfBelow(0, count, done);
	asm.set(slots.errno, errnoNumber("EPIPE"));
	asm.set(slots.failedCall, id);
	asm.jump(failed);
	asm.place(done);
}
