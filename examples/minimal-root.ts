/**
 * A root made of nothing: what no rule names does not exist.
 *
 * The root is an empty file system in memory, filled in the order of the rules. Programs come from the machine's /usr,
 * which cannot be written to. There is no /etc with passwords, no /home with keys, no /dev/sda; and nothing of this was
 * made on the disk.
 */
import assert from "node:assert/strict";
import { mount, pid, sandbox, user } from "nskit";

const links = ["bin", "lib", "lib64"].map(
	(name) => ({ type: "symlink", to: `usr/${name}`, target: `/${name}` }) as const,
);
const root = mount({
	root: { type: "tmpfs" },
	mounts: [
		{ type: "bind", source: "/usr", target: "/usr", readOnly: true },
		...links,
		{ type: "dev", target: "/dev" },
		{ type: "tmpfs", target: "/tmp", size: "64M" },
		{ type: "file", target: "/etc/hostname", content: "box\n" },
		{ type: "remount", target: "/" },
	],
});
const box = sandbox(user(), pid(), root);
const inside = (script: string): string[] => {
	const { stdout, stderr } = box.spawnSync(["sh", "-c", script], { env: { PATH: "/bin" }, cwd: "/" });
	console.log(`# ${script}\n${stdout}${stderr}`.trimEnd());
	return `${stdout}${stderr}`.trim().split("\n");
};

assert.deepEqual(inside("ls /"), ["bin", "dev", "etc", "lib", "lib64", "proc", "tmp", "usr"]);
assert.deepEqual(inside("ls /etc; cat /etc/hostname"), ["hostname", "box"]);
assert.equal(inside("ls /dev").includes("sda"), false);
assert.match(inside("touch /new")[0] ?? "", /Read-only file system/);
assert.match(inside("touch /usr/new")[0] ?? "", /Read-only file system/);
assert.deepEqual(inside("echo text > /tmp/file; cat /tmp/file"), ["text"]);
assert.match(inside("df -m /tmp")[1] ?? "", /^\S+ +64 /);
