/** Carrying bytes between two descriptors, without ever waiting for one of them. */
import { errnoNumber } from "../../linux/errno.ts";
import { type Address, Label, type Slot, slots } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** Bytes carried at a time. */
const bufferSize = 4096;
/** What poll(2) can tell. */
export const [POLLIN, POLLOUT]: readonly [number, number] = [0x1, 0x4];
const [POLLERR, POLLHUP] = [0x8, 0x10];
const EAGAIN = errnoNumber("EAGAIN");
/** Where `events` and `revents` stand in a `struct pollfd` taken as one 64-bit word. */
export const eventsShift = 32;
const reventsShift = 48;
/** Reads after the end: what was written before it is there at once, and who goes on writing is not waited for. */
const mostRests = 4096;
/** What ends the input of a terminal that is read line by line. */
const endOfInput = 4;
const newline = 10;

/** A direction: from one descriptor to another, through a buffer that is emptied before it is filled again. */
export interface Way {
	readonly from: number;
	readonly to: number;
	readonly bytes: Address;
	/** Bytes in the buffer, and how many of them are written. */
	readonly size: Slot;
	readonly done: Slot;
	/** 1 while there may be more to read. */
	readonly open: Slot;
}

/** A direction with its buffer. */
export function way({ slot, buffer }: Machine, name: string, from: number, to: number): Way {
	return {
		...{ from, to, bytes: buffer(`relay.${name}`, bufferSize) },
		...{ size: slot(`relay.${name}.size`), done: slot(`relay.${name}.done`), open: slot(`relay.${name}.open`) },
	};
}

/** The `struct pollfd`s of descriptors 0, 1 and 2, and of the signals. */
export const pollSet = ({ buffer }: Machine): Address => buffer("relay.poll", 32);

/** Jumps when poll(2) has reported neither this event for a descriptor nor its end. */
function jumpUnlessReady(machine: Machine, fd: number, event: number, target: Label): void {
	const { asm, slot } = machine;
	const ready = slot("relay.ready");
	asm.load(ready, pollSet(machine), 8 * fd);
	asm.compute(ready, "shr", ready, reventsShift);
	asm.compute(ready, "and", ready, event + POLLERR + POLLHUP);
	asm.jumpIfEqual(ready, 0, target);
}

/** Fills the buffer when it is empty, and writes what is in it. */
export function emitCarry(machine: Machine, { from, to, bytes, size, done, open }: Way): void {
	const { asm, call, slot } = machine;
	const count = slot("relay.count");
	const [write, next, over] = [new Label(), new Label(), new Label()];
	const [failed, broken, empty] = [new Label(), new Label(), new Label()];
	asm.jumpIfBelow(0, size, write);
	asm.jumpIfEqual(open, 0, next);
	jumpUnlessReady(machine, from, POLLIN, next);
	call("read", [from, bytes, bufferSize], { dst: count, onError: failed });
	asm.jumpIfEqual(count, 0, over);
	asm.set(size, count);
	asm.set(done, 0);
	asm.jump(next);
	asm.place(failed);
	asm.jumpIfEqual(slots.errno, EAGAIN, next);
	asm.place(over);
	asm.set(open, 0);
	asm.jump(next);

	asm.place(write);
	jumpUnlessReady(machine, to, POLLOUT, next);
	asm.compute(count, "add", bytes, done);
	const left = slot("relay.left");
	asm.compute(left, "sub", size, done);
	call("write", [to, count, left], { dst: count, onError: broken });
	asm.compute(done, "add", done, count);
	asm.jumpIfBelow(done, size, next);
	asm.jump(empty);
	asm.place(broken);
	asm.jumpIfEqual(slots.errno, EAGAIN, next);
	asm.place(empty);
	asm.set(size, 0);
	asm.place(next);
}

/**
 * Where the caller's input is no terminal its end has to be typed: once at the beginning of a line, else twice. It goes
 * through the buffer, because the new terminal may take no more for now.
 */
export function emitEndOfInput({ asm, slot }: Machine, { bytes, size, done, open }: Way): void {
	const [last, typed] = [slot("relay.last"), slot("relay.ended")];
	const [next, one] = [new Label(), new Label()];
	asm.jumpIfBelow(0, size, next);
	for (const flag of [typed, open, slot("relay.tty")]) asm.jumpIfEqual(flag, 1, next);
	asm.set(typed, 1);
	asm.set(size, 1);
	asm.jumpIfEqual(done, 0, one);
	asm.compute(last, "add", bytes, done);
	asm.load(last, last, -1);
	asm.compute(last, "and", last, 0xff);
	asm.jumpIfEqual(last, newline, one);
	asm.set(size, 2);
	asm.place(one);
	asm.store(bytes, 0, endOfInput * 0x101);
	asm.set(done, 0);
	asm.place(next);
}

/**
 * Shows what was written before: poll(2) itself waits for what is on its way through the terminal. With `patience` it
 * waits for a reader who is slow; otherwise the rest stays for later.
 */
export function emitRest(machine: Machine, { bytes, size, done, open }: Way, patience: boolean): void {
	const { asm, call, slot, buffer } = machine;
	const [count, rounds, word, at] = [slot("relay.count"), slot("relay.rounds"), slot("relay.word"), slot("relay.at")];
	const [loop, write, failed, end] = [new Label(), new Label(), new Label(), new Label()];
	const set = pollSet(machine);
	const now = buffer("relay.now", 16);
	asm.set(rounds, mostRests);
	asm.jumpIfBelow(0, size, write);
	asm.place(loop);
	asm.set(size, 0);
	asm.jumpIfEqual(open, 0, end);
	asm.jumpIfEqual(rounds, 0, end);
	asm.compute(rounds, "sub", rounds, 1);
	asm.store(set, 0, 2 + POLLIN * 2 ** eventsShift);
	call("ppoll", [set, 1, now, 0, 8], { dst: count, onError: end });
	asm.load(word, set, 0);
	asm.compute(word, "shr", word, reventsShift);
	asm.compute(word, "and", word, POLLIN);
	asm.jumpIfEqual(word, 0, end);
	call("read", [2, bytes, bufferSize], { dst: size, onError: loop });
	asm.jumpIfEqual(size, 0, end);
	asm.set(done, 0);
	asm.place(write);
	asm.store(set, 8, 1 + POLLOUT * 2 ** eventsShift);
	call("ppoll", [set.plus(8), 1, patience ? 0 : now, 0, 8], { dst: count });
	asm.jumpIfEqual(count, 0, end);
	asm.compute(at, "add", bytes, done);
	asm.compute(count, "sub", size, done);
	call("write", [1, at, count], { dst: count, onError: failed });
	asm.compute(done, "add", done, count);
	asm.jumpIfBelow(done, size, write);
	asm.jump(loop);
	asm.place(failed);
	asm.jumpIfEqual(slots.errno, EAGAIN, write);
	asm.set(size, 0);
	asm.place(end);
}
