/** How long a sandbox lives, with whom it ends, and who is told: plain data for the steps and for the supervisor's program. */

import type { Host } from "./types.ts";

/** A span of time as the kernel takes it. */
export interface Span {
	readonly seconds: number;
	readonly nanoseconds: number;
	/** For people: `"1.5 s"`. */
	readonly text: string;
}

/** A signal by number, with a name for people. */
export interface Signal {
	readonly number: number;
	readonly name: string;
}

/** How the command is ended when its time is up. */
export interface Timeout {
	readonly after: Span;
	/** What the command gets first. */
	readonly signal: Signal;
	/** How long it has from then on, until SIGKILL. */
	readonly grace: Span;
}

/** How a process in front starts sandboxes: again when one has ended, or one for each connection. */
export interface Server {
	readonly again?: { readonly delay: Span; readonly times?: number };
	/** Connections that are served at a time. */
	readonly most: number;
}

/** What was asked for, read and in order. Descriptors are those of the calling process. */
export interface Lifetime {
	readonly timeout?: Timeout;
	readonly dieWithParent?: boolean;
	readonly waitAll?: boolean;
	readonly info?: number;
	readonly status?: number;
	readonly block?: number;
	readonly locks: readonly string[];
	/** Directories of kept overlay layers, each for this sandbox alone. */
	readonly layers?: readonly string[];
	readonly background?: boolean;
	readonly server?: Server;
	readonly pidFile?: { readonly folder: string; readonly name: string };
	/** The helper stays, and keeps the descriptors that are results of these names. */
	readonly helper?: readonly string[];
	/** Only the freezer of control groups v1 stops the sandbox: the supervisor lets it go on when it is to end. */
	readonly freezes?: boolean;
}

/** Numbers of descriptors in the supervisor, chosen beforehand so that it can close all others. */
export interface Places {
	/** A copy of standard error, for what is said when time is up, or the helper was killed. */
	readonly messages?: number;
	readonly status?: number;
	/** The process that started us, as a pidfd, and the signals that are held back, as a signalfd. */
	readonly parent?: number;
	readonly signals?: number;
	/** The directory of the pid file. */
	readonly pidFolder?: number;
	readonly locks: readonly number[];
	readonly layers: readonly number[];
	/** By its end the helper knows that the sandbox has ended; held by the supervisor. */
	readonly life?: number;
	/** What the command's control group is stopped by: `freezer.state`. */
	readonly freezer?: number;
	/** What the helper keeps, in its own process. */
	readonly helper: readonly number[];
	/** Closes when the command is executed; held by all but the supervisor. In the background, and where it is run again. */
	readonly ready?: number;
}

/** What the supervisor does besides waiting for the command. */
export interface Supervision extends Lifetime {
	/** The process that started us, where everything ends with it; 0 where it cannot be seen. */
	readonly parent?: number | undefined;
	readonly places: Places;
	/** What of the places the supervisor keeps. */
	readonly kept: readonly number[];
}

/** Above what is opened on the way, and below every limit that leaves room to work. */
const firstPlace = 32;

/** `lifetime` with places for its descriptors that are none of `held`. */
export function supervisionOf(
	lifetime: Lifetime | undefined,
	held: readonly number[],
	channel: number | undefined,
	{ pid, parent = 0 }: Pick<Host, "pid" | "parent">,
): Supervision | undefined {
	if (!lifetime) return undefined;
	// An image that Bun has started is its child; otherwise it is this very process.
	const starter = channel === undefined ? parent : pid;
	const kept: number[] = [];
	let next = firstPlace;
	const place = (wanted: unknown): number | undefined => {
		if (!wanted) return undefined;
		while (held.includes(next)) next++;
		kept.push(next);
		return next++;
	};
	const { timeout, status, dieWithParent, pidFile, locks, layers = [], background, server, helper, freezes } = lifetime;
	const places = {
		messages: place((timeout || helper) && channel === undefined),
		status: place(status !== undefined),
		parent: place(dieWithParent && starter !== 0),
		signals: place(dieWithParent && starter !== 0),
		pidFolder: place(pidFile),
		locks: locks.map(() => place(true) ?? 0),
		layers: layers.map(() => place(true) ?? 0),
		life: place(helper),
		freezer: place(freezes),
	};
	const all = [...kept];
	const keeps = (helper ?? []).map(() => place(true) ?? 0);
	const ready = place(background || server?.again);
	return {
		...lifetime,
		...(dieWithParent && { parent: starter }),
		kept: all,
		places: { ...places, helper: keeps, ready },
	};
}
