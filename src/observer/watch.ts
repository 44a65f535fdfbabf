/** The observer: receives what processes ask, tells of it, and lets them go on. */
import { fromBytes } from "../bytes.ts";
import { readFile } from "../descriptors.ts";
import { SystemError, systemCall } from "../ffi.ts";
import { errnoName, errnoNumber } from "../linux/errno.ts";
import type { Arch } from "../linux/syscalls.ts";
import { type Watched, watchedCalls } from "../observe/calls.ts";
import { architectures } from "../observe/filter.ts";
import { eventsOf } from "../observe/meaning.ts";
import type { Notification } from "../observe/notification.ts";
import { Peaks, peaksOf } from "../observe/peaks.ts";
import { errorOf } from "../observe/refuse.ts";
import type { StrictFilter } from "../observe/strict.ts";
import type { CallEvent, ObservedEvent } from "../observe/types.ts";
import type { Instruction } from "../seccomp/bpf.ts";
import { answerOf } from "../seccomp/interpreter.ts";
import type { Listener } from "./listener.ts";
import { lookerFor } from "./looker.ts";
import { nameOfCall } from "./names.ts";
import type { Queue } from "./queue.ts";

/**
 * Behind one of these a path may lead to a file system that a process of the sandbox answers for: to look at it would
 * mean to wait for that. Known by the number of the call, which cannot be changed while it is looked at.
 */
const changesTree = new Set(["mount", "move_mount", "fsmount", "open_tree", "setns", "pivot_root", "chroot"]);

const ESRCH = errnoNumber("ESRCH");
/** With fewer threads than this all of them are looked for whenever there may be more than ever. */
const few = 256;

const ENOSYS = errnoNumber("ENOSYS");

export class Observer {
	readonly peaks = new Peaks();
	private readonly watched = new Map<number, Watched>();
	private looks = true;
	private alive = new Set<number>();
	private countAt = 0;

	constructor(
		private readonly events: Queue<ObservedEvent>,
		private readonly arch: Arch,
		private readonly refusing: readonly Instruction[] | undefined,
		private readonly noticed: readonly StrictFilter[] = [],
	) {
		for (const one of watchedCalls(arch)) this.watched.set(one.number, one);
	}

	/** Receives one call, answers it, and tells of it. Resolves when another may be received. */
	handle(listener: Listener): Promise<void> | undefined {
		const notification = listener.receive();
		if (!notification) return undefined;
		const error = this.refusing && errorOf(answerOf(this.refusing, notification.data));
		let seen: readonly ObservedEvent[] = [];
		try {
			seen = this.seen(notification, error);
			// Its number may be that of another process by now.
			if (!listener.isWaiting()) seen = [];
		} finally {
			listener.answer(error);
		}
		return seen.length > 0 ? this.events.push(seen) : undefined;
	}

	private seen(notification: Notification, error: number | undefined): readonly ObservedEvent[] {
		const { number, architecture } = notification;
		const watched = architecture === architectures[this.arch] ? this.watched.get(number) : undefined;
		const strict = this.strictly(notification);
		const looked = error === undefined && watched ? this.look(watched, notification) : [];
		if (error === undefined && !strict) return looked;
		const { pid, args } = notification;
		const own = looked.some(({ type }) => type === "call") ? [] : looked;
		const event: CallEvent = {
			...{ type: "call", pid, call: nameOfCall(architecture, number), args: args.map((one) => one >>> 0) },
			...(error !== undefined && { refused: { error: errnoName(error), by: "seccomp" } }),
			...(strict && { strict }),
		};
		return [...own, event];
	}

	/** What of the noticed filters would refuse a call, other than by saying that it is missing. */
	private strictly({ data }: Notification): CallEvent["strict"] {
		for (const { option, program } of this.noticed) {
			const error = errorOf(answerOf(program, data));
			if (error !== undefined && error !== ENOSYS) return option;
		}
		return undefined;
	}

	private look(watched: Watched, notification: Notification): readonly ObservedEvent[] {
		const { pid } = notification;
		this.count(pid);
		if (watched.meaning.about === "end") this.addPeaks(pid);
		if (changesTree.has(watched.name)) this.looks = false;
		return eventsOf(watched, notification, lookerFor(pid, this.looks));
	}

	private addPeaks(pid: number): void {
		try {
			const status = fromBytes(readFile(`/proc/${pid}/status`));
			for (const { resource, peak } of peaksOf(status)) this.peaks.add(resource, peak);
		} catch (error) {
			// It has ended meanwhile.
			if (!(error instanceof SystemError)) throw error;
		}
	}

	/** Counts threads that have been seen and are still there, whenever they may be more than before. */
	private count(pid: number): void {
		this.alive.add(pid);
		if (this.alive.size <= this.countAt) return;
		for (const one of this.alive) if (one !== pid && systemCall("kill", one, 0) === -ESRCH) this.alive.delete(one);
		const { size } = this.alive;
		this.peaks.add("processes", size);
		this.countAt = Math.max(this.countAt, size < few ? size : Math.ceil(size * 1.25));
	}
}
