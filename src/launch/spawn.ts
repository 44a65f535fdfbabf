/** The asynchronous launch: the image is started by `Bun.spawn`, so the caller gets a real `Bun.Subprocess`. */
import { close, copyAbove, moveAbove, pipe } from "../descriptors.ts";
import type { Plan } from "../plan/types.ts";
import type { Report } from "../stub/routines/report.ts";
import { failureOf, recordSize } from "./failure.ts";
import { imageFile } from "./image.ts";

/** The descriptor of the image that failures are reported on. It closes when the command is executed. */
export const channel = 3;

/** How images that are started from here report. */
export const channelReport: Report = { to: "channel", fd: channel };

type Readable = Bun.SpawnOptions.Readable;
type Writable = Bun.SpawnOptions.Writable;

/** Options of `Bun.spawn` that go through as they are. */
export type BunSpawnOptions<In extends Writable, Out extends Readable, Err extends Readable> = Omit<
	Bun.SpawnOptions.SpawnOptions<In, Out, Err>,
	"env" | "argv0" | "stdio" | "uid" | "gid" | "ipc" | "serialization" | "onDisconnect"
>;

/**
 * Starts an image. Resolves when the command has been executed; rejects with a `NamespaceError` otherwise. `more` are
 * descriptors that the image gets behind the channel, by the numbers from there on.
 */
export async function spawn<In extends Writable, Out extends Readable, Err extends Readable>(
	bytes: Uint8Array,
	options: BunSpawnOptions<In, Out, Err>,
	described: () => Plan,
	more: readonly number[] = [],
): Promise<Bun.Subprocess<In, Out, Err>> {
	// A number that one of the child's own takes would lead it elsewhere.
	const first = channel + 1 + more.length;
	const file = moveAbove(imageFile(bytes), first);
	const ends = pipe();
	const copies: number[] = [];
	let child: Bun.Subprocess<In, Out, Err>;
	try {
		for (const fd of more) copies.push(copyAbove(fd, first));
		const { stdin = null, stdout = "pipe", stderr = "inherit", ...rest } = options;
		const stdio = [stdin, stdout, stderr, ends.write, ...copies] as [In, Out, Err, number];
		child = Bun.spawn([`/proc/self/fd/${file}`], { ...rest, argv0: "ns", env: {}, stdio });
	} catch (error) {
		close(ends.read);
		throw error;
	} finally {
		close(ends.write);
		close(file);
		for (const fd of copies) close(fd);
	}
	const record = await readRecord(ends.read);
	if (record.length < recordSize) return child;
	await child.exited;
	throw failureOf(described(), record);
}

/** Everything until the other side is closed, which happens when the command is executed. */
async function readRecord(fd: number): Promise<Uint8Array> {
	try {
		return await Bun.file(fd).bytes();
	} finally {
		close(fd);
	}
}
