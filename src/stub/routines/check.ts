import { errnoNumber } from "../../linux/errno.ts";
import type { Check } from "../../plan/types.ts";
import { type Address, Label, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** The call that is checked, and where to go on. */
export interface Checked {
	/** Its number. */
	readonly id: number;
	readonly result: Slot | undefined;
	readonly failed: Label;
	readonly quiet: Label;
}

/** What a call's success is not enough for. */
export function emitCheck(m: Machine, check: Check, { id, result, failed, quiet }: Checked): void {
	const { asm, slot, buffer } = m;
	const fine = new Label();
	const fail = (error?: string): void => {
		if (error !== undefined) asm.set(slots.errno, errnoNumber(error));
		asm.set(slots.failedCall, id);
		asm.jump(failed);
	};
	if ("netlink" in check) {
		// struct nlmsgerr lies behind the 16 bytes of struct nlmsghdr and begins with a negative errno, or 0.
		const error = slot("netlink.error");
		asm.load(error, buffer(check.netlink, 0), 16);
		asm.compute(error, "and", error, 0xffffffff);
		asm.jumpIfEqual(error, 0, fine);
		if (check.allowed) netlink().emitAllowed(m, check.allowed, error, result, fine);
		asm.compute(slots.errno, "sub", 0x1_0000_0000, error);
		fail();
	} else if ("link" in check) {
		netlink().emitLink(m, check, result, fine);
		fail();
	} else if ("noLink" in check) {
		netlink().emitNoLink(m, check.noLink, result, fine);
	} else if ("status" in check) {
		const status = slot("child.status");
		asm.load(status, buffer(check.status, 8), 0);
		asm.jumpIfEqual(status, 0, fine);
		asm.jump(quiet);
	} else if ("same" in check) {
		if (result) asm.jumpIfEqual(result, slot(check.same), fine);
		asm.jump(quiet);
	} else if ("belowRoot" in check) {
		const first = slot("path.first");
		asm.load(first, buffer(check.belowRoot, 8), 0);
		asm.compute(first, "and", first, 0xff);
		asm.jumpIfEqual(first, slash, fine);
		asm.set(slots.errno, errnoNumber("EXDEV"));
		fail();
	} else if ("holds" in check) {
		const held = slot("check.held");
		asm.load(held, buffer(check.holds, 8), 0);
		asm.compute(held, "and", held, 0xffffffff);
		asm.jumpIfEqual(held, slot(check.as), fine);
		if (result) asm.set(result, -errnoNumber("EAGAIN"));
	} else if ("mountIn" in check) {
		const mount = slot("check.mount");
		emitField(m, mount, buffer(check.mountIn, statxSize), "mount");
		for (const name of check.among) asm.jumpIfEqual(mount, slot(name), fine);
		if (check.otherwise === "result" && result) asm.set(result, -errnoNumber("EXDEV"));
		else fail("EXDEV");
	} else if ("isDirectory" in check) {
		const mode = slot("check.mode");
		emitField(m, mode, buffer(check.isDirectory, statxSize), "mode");
		asm.compute(mode, "and", mode, fileType);
		asm.jumpIfEqual(mode, directoryType, fine);
		if (result) asm.set(result, -errnoNumber("ENOTDIR"));
	} else if ("statx" in check) {
		for (const field of ["mode", "uid", "gid", "mount"] as const)
			emitField(m, slot(`${check.as}.${field}`), buffer(check.statx, statxSize), field);
		asm.compute(slot(`${check.as}.mode`), "and", slot(`${check.as}.mode`), permissions);
	} else if ("sameFile" in check) {
		const [one, other] = [slot("check.one"), slot("check.other")];
		const differs = new Label();
		for (const at of identity) {
			const same = new Label();
			asm.load(one, buffer(check.sameFile[0], statxSize), at);
			asm.load(other, buffer(check.sameFile[1], statxSize), at);
			asm.jumpIfEqual(one, other, same);
			asm.jump(differs);
			asm.place(same);
		}
		asm.jump(fine);
		asm.place(differs);
		fail("ESTALE");
	} else if ("exactly" in check) {
		const allowed = typeof check.exactly === "number" ? [check.exactly] : check.exactly;
		if (result) for (const one of allowed) asm.jumpIfEqual(result, one, fine);
		if (check.fails !== false) fail(check.otherwise);
		else if (result) asm.set(result, -errnoNumber(check.otherwise));
	} else if ("counts" in check) {
		const { emitCounts } = require("./counts.ts") as typeof import("./counts.ts");
		emitCounts(m, check, result);
	} else if ("begins" in check) {
		const first = slot("check.first");
		asm.load(first, buffer(check.begins, 8), 0);
		asm.jumpIfEqual(first, check.number, fine);
		fail(check.otherwise);
	} else {
		asm.jumpIfBelow(0, slot("count"), fine);
		asm.jump(quiet);
	}
	asm.place(fine);
}

/** Loaded only for plans that make interfaces. */
const netlink = () => require("./netlink.ts") as typeof import("./netlink.ts");

/** `/` */
const slash = 0x2f;

/** Bytes of a `struct statx`. */
export const statxSize = 256;

/** Where a field begins in `struct statx`, and how many of its bits count. */
const fields = {
	uid: [20, 0xffffffff],
	gid: [24, 0xffffffff],
	mode: [28, 0xffff],
	mount: [144, undefined],
} as const;

/** Where the inode number and the device lie, which tell one file from all others. */
const identity = [32, 136] as const;

const fileType = 0o170000;
const directoryType = 0o040000;
const permissions = 0o7777;

function emitField({ asm }: Machine, dst: Slot, statx: Address, field: keyof typeof fields): void {
	const [at, mask] = fields[field];
	asm.load(dst, statx, at);
	if (mask !== undefined) asm.compute(dst, "and", dst, mask);
}
