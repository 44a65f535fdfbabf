/** `struct seccomp_notif` and its answer, as the kernel writes and reads them. seccomp_unotify(2) */
import { getWord } from "../stub/instruction.ts";

/** A call that waits for its answer. */
export interface Notification {
	/** The thread that makes it, as the observer knows it; 0 where it cannot be seen from there. */
	readonly pid: number;
	readonly number: number;
	/** AUDIT_ARCH_* */
	readonly architecture: number;
	/** As signed numbers, and exact up to 2^53: no address and no flag is above. */
	readonly args: readonly number[];
	/** The whole of `struct seccomp_data`, as filters see it. */
	readonly data: Uint32Array;
}

/** Bytes of `struct seccomp_notif` and of `struct seccomp_notif_resp`, as far as they are known here. */
export const [notificationSize, answerSize] = [80, 24];

/** What a notification says. */
export function decodeNotification(words: Uint32Array): Notification {
	const args: number[] = [];
	for (let i = 0; i < 6; i++) args.push(getWord(words, 8 + 2 * i));
	return { pid: words[2] ?? 0, number: words[4] ?? 0, architecture: words[5] ?? 0, args, data: words.slice(4, 20) };
}

/** An argument that is a C int, as a descriptor is. */
export const asInt = (argument = 0): number => argument | 0;
