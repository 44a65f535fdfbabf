import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Fragment, hostFacts, ipc, mount, net, pid, plan, terminal, uts } from "nskit";
import { image } from "../../src/launch/image.ts";
import { type Ended, type Ns, rows } from "./harness.ts";
import { namespacesOf } from "./outside.ts";

// qemu is multi-threaded, so there is no user namespace; what it runs may execute programs of this machine.
const emulated = rows({ how: "source", who: "root", needs: ["qemu-aarch64"] });

function runImage(ns: Ns, fragments: readonly Fragment[], argv: readonly string[]): Promise<Ended> {
	const host = { ...hostFacts(), arch: "arm64" as const };
	const command = { argv, env: ["PATH=/usr/bin:/bin"], cwd: ns.folder };
	const path = join(ns.folder, "image");
	// The emulator has no seccomp(2).
	const unfiltered = [...fragments, terminal({ injection: true })];
	writeFileSync(path, image(plan(unfiltered, { host, command }), { to: "stderr" }), { mode: 0o755 });
	return ns.command(["qemu-aarch64-static", path]);
}

const fragments = (): Fragment[] => [pid(), mount(), uts({ hostname: "arm-box" }), ipc(), net()];

emulated("an arm64 image makes namespaces and passes the exit code on", async (ns) => {
	// The emulator's own threads take process ids too.
	const script = "hostname; grep -c : /proc/net/dev; pwd; readlink /proc/self/ns/pid; [ $$ -lt 9 ] && exit 7";
	const ended = await runImage(ns, fragments(), ["sh", "-c", script]);
	expect(ended).toMatchObject({ code: 7, stderr: "" });
	const lines = ended.stdout.trim().split("\n");
	expect(lines.slice(0, 3)).toEqual(["arm-box", "1", ns.folder]);
	expect(lines[3]).not.toBe(namespacesOf("self").pid);
	expect(hostname()).not.toBe("arm-box");
});

emulated("an arm64 image without an init, and with no process of ours", async (ns) => {
	const own = [pid({ init: false }), mount(), uts({ hostname: "arm-box" })];
	expect(await runImage(ns, own, ["sh", "-c", "hostname; echo $$; exit 8"])).toMatchObject({
		code: 8,
		stdout: "arm-box\n1\n",
	});
	expect(await runImage(ns, [uts({ hostname: "arm-box" })], ["sh", "-c", "hostname; exit 9"])).toMatchObject({
		code: 9,
		stdout: "arm-box\n",
	});
});

emulated("an arm64 image names the step that failed", async (ns) => {
	const failed = await runImage(ns, [mount({ root: "/no/such" })], ["true"]);
	expect(failed.code).toBe(125);
	expect(failed.stderr).toContain('ns: cannot open the new root /no/such: openat(AT_FDCWD, "/no/such"');
	expect(failed.stderr).toContain("ENOENT\nhint: /no/such does not exist\n");
	expect(await runImage(ns, [uts()], ["no-such-command"])).toMatchObject({ code: 127 });
	expect(await runImage(ns, [uts()], ["/etc/passwd"])).toMatchObject({ code: 126 });
});

emulated("an arm64 image dies of the command's signal", async (ns) => {
	const ended = await runImage(ns, fragments(), ["sh", "-c", "kill -TERM $$"]);
	expect(ended).toMatchObject({ signal: "SIGTERM", code: null });
});
