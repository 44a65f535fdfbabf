/**
 * Namespaces are independent: each can be new or shared. Six at once, then all eight.
 *
 * /proc/self/ns has one link per namespace; two processes are in the same one when the links show the same number.
 */
import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { cgroup, type Fragment, ipc, mount, net, pid, sandbox, time, user, uts } from "nskit";

const names = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"];

/** The names of the namespaces that are not the caller's. */
function news(...fragments: Fragment[]): string[] {
	const { stdout } = sandbox(...fragments).spawnSync(["readlink", ...names.map((name) => `/proc/self/ns/${name}`)]);
	const inside = String(stdout).trim().split("\n");
	return names.filter((name, i) => inside[i] !== readlinkSync(`/proc/self/ns/${name}`));
}

const six = news(user(), mount(), uts(), pid(), ipc(), net());
console.log(`six:   ${six.join(" ")}`);
assert.deepEqual(six, ["user", "mnt", "pid", "net", "ipc", "uts"]);

const eight = news(user(), mount(), uts(), pid(), ipc(), net(), cgroup(), time());
console.log(`eight: ${eight.join(" ")}`);
assert.deepEqual(eight, names);
