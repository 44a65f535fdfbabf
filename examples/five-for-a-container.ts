/**
 * The five namespaces of a classic container: mount, UTS, IPC, PID and cgroup, without a user namespace. Run as root.
 *
 * Root in here is the machine's root. It sees little of the machine, yet it has all of root's power over what it sees:
 * that is why containers also drop capabilities and filter system calls, and why a user namespace is safer.
 */
import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { cgroup, ipc, mount, pid, sandbox, uts } from "nskit";

assert.equal(process.getuid?.(), 0, "run this example as root");
const box = sandbox(mount(), uts({ hostname: "container" }), ipc(), pid(), cgroup());
const script = "hostname; echo $$; readlink /proc/self/ns/user; cat /proc/self/cgroup";
const [name, id, owner, ...cgroups] = String(box.spawnSync(["sh", "-c", script]).stdout)
	.trim()
	.split("\n");
console.log(`host name ${name}, process ${id}, ${owner}`);
assert.equal(name, "container");
assert.equal(id, "2", "1 is the init");
assert.equal(owner, readlinkSync("/proc/self/ns/user"), "no new user namespace");

// A line per hierarchy, and one with number 0 for cgroup v2. The path is counted from where the namespace was made.
console.log(`cgroups ${cgroups.join(" ")}`);
assert.ok(cgroups.length > 0 && cgroups.every((line) => line.endsWith(":/")));
