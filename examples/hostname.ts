/**
 * A host name of one's own: the UTS namespace.
 *
 * The kernel keeps the host name per UTS namespace. A new one starts with a copy; from then on the two are changed
 * separately. Changing it takes privilege over the namespace, which an ordinary user gets from a new user namespace:
 * the sandbox adds one where it is needed.
 */
import assert from "node:assert/strict";
import { sandbox, uts } from "nskit";

const hostname = () => Bun.spawnSync(["hostname"]).stdout.toString().trim();
const outside = hostname();

const box = sandbox(uts());
const { stdout } = box.spawnSync(["sh", "-c", "hostname; hostname box; hostname"]);
const [before, after] = String(stdout).split("\n");
console.log(`inside:  ${before}, then ${after}`);
assert.equal(before, outside, "the new namespace starts with a copy");
assert.equal(after, "box", "inside, the name is changed");

console.log(`outside: ${hostname()}`);
assert.equal(hostname(), outside, "outside, nothing has changed");
