/** What lies in answers of rtnetlink(7). Loaded only for plans that make interfaces. */
import { errnoNumber } from "../../linux/errno.ts";
import type { Check } from "../../plan/types.ts";
import { Label, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** 32-bit numbers below 0 are above this when they are taken as they lie. */
const range = 0x1_0000_0000;

/** NLMSG_ERROR, NLMSG_DONE: linux/netlink.h. The type lies behind the length, and the rest behind 16 bytes. */
const [errorType, doneType] = [2, 3];
const [typeAt, bodyAt] = [4, 16];
/** In `struct ifinfomsg`. */
const [indexAt, flagsAt] = [bodyAt + 4, bodyAt + 8];

/** Goes on at `fine` with an error, as it lies in the answer, that is allowed. */
export function emitAllowed(
	{ asm }: Machine,
	allowed: "any" | readonly string[],
	error: Slot,
	result: Slot | undefined,
	fine: Label,
): void {
	const skip = new Label();
	const take = new Label();
	if (allowed !== "any") {
		for (const name of allowed) asm.jumpIfEqual(error, range - errnoNumber(name), take);
		asm.jump(skip);
	}
	asm.place(take);
	if (result) asm.compute(result, "sub", error, range);
	asm.jump(fine);
	asm.place(skip);
}

/** Index and flags of the interface that was asked for. Behind it the error is in `slots.errno`, where none is allowed. */
export function emitLink(
	m: Machine,
	{ link, as, allowed }: Extract<Check, { link: string }>,
	result: Slot | undefined,
	fine: Label,
): void {
	const { asm, slot, buffer } = m;
	const [type, error] = [slot("netlink.type"), slot("netlink.error")];
	const refused = new Label();
	asm.load(type, buffer(link, 0), typeAt);
	asm.compute(type, "and", type, 0xffff);
	asm.jumpIfEqual(type, errorType, refused);
	for (const [name, at] of [
		["index", indexAt],
		["flags", flagsAt],
	] as const) {
		asm.load(slot(`${as}.${name}`), buffer(link, 0), at);
		asm.compute(slot(`${as}.${name}`), "and", slot(`${as}.${name}`), range - 1);
	}
	asm.jump(fine);
	asm.place(refused);
	asm.load(error, buffer(link, 0), bodyAt);
	asm.compute(error, "and", error, range - 1);
	if (allowed) emitAllowed(m, allowed, error, result, fine);
	asm.compute(slots.errno, "sub", range, error);
}

/** The result is -EBUSY unless the answer ends at once. */
export function emitNoLink(
	{ asm, slot, buffer }: Machine,
	answer: string,
	result: Slot | undefined,
	fine: Label,
): void {
	const type = slot("netlink.type");
	asm.load(type, buffer(answer, 0), typeAt);
	asm.compute(type, "and", type, 0xffff);
	asm.jumpIfEqual(type, doneType, fine);
	if (result) asm.set(result, -errnoNumber("EBUSY"));
}
