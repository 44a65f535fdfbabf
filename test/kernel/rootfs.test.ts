import { expect } from "bun:test";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxTree } from "./busybox.ts";
import { type Ns, rows } from "./harness.ts";

const withBusybox = rows({ needs: ["busybox"] });

/** Runs a script in the tree. */
const inTree = (ns: Ns, root: string, options: string[], script: string): Promise<string> =>
	ns.output(["run", ...options, "--root", root, "sh", "-c", script]);

/** With all namespaces, and for root also without a user namespace, where it keeps every capability. */
const optionSets = (ns: Ns): string[][] => [[], ...(ns.who === "root" ? [["--mount", "--pid"]] : [])];

withBusybox("in a root of its own, ps sees only what runs there", async (ns) => {
	const root = busyboxTree(ns);
	for (const options of optionSets(ns)) {
		const lines = (await inTree(ns, root, options, "ps -o pid,comm; true")).trim().split("\n").slice(1);
		expect(lines.map((line) => line.trim().split(/\s+/)[1])).toEqual(["ns-init", "sh", "ps"]);
	}
});

withBusybox("in a root of its own, mount shows only what was mounted", async (ns) => {
	const root = busyboxTree(ns);
	for (const options of optionSets(ns)) {
		const lines = (await inTree(ns, root, options, "mount")).trim().split("\n");
		expect(lines.map((line) => line.replace(/^\S+ on (\S+) type .*/, "$1"))).toEqual(["/", "/proc"]);
		expect(lines[1]).toMatch(/ on \/proc type proc \(rw,nosuid,nodev,noexec/);
		const more = [...options, "--tmpfs", "/tmp", "--ro-bind", "/usr:/mnt"];
		const points = (await inTree(ns, root, more, "cat /proc/self/mountinfo")).trim().split("\n");
		const shown = points.map((line) => line.split(" ").slice(4, 6)).filter(([point]) => !point?.startsWith("/mnt/"));
		expect(shown.map(([point]) => point).toSorted()).toEqual(["/", "/mnt", "/proc", "/tmp"]);
		expect(shown.find(([point]) => point === "/mnt")?.[1]).toMatch(/^ro/);
	}
});

withBusybox("nothing of the host is reached by .., by links, or by the init", async (ns) => {
	const root = busyboxTree(ns);
	symlinkSync("../../../../../..", join(root, "up"));
	symlinkSync(ns.folder, join(root, "out"));
	writeFileSync(join(ns.folder, "host-file"), "host");
	const paths = [
		"/..",
		"/../../..",
		"/up",
		"/out",
		"/proc/1/root",
		"/proc/1/cwd",
		"/proc/self/root/..",
		"/proc/2/cwd/..",
	];
	const script = `
		for path; do echo "$path" $(ls "$path" 2>/tmp/errors); done
		cd ..; cd ..; echo cwd $(pwd) $(ls)
		ls "${ns.folder}" 2>/tmp/errors && echo reached
		true`;
	for (const options of optionSets(ns)) {
		const args = ["run", ...options, "--root", root, "--", "sh", "-c", script, "sh", ...paths];
		const seen = (await ns.output(args)).trim().split("\n");
		const tree = "bin etc mnt out proc tmp up";
		const [, , , out, initRoot, initCwd] = seen;
		expect(seen.slice(0, 3)).toEqual(paths.slice(0, 3).map((path) => `${path} ${tree}`));
		expect(out).toBe("/out");
		for (const shown of [initRoot, initCwd]) expect(shown?.replace(/^\S+ ?/, "")).toBeOneOf(["", tree]);
		expect(seen.slice(6)).toEqual([`/proc/self/root/.. ${tree}`, `/proc/2/cwd/.. ${tree}`, `cwd / ${tree}`]);
	}
});

/** Opens host directories at 3 to 20 and runs the command line that follows. */
const withHeld = Array.from({ length: 18 }, (_, i) => `exec ${i + 3}</`)
	.join("\n")
	.concat('\nexec "$@"');

withBusybox("descriptors of host directories that the caller holds do not get inside", async (ns) => {
	const root = busyboxTree(ns);
	const show = "exec 2>/tmp/errors; for pid in 1 2; do ls -l /proc/$pid/fd; done; echo; ls -l /proc/self/fd";
	for (const options of optionSets(ns)) {
		const args = ["run", ...options, "--root", root, "sh", "-c", show];
		const { code, stdout, stderr } = await ns.shell(withHeld, { bash: true, args });
		expect([code, stderr]).toEqual([0, ""]);
		const [ofOthers = [], own = []] = stdout
			.split("\n\n")
			.map((text) => [...text.matchAll(/ (\d+ -> .*)$/gm)].map(([, link]) => link ?? ""));
		// The init may still hold its standard descriptors and the pidfd that it watches the supervisor by.
		expect(ofOthers.length).toBeGreaterThanOrEqual(3);
		expect(
			ofOthers.filter((link) => !/^([012] -> (pipe:|socket:|\/tmp\/errors)|3 -> anon_inode:\[pidfd\]$)/.test(link)),
		).toEqual([]);
		expect(own.slice(0, 3)).toEqual([
			expect.stringMatching(/^0 -> (pipe|socket):/),
			expect.stringMatching(/^1 -> (pipe|socket):/),
			"2 -> /tmp/errors",
		]);
		// What remains is the listed directory itself.
		expect(own.slice(3).filter((link) => !/^3 -> \/proc\/\d+\/fd$/.test(link))).toEqual([]);
	}
});

rows({ needs: ["busybox", "strace"] })("they do not get inside while the init is just starting either", async (ns) => {
	const root = busyboxTree(ns);
	const show = "exec 2>/tmp/errors; for fd in 3 4 5 6 7 8; do ls /proc/1/fd/$fd/; done; true";
	const slowInit = ["strace", "-f", "-o", "/dev/null", "-e", "trace=setsid", "-e", "inject=setsid:delay_enter=300000"];
	for (const options of optionSets(ns)) {
		const args = [...slowInit, ...ns.program, "run", ...options, "--root", root, "sh", "-c", show];
		const { code, stdout } = await ns.command(["bash", "-c", withHeld, "bash", ...args]);
		expect([code, stdout]).toEqual([0, ""]);
	}
});

withBusybox("a working directory inside the tree's counterpart outside does not lead out", async (ns) => {
	const root = busyboxTree(ns);
	for (const options of optionSets(ns)) {
		// The caller stands in a directory of the host that has no counterpart inside.
		const args = ["run", ...options, "--root", root, "sh", "-c", "pwd; ls -d bin; cd ..; pwd"];
		expect((await ns.run(args, { cwd: ns.directory("elsewhere") })).stdout).toBe("/\nbin\n/\n");
		// Where it exists inside, it is that one.
		expect((await ns.run(args.with(-1, "pwd"), { cwd: "/etc" })).stdout).toBe("/etc\n");
	}
});
