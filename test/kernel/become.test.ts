import { expect } from "bun:test";
import { hostname } from "node:os";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { type Ended, type Ns, rows } from "./harness.ts";

/** Of the library, so there is no other way than from source. */
const fromSource = rows({ how: "source" });

function become(ns: Ns, which: string, ...argv: string[]): Promise<Ended> {
	const { bun, project } = checkout();
	return ns.command([bun, join(project, "test/kernel/fixtures/become.ts"), which, ...argv]);
}

fromSource("become turns the process into the command, which has its pid", async (ns) => {
	const { code, stdout, stderr } = await become(
		ns,
		"small",
		"sh",
		"-c",
		"hostname; echo $$ >&2; ls /proc/self/fd; exit 8",
	);
	expect([code, stdout]).toEqual([8, "box\n0\n1\n2\n3\n"]);
	const [before = "", after] = stderr.trim().split("\n");
	expect(after).toBe(before);
	expect(hostname()).not.toBe("box");
});

fromSource(
	"become with a PID namespace leaves a supervisor with the pid, which ends as the command does",
	async (ns) => {
		const ended = await become(ns, "forked", "sh", "-c", "hostname; echo $$; kill -TERM $$");
		expect(ended).toMatchObject({ code: null, signal: "SIGTERM", stdout: "box\n2\n" });
	},
);

fromSource("become takes environment and directory", async (ns) => {
	expect((await become(ns, "environment", "sh", "-c", 'echo "$ONE $HOME" $(pwd)')).stdout).toBe("1  /usr\n");
});

fromSource("become ends with a line about the step that failed, and with its exit code", async (ns) => {
	const failing = await become(ns, "failing", "true");
	expect(failing.code).toBe(125);
	expect(failing.stderr).toContain('cannot open the new root /no/such: openat(AT_FDCWD, "/no/such"');
	expect(failing.stderr).toContain("ENOENT");
	const missing = await become(ns, "small", "no-such-command");
	expect([missing.code, missing.stderr]).toEqual([127, expect.stringContaining("cannot run no-such-command: ENOENT")]);
});

fromSource("become lets a program of the caller's explain a failure", async (ns) => {
	const { code, stdout } = await become(ns, "explained", "true");
	expect(code).toBe(125);
	// The number is that of the call in the plan.
	expect(stdout).toMatch(/^explained: [1-9]\d* ENOENT\n$/);
});

fromSource("become throws when the plan is impossible", async (ns) => {
	const { code, stderr } = await become(ns, "impossible", "true");
	expect([code, stderr]).toEqual([99, expect.stringContaining("PlanError: HOSTNAME_EMPTY")]);
});

rows({ how: "source", who: "root" })("become joins by a descriptor that closes on exec otherwise", async (ns) => {
	const outside = (await ns.command(["readlink", "/proc/self/ns/net"])).stdout;
	expect((await become(ns, "joined", "readlink", "/proc/self/ns/net")).stdout).toBe(outside);
});
