/** Limits of the command's own control group hold, for real, in whichever version this machine has. */
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { pid, resources, sandbox } from "../../src/index.ts";
import { groupsOf, left, limited, machine, own, started, versionOf } from "./groups.ts";
import { library, rows } from "./harness.ts";
import { textOf } from "./outside.ts";
import { until } from "./waiting.ts";

/** Control groups are given to ordinary users by root: these tests need it to run them. */
const everywhere = rows({ needs: ["root"] });

const memoryVersion = versionOf("memory");
const fileOf = (v1: string, v2: string, controller: string): string => (versionOf(controller) === 1 ? v1 : v2);

rows({ needs: ["root", "python3"] })("a fork bomb is held at the limit of processes", async (ns) => {
	// Bounded: no more than 200 tries, each of which ends by itself; they execute nothing, which takes long where all is slow.
	const lines = ["import os, time", "for n in range(200):", "\ttry:", "\t\tif os.fork() == 0: break"];
	const bomb = [...lines, "\texcept OSError: time.sleep(0.01)", "time.sleep(60)"].join("\n");
	const running = await started(ns, ["--pids", "64", "python3", "-c", bomb]);
	// Not pids.current: the kernel counts first, and takes back what is too much.
	const look = (): number => running.text("cgroup.procs").split("\n").length;
	await until("the limit is reached", () => look() >= 64);
	for (let i = 0; i < 200; i++) expect(look()).toBe(64);
	await running.kill();
});

everywhere("the limit of processes counts those of the command's, and none of ours", async (ns) => {
	const { code, stdout, stderr } = await limited(ns, ["--pids", "1", "sh", "-c", "echo one; exec true"]);
	expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "one\n", stderr: "" });
	expect((await limited(ns, ["--pids", "1", "sh", "-c", "true & wait"])).code).not.toBe(0);
});

everywhere("who needs more memory than the limit is ended, and that is told", async (ns) => {
	const hog = await limited(
		ns,
		["--memory", "24M", "--swap", "0", "tail", "/dev/zero"].filter(
			(one) => hasSwap() || !["--swap", "0"].includes(one),
		),
	);
	expect(hog.signal ?? hog.code).toBe("SIGKILL");
	expect(hog.stderr).toBe("ns: out of memory: the kernel ended a process of the command's at the limit of 24M\n");
	const shell = await ns.shell('"$@"; echo "exit $?"', { args: ["run", "--uts", "sh", "-c", "kill -9 $$"] });
	expect(shell.stdout).toBe("exit 137\n");
	const fine = await limited(ns, ["--memory", "200M", "true"]);
	expect(fine).toMatchObject({ code: 0, stderr: "" });
});

/** Whether swap can be limited at all. */
const hasSwap = (): boolean =>
	memoryVersion === 1
		? machine.legacy.some(({ directory }) => existsSync(`${directory}/memory.memsw.limit_in_bytes`))
		: memoryVersion === 2;

everywhere("a busy loop is held at half a processor", async (ns) => {
	const running = await started(ns, ["--cpus", "0.5", "sh", "-c", "while :; do :; done"]);
	const used = (): number =>
		versionOf("cpu") === 1 ? running.ticks() / 100 : running.number("cpu.stat", "usage_usec ") / 1e6;
	const [before, since] = [used(), performance.now()];
	await Bun.sleep(1500);
	const ratio = (used() - before) / ((performance.now() - since) / 1000);
	// Beside others it may have got less, but never more: a period is 100 ms, and 50 ms can be those of the one before.
	expect(ratio).toBeLessThan(0.62);
	await running.kill();
});

everywhere("the kernel counts how often a busy loop was held back", async (ns) => {
	const running = await started(ns, ["--cpus", "0.02", "sh", "-c", "while :; do :; done"]);
	await until("it was held back", () => running.number("cpu.stat", "nr_throttled ") >= 2);
	await running.kill();
});

everywhere("each limit stands in its file before the command runs", async (ns) => {
	const shown: Record<string, string> = {
		[fileOf("memory.limit_in_bytes", "memory.max", "memory")]: "134217728",
		"pids.max": "77",
		[fileOf("cpu.cfs_quota_us", "cpu.max", "cpu")]: versionOf("cpu") === 1 ? "150000" : "150000 100000",
		[fileOf("cpu.shares", "cpu.weight", "cpu")]: versionOf("cpu") === 1 ? "512" : "50",
		"cpuset.cpus": "0",
		"cpuset.mems": "0",
	};
	const options = ["--memory", "128M", "--pids", "77", "--cpus", "1.5", "--cpu-weight", "50", "--cpuset", "0"];
	const running = await started(ns, [...options, "--memory-nodes", "0", "sh", "-c", "echo up; exec cat"]);
	const reader = running.child.stdout.getReader();
	expect(new TextDecoder().decode((await reader.read()).value)).toBe("up\n");
	for (const [file, value] of Object.entries(shown)) expect([file, running.text(file)]).toEqual([file, value]);
	// Supervisor, init and helper are elsewhere.
	await until("only cat is in it", () => running.text("cgroup.procs").split("\n").length === 1);
	reader.releaseLock();
	await running.child.stdin.end();
	expect(await running.child.exited).toBe(0);
	await running.gone();
});

everywhere("the command sees its group as the root, and nothing of the others", async (ns) => {
	const { stdout } = await limited(ns, ["--pids", "9", "cat", "/proc/self/cgroup"]);
	const line = stdout
		.split("\n")
		.find((one) => (versionOf("pids") === 2 ? one.startsWith("0::") : one.includes(":pids:")));
	expect(line?.endsWith(":/")).toBe(true);
});

rows({ who: "root" })("what the kernel calls something can be written as it is", async (ns) => {
	const [key, value] = versionOf("pids") === 1 ? ["pids.max", "55"] : ["pids.max", "55"];
	const script = `cat $(find /sys/fs/cgroup -path '*nskit-*' -name ${key} 2>/dev/null)`;
	const ended = await limited(ns, ["--cgroup-set", `${key}=${value}`, "--no-cgroup", "sh", "-c", script]);
	expect(ended.stdout.split("\n")).toContain("55");
	const wrong = await limited(ns, ["--cgroup-set", "pids.max=many", "true"]);
	expect([wrong.code, wrong.stderr]).toEqual([125, expect.stringContaining("limit raw: pids.max is many")]);
	expect(wrong.stderr).toContain("EINVAL");
	const missing = await limited(ns, ["--cgroup-set", "pids.nothing=1", "true"]);
	expect([missing.code, missing.stderr]).toEqual([125, expect.stringContaining("this kernel has no such limit")]);
});

rows({ who: "root" })("block devices are limited by what is written for them", async (ns) => {
	const version = versionOf("blkio") ?? versionOf("io");
	const device = textOf("/proc/partitions").match(/^\s*(\d+)\s+(\d+)\s+\d+\s+(?:vd|sd|nvme)\w+$/m);
	if (version === undefined || !device) return;
	const name = `${device[1]}:${device[2]}`;
	const file = version === 1 ? "blkio.throttle.read_bps_device" : "io.max";
	const script = `cat $(find /sys/fs/cgroup -path '*nskit-*' -name ${file} 2>/dev/null)`;
	const ended = await limited(ns, ["--io-read", `${name}:10M`, "--io-write", `${name}:50iops`, "sh", "-c", script]);
	expect(ended.stdout).toContain(
		version === 1 ? `${name} 10485760` : `${name} rbps=10485760 wbps=max riops=max wiops=50`,
	);
});

rows({ who: "root" })("devices that are not allowed cannot be used", async (ns) => {
	const script =
		"for one in null zero random; do dd if=/dev/$one of=/tmp/none bs=1 count=0 2>/dev/null && echo $one; done; true";
	const args = ["--root", "tmpfs", "--ro-bind", "/usr", "--symlink", "usr/bin:/bin", "--symlink", "usr/lib:/lib"];
	const files = [...args, "--symlink", "usr/lib64:/lib64", "--bind", "/dev", "--tmpfs", "/tmp"];
	const ended = await limited(ns, [
		"--device-allow",
		"/dev/null:rw",
		"--device-allow",
		"/dev/zero:r",
		...files,
		"sh",
		"-c",
		script,
	]);
	if (versionOf("devices") === undefined) {
		expect(ended).toMatchObject({ code: 125, stderr: expect.stringContaining("eBPF") });
		return;
	}
	expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 0, stdout: "null\nzero\n" });
});

everywhere(
	"without rights to make a group, each limit is an error that says why, or is left out when asked",
	async (ns) => {
		if (ns.who === "root") return;
		const asked = ["--memory", "64M", "--pids", "9"];
		const { code, stderr } = await ns.run(["run", ...asked, "true"], { env: { XDG_RUNTIME_DIR: ns.folder } });
		expect(code).toBe(125);
		expect(stderr).toContain("ns: memory cannot be limited here: ");
		expect(stderr).toContain("ns: pids cannot be limited here: ");
		expect(stderr.match(/^hint: /gm)?.length).toBe(2);
		const tried = await ns.run(["run", ...asked, "--limits-best-effort", "echo", "ran"]);
		expect([tried.code, tried.stdout]).toEqual([0, "ran\n"]);
		expect(tried.stderr).toContain("memory cannot be limited here: ");
	},
);

everywhere("limits that make no sense are refused all at once, before anything is done", async (ns) => {
	const wrong = [
		...["--memory", "0", "--cpus", "-1", "--pids", "0", "--cpu-weight", "99999", "--cpuset", "x", "--io-weight", "0"],
		...["--cgroup-set", "../x=1", "--cgroup-set", "nothing", "--io-read", "8:0", "--swap", "1X", "--memory-high", "1Q"],
		...["--cgroup-parent", "../up", "--device-allow", "/etc/passwd"],
	];
	const { code, stderr } = await ns.run(["run", ...wrong, "touch", "was-run"]);
	expect(code).toBe(125);
	expect(stderr.match(/^ns: /gm)?.length).toBeGreaterThanOrEqual(13);
	expect(existsSync(`${ns.folder}/was-run`)).toBe(false);
	const above = await ns.run(["run", "--memory", "999T", "--cpus", "999", "--cpuset", "8000", "touch", "was-run"]);
	expect(above.stderr.match(/this machine has/g)?.length).toBe(3);
	expect(existsSync(`${ns.folder}/was-run`)).toBe(false);
});

library(
	"the library limits in every launch",
	async () => {
		const box = sandbox(pid(), resources({ pids: 20, memory: "64M" }));
		const child = await box.spawn(["cat"], { stdin: "pipe", stdout: "pipe" });
		expect(groupsOf(child.pid).length).toBeGreaterThan(0);
		await child.stdin.end();
		expect(await child.exited).toBe(0);
		expect(groupsOf(child.pid)).toEqual([]);
		expect(box.spawnSync(["sh", "-c", "exit 3"]).exitCode).toBe(3);
		expect(box.spawnSync(["tail", "/dev/zero"]).signalCode).toBe("SIGKILL");
		expect(own.flatMap(left).filter((one) => one.endsWith(`-${child.pid}`))).toEqual([]);
	},
	"root",
);
