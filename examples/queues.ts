/**
 * Message queues of one's own: the IPC namespace.
 *
 * System V message queues, semaphores and shared memory have no files. They are known by numbers, and the kernel keeps
 * one table of them per IPC namespace. So two programs that never see each other's files may still meet in that table,
 * unless each has its own.
 */
import assert from "node:assert/strict";
import { ipc, sandbox } from "nskit";

/** The keys of all queues that a listing of ipcs(1) shows. */
const keys = (listing: unknown): string[] => String(listing).match(/^0x[0-9a-f]+/gm) ?? [];
const outside = (): string[] => keys(Bun.spawnSync(["ipcs", "-q"]).stdout);

const before = outside();
const id = /\d+$/m.exec(String(Bun.spawnSync(["ipcmk", "-Q"]).stdout))?.[0] ?? "";
try {
	const made = outside().filter((key) => !before.includes(key));
	console.log(`made outside: ${made}`);
	assert.equal(made.length, 1);

	const box = sandbox(ipc());
	const [first, second] = String(box.spawnSync(["sh", "-c", "ipcs -q; echo =; ipcmk -Q >&2; ipcs -q"]).stdout).split(
		"=",
	);
	console.log(`seen inside:  ${keys(first).length} at first, then ${keys(second)}, made inside`);
	assert.deepEqual(keys(first), [], "a new namespace has no queue");
	assert.equal(keys(second).length, 1);

	// The namespace has ended with its last process, and the queue with it. Files would have stayed.
	assert.ok(!outside().includes(keys(second)[0] ?? ""), "what was made inside is not seen outside");
} finally {
	Bun.spawnSync(["ipcrm", "-q", id]);
}
