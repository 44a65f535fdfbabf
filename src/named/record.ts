/** The record of a running sandbox's name: what the kernel said of its supervisor when it was started. Reading is strict. */
import { statField } from "../linux/proc.ts";

/** Bytes of a record at most. */
export const largestRecord = 4096;

/** What a record says. It is checked against the machine each time, and never believed. */
export interface NameRecord {
	/** `/proc/sys/kernel/random/boot_id`. */
	readonly boot: string;
	/** The inode of the PID namespace that numbers processes so. */
	readonly pidNamespace: number;
	/** The supervisor, and when it began, in clock ticks since boot. */
	readonly pid: number;
	readonly startTime: number;
}

const form =
	/^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\npid:\[([1-9]\d{0,9})\]\n(([1-9]\d{0,9}) \([\s\S]{0,64}\) [^()\n]{1,2048})\n?$/;

/** What the text says; a sentence where it is none. */
export function readRecord(text: string): NameRecord | string {
	const [, boot, namespace, stat = "", pid] = form.exec(text) ?? [];
	const startTime = statField(stat, 22);
	if (boot === undefined || startTime === undefined || !/^\d{1,15}$/.test(startTime))
		return "it is no record of a running sandbox";
	const read = { boot, pidNamespace: Number(namespace), pid: Number(pid), startTime: Number(startTime) };
	// 1 is the machine's own.
	return read.pid > 1 && read.pid <= 0x7fffffff ? read : "it names no process that could be a supervisor";
}
