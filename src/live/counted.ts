/** Launches of the library that tell what was used: the helper writes it to a file in memory, which is read at the end. */
import { close, memfdCreate, readUpTo } from "../descriptors.ts";
import { hostFacts } from "../host.ts";
import { type Finished, runImage } from "../launch/clone.ts";
import { image } from "../launch/image.ts";
import { type BunSpawnOptions, channel, channelReport, spawn } from "../launch/spawn.ts";
import { compose } from "../plan/plan.ts";
import type { Command, Fragment, Plan } from "../plan/types.ts";
import { prepare } from "../preflight/check.ts";
import { joinedDescriptors } from "../process/join.ts";
import { countedFragments } from "../process/resources.ts";
import { readBundle } from "../stats/bundle.ts";
import { statsOf } from "../stats/parse.ts";
import type { Stats } from "../stats/types.ts";
import { monotonicTime } from "./clock.ts";

/** A subprocess that tells what was used. */
export interface WithStats {
	/** What the command and everything that it started have used, once it has ended. */
	readonly stats: Promise<Stats>;
}

/** No more is ever written: so many files of so many bytes. */
const mostBytes = 1024 * 1024;

/** A file for the numbers, an image that writes them there, and how they are read, which closes it. */
function counting(fragments: readonly Fragment[], command: Command) {
	const host = hostFacts();
	const file = memfdCreate("stats");
	try {
		const all = countedFragments(fragments, { descriptor: file });
		const plan: Plan = compose(all, { host, command, channel });
		prepare(all, plan, host);
		const start = monotonicTime();
		const read = (): Stats => {
			const { end, files } = readBundle(readUpTo(file, mostBytes) ?? new Uint8Array());
			close(file);
			return statsOf(files, { wall: end === undefined ? undefined : end - start });
		};
		return {
			bytes: image(plan, channelReport),
			plan,
			read,
			joined: joinedDescriptors(fragments),
			end: () => close(file),
		};
	} catch (error) {
		close(file);
		throw error;
	}
}

/** Starts a command as `spawn` does. */
export async function spawnCounted<
	In extends Bun.SpawnOptions.Writable,
	Out extends Bun.SpawnOptions.Readable,
	Err extends Bun.SpawnOptions.Readable,
>(
	fragments: readonly Fragment[],
	command: Command,
	options: BunSpawnOptions<In, Out, Err>,
): Promise<Bun.Subprocess<In, Out, Err> & WithStats> {
	const { bytes, plan, read, joined, end } = counting(fragments, command);
	const child = await spawn(bytes, options, () => plan, joined).catch((error: unknown) => {
		end();
		throw error;
	});
	return Object.assign(child, { stats: child.exited.then(read) });
}

/** Runs a command to its end as `spawnSync` does. */
export function runCounted(
	fragments: readonly Fragment[],
	command: Command,
	from: readonly (number | undefined)[],
): { readonly finished: Finished; readonly stats: Stats } {
	const { bytes, plan, read, joined, end } = counting(fragments, command);
	let finished: Finished;
	try {
		finished = runImage(bytes, from, () => plan, joined);
	} catch (error) {
		end();
		throw error;
	}
	return { finished, stats: read() };
}
