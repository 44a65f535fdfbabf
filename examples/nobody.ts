/**
 * Who one is: the user namespace.
 *
 * User ids inside are translated by a map that is written once. An id without a mapping is shown as 65534, "nobody".
 * Being root inside gives power over the namespaces that belong to this one, and none over the machine: files made by
 * that root belong to the caller outside.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sandbox, user } from "nskit";

const idInside = (map: "none" | "root" | "self") =>
	Number(String(sandbox(user({ map })).spawnSync(["id", "-u"]).stdout));

const caller = process.getuid?.();
console.log(`outside: ${caller}; none: ${idInside("none")}, root: ${idInside("root")}, self: ${idInside("self")}`);
assert.equal(idInside("none"), 65534);
assert.equal(idInside("root"), 0);
assert.equal(idInside("self"), caller);

const folder = mkdtempSync(join(tmpdir(), "nskit-example-"));
try {
	const file = join(folder, "made-by-root-inside");
	sandbox(user({ map: "root" })).spawnSync(["touch", file]);
	console.log(`a file made by root inside belongs to ${statSync(file).uid} outside`);
	assert.equal(statSync(file).uid, caller);
} finally {
	rmSync(folder, { recursive: true });
}
