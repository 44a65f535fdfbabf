/**
 * Processes of one's own: the PID namespace.
 *
 * Inside, ids are counted from 1 and nobody else is seen. Outside, the same processes have ordinary ids. PID 1 is
 * special: when it ends, the kernel ends all others. `ps` reads /proc, so a fresh one is mounted, in a mount namespace
 * of its own.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mount, pid, sandbox } from "nskit";

const box = sandbox(pid(), mount());
const listing = String(box.spawnSync(["sh", "-c", "ps -e -o pid=,comm=; true"]).stdout);
console.log(`inside:\n${listing.trimEnd()}`);
const seen = listing.trim().split("\n");
assert.deepEqual(
	seen.map((line) => line.trim().split(/\s+/)[1]),
	["ns-init", "sh", "ps"],
);

// Outside, init and command are children of the process that was spawned. NSpid lists a process's ids, outermost first.
const child = await box.spawn(["sleep", "60"]);
const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
const ids = children.map((id) => /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]?.split("\t"));
console.log(`outside and inside: ${ids.map((pair) => pair?.join(" is ")).join(", ")}`);
assert.deepEqual(
	ids.map((pair) => pair?.at(-1)),
	["1", "2"],
);

process.kill(Number(children[0]), "SIGKILL");
await child.exited;
console.log(`init was killed; the command ended by ${child.signalCode}`);
assert.equal(child.signalCode, "SIGKILL");
