/** `spawn` with an observer: the command's calls become events. */
import { hostFacts } from "../host.ts";
import { image } from "../launch/image.ts";
import { type BunSpawnOptions, channel, channelReport, spawn } from "../launch/spawn.ts";
import { type ObserveFragment, observe } from "../observe/observe.ts";
import type { StrictFilter } from "../observe/strict.ts";
import type { ObservedEvent } from "../observe/types.ts";
import { compose } from "../plan/plan.ts";
import type { Command, Fragment, Plan } from "../plan/types.ts";
import { prepare } from "../preflight/check.ts";
import { joinedDescriptors } from "../process/join.ts";
import { lifetime } from "../process/lifetime.ts";
import { attend, listenerEnds } from "./attend.ts";
import type { Listener } from "./listener.ts";
import { Queue } from "./queue.ts";
import { Observer } from "./watch.ts";

/** What `spawn` adds to a subprocess that is observed. */
export interface WithEvents {
	/**
	 * What the command asks of the kernel, as it asks; ends when no observed process is left. When 1,024 events wait to be
	 * read the command waits too, as with a pipe; it goes on for good when the loop over them is left.
	 */
	readonly events: AsyncIterableIterator<ObservedEvent>;
}

const [socket, ready] = [channel + 1, channel + 2];

/** The fragments of an observed sandbox: without its observer, every call would fail, so it ends with that. */
function observedFragments(
	fragments: readonly Fragment[],
	noticed: readonly StrictFilter[],
): readonly [ObserveFragment, ...Fragment[]] {
	const own = fragments.find(({ module }) => module === "lifetime");
	const seccomp = fragments.find(({ module }) => module === "seccomp");
	const asked = own ?? lifetime();
	const bound = { ...asked, supervised: true, lifetime: { locks: [], ...asked.lifetime, dieWithParent: true } };
	const others = fragments.filter((one) => one !== own && one !== seccomp);
	return [observe({ socket, ready, seccomp, noticed }), bound, ...others];
}

type Readable = Bun.SpawnOptions.Readable;
type Writable = Bun.SpawnOptions.Writable;

/** Starts a command and observes it. What `noticed` would refuse is told of. Resolves and rejects as `spawn` does. */
export async function spawnObserved<In extends Writable, Out extends Readable, Err extends Readable>(
	fragments: readonly Fragment[],
	command: Command,
	options: BunSpawnOptions<In, Out, Err>,
	noticed: readonly StrictFilter[] = [],
): Promise<Bun.Subprocess<In, Out, Err> & WithEvents> {
	const host = hostFacts();
	const all = observedFragments(fragments, noticed);
	const plan: Plan = compose(all, { host, command, channel, inherit: ready + 1 });
	prepare(fragments, plan, host);
	const bytes = image(plan, channelReport);
	const ends = listenerEnds();
	const events = new Queue<ObservedEvent>();
	const observer = new Observer(events, host.arch, all[0].refusing(), noticed);
	// The image is started before this returns; the command is executed only when the observer has answered for it.
	const starting = spawn(bytes, options, () => plan, [...ends.theirs, ...joinedDescriptors(fragments)]);
	ends.closeTheirs();
	const observing = follow(ends.listener(), observer);
	const child = await starting.catch(async (error: unknown) => {
		events.end();
		await observing.catch(() => undefined);
		throw error;
	});
	void finish(child, observing, observer, events);
	return Object.assign(child, { events });
}

async function follow(coming: Promise<Listener | undefined>, observer: Observer): Promise<void> {
	const listener = await coming;
	if (listener) await attend(listener, (one) => observer.handle(one));
}

/** What is told at the end. An observer that has failed takes the sandbox with it. */
async function finish(
	child: Bun.Subprocess,
	observing: Promise<void>,
	observer: Observer,
	events: Queue<ObservedEvent>,
): Promise<void> {
	try {
		await observing;
		await child.exited;
		const microseconds = Number(child.resourceUsage()?.cpuTime.total ?? 0);
		observer.peaks.add("cpu", microseconds / 1_000_000);
		void events.push(observer.peaks.events());
		events.end();
	} catch (error) {
		child.kill("SIGKILL");
		events.end(error);
	}
}
