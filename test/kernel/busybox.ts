/** A root file system of one static program, as small as they come. */
import { chownSync, copyFileSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Ns } from "./harness.ts";

const programs = [
	"sh",
	"ps",
	"mount",
	"ls",
	"cat",
	"id",
	"echo",
	"readlink",
	"hostname",
	"pwd",
	"ip",
	"mkdir",
	"rm",
	"touch",
];

/** Makes the tree below the test's folder; it belongs to the user. Returns its path. */
export function busyboxTree(ns: Ns, name = "tree"): string {
	const root = ns.directory(name);
	const { uid, gid } = ns.account;
	for (const folder of ["bin", "proc", "tmp", "mnt", "etc"]) ns.directory(`${name}/${folder}`);
	copyFileSync(realpathSync(Bun.which("busybox") ?? "/bin/busybox"), join(root, "bin/busybox"));
	chownSync(join(root, "bin/busybox"), uid, gid);
	for (const program of programs) symlinkSync("busybox", join(root, "bin", program));
	return root;
}

/** A directory outside of the tree that must not be reached, with a file in it. */
export function hostDirectory(ns: Ns): string {
	const path = join(ns.folder, "host");
	mkdirSync(path);
	chownSync(path, ns.account.uid, ns.account.gid);
	return path;
}
