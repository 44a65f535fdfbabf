import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostFacts, pid, plan, user } from "nskit";
import { image } from "../../src/launch/image.ts";
import { syscallNumber } from "../../src/linux/syscalls.ts";
import { checkout } from "./checkout.ts";
import { type Ended, everywhere, type Ns, rows } from "./harness.ts";

/** Runs `ns` in a user namespace with mounts of its own, after a script has changed something there. */
const within = (ns: Ns, script: string, args: readonly string[]): Promise<Ended> =>
	ns.command(["unshare", "-Urm", "sh", "-c", `${script} && exec "$@"`, "sh", ...ns.program, ...args]);

const withUnshare = rows({ needs: ["unshare"] });

withUnshare("a limit of namespaces that is reached is named", async (ns) => {
	for (const [file, option] of [
		["user", "--user"],
		["mnt", "--mount"],
		["pid", "--pid"],
		["net", "--net"],
		["ipc", "--ipc"],
		["uts", "--uts"],
		["cgroup", "--cgroup"],
		["time", "--time"],
	]) {
		const limit = `/proc/sys/user/max_${file}_namespaces`;
		for (const options of [[option ?? ""], []]) {
			const { code, stdout, stderr } = await within(ns, `echo 0 > ${limit}`, ["run", ...options, "true"]);
			expect([file, code, stdout]).toEqual([file, 125, ""]);
			expect(stderr).toMatch(/unshare\(.*\): ENOSPC/);
			expect(stderr).toContain(`hint: the limit of namespaces is reached here or in a parent: ${limit} is 0`);
		}
	}
});

withUnshare("hidden parts of /proc are named when a new one may not be mounted", async (ns) => {
	const empty = ns.directory("empty");
	for (const [script, hidden] of [
		["mount --bind /dev/null /proc/version", "/proc/version"],
		["mount -t tmpfs none /proc/sys/kernel", "/proc/sys/kernel"],
		[`mount --bind ${empty} /proc/sys`, "/proc/sys"],
		["mount -t tmpfs none /proc/sys", "/proc/sys"],
	] as const) {
		const { code, stderr } = await within(ns, script, ["run", "true"]);
		expect([hidden, code]).toEqual([hidden, 125]);
		expect(stderr).toContain("cannot mount a new /proc");
		expect(stderr).toContain(`hint: parts of the present /proc are hidden (${hidden})`);
		expect(stderr).toContain("--no-proc");
		expect((await within(ns, script, ["run", "--no-proc", "sh", "-c", "exit 3"])).code).toBe(3);
	}
});

/** Runs `ns` under a filter that refuses this system call. */
function confined(ns: Ns, call: Parameters<typeof syscallNumber>[0], args: readonly string[]): Promise<Ended> {
	const { bun, project } = checkout();
	const number = syscallNumber(call, process.arch === "arm64" ? "arm64" : "x64");
	const confine = [bun, join(project, "test/kernel/fixtures/confine.ts"), String(number)];
	return ns.command([...confine, ...ns.program, ...args]);
}

everywhere("a seccomp filter that refuses a call is named", async (ns) => {
	for (const [call, ...args] of [
		["unshare", "--uts"],
		["unshare", "--user"],
		["mount", "--mount"],
		["close_range", "--uts"],
		["sethostname", "--hostname", "x"],
	] as const) {
		const { code, stdout, stderr } = await confined(ns, call, ["run", ...args, "true"]);
		expect([call, code, stdout]).toEqual([call, 125, ""]);
		expect(stderr).toContain(`${call}(`);
		expect(stderr).toContain("EPERM");
		expect([call, args, stderr]).toEqual([
			call,
			args,
			expect.stringContaining("hint: a seccomp filter is active here"),
		]);
	}
});

rows({ who: "root" })("inside a chroot there are no user namespaces, and the answer says so", async (ns) => {
	const script = 'mount --rbind / "$0" && exec chroot "$0" "$@"';
	const tree = ns.directory("tree");
	const chroot = ["unshare", "-m", "sh", "-c", script, tree, ...ns.program, "run", "--user", "true"];
	const { code, stderr } = await ns.command(chroot);
	expect([code, stderr]).toEqual([125, expect.stringContaining("the caller is in a chroot")]);
});

rows({ who: "ordinary" })("a limit of processes that is reached is said, and nothing is left", async (ns) => {
	// An image of its own: Bun needs more threads than the limit allows.
	const { uid, gid } = ns.account;
	const host = { ...hostFacts(), uid, gid, privileged: false };
	const command = { argv: ["true"], env: ["PATH=/usr/bin:/bin"], cwd: "/" };
	for (const init of [true, false]) {
		const path = join(ns.folder, "image");
		const bytes = image(plan([user(), pid({ init })], { host, command }), { to: "stderr" });
		writeFileSync(path, bytes, { mode: 0o755 });
		const { code, stdout, stderr } = await ns.command(["prlimit", "--nproc=1", path]);
		expect([code, stdout]).toEqual([125, ""]);
		expect(stderr).toMatch(/^ns: cannot start the .*clone\(.*\): EAGAIN/);
	}
});

const sealed = 'echo 2 > /proc/sys/vm/memfd_noexec && [ "$(cat /proc/sys/vm/memfd_noexec)" = 2 ] && exec "$@"';
const noMemory = ["unshare", "-pf", "--mount-proc", "sh", "-c", sealed, "sh"];

rows({ needs: ["root", "unshare"] })(
	"where files in memory may not be executed, one on disk is, and is gone",
	async (ns) => {
		const options = { before: noMemory };
		for (const args of [["--uts"], []]) {
			const ended = await ns.run(["run", ...args, "sh", "-c", `ls -A ${ns.folder}; exit 3`], options);
			expect(ended).toMatchObject({ code: 3, stdout: "", stderr: "" });
		}
	},
);

rows({ needs: ["root", "unshare"] })(
	"where no file can be executed at all, the answer is no stack trace",
	async (ns) => {
		const options = { before: noMemory, env: { TMPDIR: "/no/such" } };
		const { code, stderr } = await ns.run(["run", "sh", "-c", "exit 3"], options);
		// Another folder may serve as well.
		expect(code).toBeOneOf([3, 125]);
		expect(stderr).not.toContain("this is a bug");
	},
);
