/** What has been started and runs, so that nothing of it stays when the selftest is broken off. */

const running = new Set<Bun.Subprocess>();

/** Remembers a child until it has ended. */
export function remembered<C extends Bun.Subprocess>(child: C): C {
	running.add(child);
	void child.exited.finally(() => running.delete(child));
	return child;
}

/** Ends all that run, and with each supervisor its sandbox. */
export async function endChildren(): Promise<void> {
	const ends: Promise<number>[] = [];
	for (const child of running) {
		child.kill("SIGKILL");
		ends.push(child.exited);
	}
	await Promise.all(ends);
}
