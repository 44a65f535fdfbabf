/** Receiving without blocking: a waiter tells when there is something, and each notification is answered in turn. */
import { close, moveAbove, pipe, writeAll } from "../descriptors.ts";
import { arch, SystemError } from "../ffi.ts";
import { Listener, receiveDescriptor, socketPair } from "./listener.ts";
import { listenerPlace, waiterFile } from "./waiter.ts";

/** Notifications that are answered before the rest of this process gets its turn, and how long another is waited for. */
const [atOnce, patience] = [64, 50_000];

/** Answers what `listener` receives until nobody is observed any more. */
export async function attend(listener: Listener, handle: (listener: Listener) => Promise<void> | void): Promise<void> {
	const file = waiterFile(arch);
	const ends = pipe();
	const [acknowledge, given] = [ends.write, moveAbove(ends.read, listenerPlace + 1)];
	listener.moveAbove(listenerPlace + 1);
	let waiter: Bun.Subprocess<number, "pipe", "inherit">;
	try {
		waiter = Bun.spawn([`/proc/self/fd/${file}`], {
			argv0: "ns-waiter",
			env: {},
			stdio: [given, "pipe", "inherit", listener.fd],
		}) as typeof waiter;
	} finally {
		close(given);
		close(file);
	}
	try {
		for await (const chunk of waiter.stdout) {
			if (chunk.length === 0) continue;
			await drain(listener, handle);
			writeAll(acknowledge, new Uint8Array(1));
		}
	} catch (error) {
		if (!(error instanceof SystemError && error.code === "EPIPE")) throw error;
	} finally {
		close(acknowledge);
		await waiter.exited;
		listener.close();
	}
	// Whoever waits for an answer has been given an error by now.
	if (waiter.exitCode !== 0) throw new Error(`the waiter of the observer was ended by ${waiter.signalCode}`);
}

async function drain(listener: Listener, handle: (listener: Listener) => Promise<void> | void): Promise<void> {
	for (let count = 1; listener.isReadable(patience); count++) {
		await handle(listener);
		if (count % atOnce === 0) await Bun.sleep(0);
	}
}

/** What a listener comes through: a socket, and a pipe that ends when it was sent. */
export interface Ends {
	/** What the image gets: the socket, and the pipe. */
	readonly theirs: readonly [socket: number, ready: number];
	/** To be called when the image has been started. */
	closeTheirs(): void;
	/** The listener, once it was sent; `undefined` when the sandbox could not be made. */
	listener(): Promise<Listener | undefined>;
}

/** Above the numbers that these get in the image. */
const above = 16;

/** Both ends of it. */
export function listenerEnds(): Ends {
	const sockets = socketPair();
	const ready = pipe();
	const theirs = [moveAbove(sockets.theirs, above), moveAbove(ready.write, above)] as const;
	return {
		theirs,
		closeTheirs() {
			for (const fd of theirs) close(fd);
		},
		async listener() {
			try {
				await Bun.file(ready.read).bytes();
				const fd = receiveDescriptor(sockets.ours);
				return fd === undefined ? undefined : new Listener(fd);
			} finally {
				close(ready.read);
				close(sockets.ours);
			}
		},
	};
}
