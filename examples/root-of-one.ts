/**
 * Root over one user's files: a user namespace whose root is somebody else. Run as root.
 *
 * The map says: 0 inside is 1001 outside, and nothing else is mapped. The command believes to be root, owns what user
 * 1001 owns, and may do to files what user 1001 may do. Writing such a map takes privilege over the caller's user
 * namespace, so a helper process that stays there does it.
 */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mount, sandbox, user } from "nskit";

assert.equal(process.getuid?.(), 0, "run this example as root");
const one = [{ inside: 0, outside: 1001, size: 1 }];
const folder = mkdtempSync(join(tmpdir(), "nskit-example-"));
const [shared, secret] = [join(folder, "shared"), join(folder, "secret")];
try {
	chmodSync(folder, 0o755);
	mkdirSync(shared);
	chownSync(shared, 1001, 1001);
	writeFileSync(secret, "not for 1001\n", { mode: 0o600 });

	const box = sandbox(
		user({ uids: one, gids: one }),
		mount({ mounts: [{ type: "bind", source: shared, target: "/mnt" }] }),
	);
	const script = `id -u; id -g; id -G; touch /mnt/made; cat ${secret}`;
	const { stdout, stderr } = box.spawnSync(["sh", "-c", script]);
	console.log(`inside: ${String(stdout).trim().replaceAll("\n", " ")}; ${String(stderr).trim()}`);
	assert.equal(String(stdout), "0\n0\n0\n");
	assert.match(String(stderr), /Permission denied/, "root inside is no root to the machine's files");

	const { uid, gid } = statSync(join(shared, "made"));
	console.log(`outside, the file belongs to ${uid}:${gid}`);
	assert.deepEqual([uid, gid], [1001, 1001]);
} finally {
	rmSync(folder, { recursive: true });
}
