/**
 * A root directory of one's own: a container's file system, made of busybox. Needs busybox-static.
 *
 * `chroot` only changes where "/" points; the old tree is still there, and a process with the right privilege can walk
 * back to it. pivot_root(2) swaps the mounts themselves, and the old tree is then unmounted: there is no way to name
 * anything of it.
 */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mount, pid, sandbox, user } from "nskit";

const root = mkdtempSync(join(tmpdir(), "nskit-example-"));
try {
	mkdirSync(join(root, "bin"));
	mkdirSync(join(root, "proc"));
	cpSync(Bun.which("busybox") ?? "/bin/busybox", join(root, "bin/busybox"));
	for (const name of ["sh", "ls", "ps", "mount", "readlink"]) symlinkSync("busybox", join(root, "bin", name));

	const box = sandbox(user(), pid(), mount({ root }));
	const inside = (script: string) => {
		const { stdout, stderr } = box.spawnSync(["sh", "-c", script], { env: { PATH: "/bin" }, cwd: "/" });
		console.log(`# ${script}\n${stdout}${stderr}`.trimEnd());
		return String(stdout).trim().split("\n");
	};
	assert.equal(inside("ps -o pid,comm; true").length, 4, "a heading, init, sh, ps");
	assert.equal(inside("mount").length, 2, "the root and /proc");
	assert.deepEqual(inside("ls /"), ["bin", "proc"]);
	assert.deepEqual(inside("ls /../../.."), ["bin", "proc"], "above the root is the root");
	assert.ok(!inside("ls /proc/1/root/").includes("etc"), "the init has left the old root too");
	assert.equal(inside("for n in 3 4 5 6 7 8 9; do readlink /proc/$$/fd/$n; done")[0], "", "no descriptor came along");
} finally {
	rmSync(root, { recursive: true });
}
