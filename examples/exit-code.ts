/**
 * How a command ends, told exactly.
 *
 * `spawnSync` calls libc's clone(2) through bun:ffi: the child runs machine code of nskit's on a stack of its own, in
 * memory it shares with Bun until it executes the command. What wait4(2) says of it comes back unchanged. On the command
 * line the shell's convention holds: 128 and the signal's number.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sandbox, user, uts } from "nskit";

const box = sandbox(user(), uts());

const three = box.spawnSync(["sh", "-c", "exit 3"]);
console.log(`exit 3:  exitCode ${three.exitCode}, signalCode ${three.signalCode}`);
assert.equal(three.exitCode, 3);
assert.equal(three.signalCode, undefined);

const killed = box.spawnSync(["sh", "-c", "kill -KILL $$"]);
console.log(`killed:  exitCode ${killed.exitCode}, signalCode ${killed.signalCode}`);
assert.equal(killed.exitCode, null);
assert.equal(killed.signalCode, "SIGKILL");

const ns = join(import.meta.dir, "../cli/ns.ts");
const line = `"$@" run sh -c 'kill -KILL $$'; echo $?`;
const shell = Bun.spawnSync(["sh", "-c", line, "sh", process.execPath, ns], { stderr: "ignore" });
console.log(`command: ${shell.stdout}`.trimEnd());
assert.equal(String(shell.stdout), "137\n");
