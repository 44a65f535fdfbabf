/** What a filter can answer, by the names of OCI profiles. seccomp(2) */
import { errnoNumber } from "../linux/errno.ts";

/** A number that a filter returns: what the kernel does, and 16 bits of data with it. */
export type Answer = number;

/** The upper half of an answer. SECCOMP_RET_*, seccomp(2) */
export const answers = {
	killProcess: 0x8000_0000,
	killThread: 0x0000_0000,
	trap: 0x0003_0000,
	errno: 0x0005_0000,
	notify: 0x7fc0_0000,
	trace: 0x7ff0_0000,
	log: 0x7ffc_0000,
	allow: 0x7fff_0000,
} as const;

/** The call fails with this error. */
export const refuseWith = (error: string): Answer => answers.errno + errnoNumber(error);

/** The actions of OCI profiles. */
export const actions: Readonly<Record<string, Answer>> = {
	SCMP_ACT_ALLOW: answers.allow,
	SCMP_ACT_ERRNO: answers.errno,
	SCMP_ACT_KILL: answers.killThread,
	SCMP_ACT_KILL_THREAD: answers.killThread,
	SCMP_ACT_KILL_PROCESS: answers.killProcess,
	SCMP_ACT_LOG: answers.log,
	SCMP_ACT_NOTIFY: answers.notify,
	SCMP_ACT_TRACE: answers.trace,
	SCMP_ACT_TRAP: answers.trap,
};

/** The largest number that fits into an answer beside an error: the kernel takes no larger error either. */
export const lastErrno = 4095;

/** What is done, without its data. */
export const kindOf = (answer: Answer): Answer => (answer & 0xffff_0000) >>> 0;

/** Whether the call is made: allowed, or allowed and logged. */
export const isAllowed = (answer: Answer): boolean =>
	kindOf(answer) === answers.allow || kindOf(answer) === answers.log;

/** How strict an answer is, as the kernel ranks those of several filters: the lowest counts. The numbers are signed. */
export const strictness = (answer: Answer): number => kindOf(answer) | 0;
