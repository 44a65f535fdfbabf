import { expect } from "bun:test";
import { attributes, priority, sandbox, user } from "nskit";
import { everywhere, library, rows } from "./harness.ts";
import { textOf } from "./outside.ts";

const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"]];

rows({ needs: ["schedutils"] })(
	"nice value, policy, processors, I/O priority and OOM score are those asked for",
	async (ns) => {
		const own = textOf("/proc/self/oom_score_adj");
		const options = ["--nice", "7", "--scheduler", "batch", "--affinity", "0,2-8191", "--ioprio", "best-effort:6"];
		const show = ["nice; chrt -p $$; taskset -cp $$; ionice; cat /proc/self/oom_score_adj"].join("; ");
		for (const set of optionSets) {
			const shown = await ns.output(["run", ...set, ...options, "--oom-score-adj", "900", "sh", "-c", show]);
			const lines = shown.split("\n");
			expect([set, lines[0], lines[4], lines[5]]).toEqual([set, "7", "best-effort: prio 6", "900"]);
			expect(lines[1]).toContain("SCHED_BATCH");
			expect(lines[3]).toMatch(/: 0(,[2-9].*)?$/);
		}
		expect(textOf("/proc/self/oom_score_adj")).toBe(own);
		const idle = await ns.output(["run", "--scheduler", "idle", "--ioprio", "idle", "sh", "-c", "chrt -p $$; ionice"]);
		expect(idle).toContain("SCHED_IDLE");
		expect(idle).toEndWith("idle\n");
	},
);

rows({ needs: ["perl"] })("umask, personality and keyring are those asked for", async (ns) => {
	const show = "umask; cat /proc/self/personality; uname -m; >made; stat -c %a made; rm made";
	for (const set of optionSets) {
		const options = ["--umask", "027", "--personality", "linux32,ADDR_NO_RANDOMIZE"];
		const shown = await ns.output(["run", ...set, ...options, "sh", "-c", show]);
		expect(shown.split("\n")).toEqual(["0027", "00040008", process.arch === "x64" ? "i686" : "armv8l", "640", ""]);
	}
	// KEYCTL_GET_KEYRING_ID of the session keyring, which is not made where there is none.
	const number = process.arch === "x64" ? 250 : 219;
	const id = ["perl", "-e", `print syscall(${number}, 0, -3, 0)`];
	const outside = (await ns.command(id)).stdout;
	for (const set of optionSets) {
		const inside = await ns.output(["run", ...set, "--new-keyring", ...id]);
		expect(Number(inside)).toBeGreaterThan(0);
		expect(inside).not.toBe(outside);
	}
	expect((await ns.command(id)).stdout).toBe(outside);
});

everywhere("what cannot be is refused before anything is done", async (ns) => {
	const wrong = [
		["--nice", "20", "-20 to 19"],
		["--nice", "-21", "-20 to 19"],
		["--nice", "+1", "-20 to 19"],
		["--nice", "1.5", "-20 to 19"],
		["--nice", "", "-20 to 19"],
		["--oom-score-adj", "1001", "-1000 to 1000"],
		["--oom-score-adj", "0x10", "-1000 to 1000"],
		["--affinity", "8192", "0 to 8191"],
		["--affinity", "", "0 to 8191"],
		["--affinity", "1-0", "0 to 8191"],
		["--affinity", "0,", "0 to 8191"],
		["--affinity", "0-1-2", "0 to 8191"],
		["--ioprio", "best-effort:8", "0 to 7"],
		["--ioprio", "idle:1", "0 to 7"],
		["--scheduler", "fifo", "1 to 99"],
		["--scheduler", "fifo:0", "1 to 99"],
		["--scheduler", "rr:100", "1 to 99"],
		["--scheduler", "batch:1", "1 to 99"],
		["--umask", "8", "octal"],
		["--umask", "1000", "octal"],
		["--umask", "-1", "octal"],
		["--umask", "", "octal"],
		["--personality", "linux64", "linux32"],
		["--personality", "", "linux32"],
	] as const;
	for (const [option, value, hint] of wrong) {
		const { code, stdout, stderr } = await ns.run(["run", option, value, "touch", "was-run"]);
		expect([option, value, code, stdout]).toEqual([option, value, 125, ""]);
		expect(stderr).toStartWith(`ns: ${option}`);
		expect(stderr).toContain(hint);
	}
	const none = await ns.run(["run", "--affinity", "8191", "touch", "was-run"]);
	expect(none.code).toBe(125);
	expect(none.stderr).toContain("none of these processors exists");
	expect(await Bun.file(`${ns.folder}/was-run`).exists()).toBe(false);
});

rows({ who: "ordinary" })("what takes privilege is refused with the reason", async (ns) => {
	for (const [option, value, words] of [
		["--nice", "-5", ["setpriority", "EACCES", "CAP_SYS_NICE"]],
		["--scheduler", "rr:5", ["sched_setscheduler", "EPERM", "CAP_SYS_NICE"]],
		["--ioprio", "realtime", ["ioprio_set", "EPERM", "CAP_SYS_NICE"]],
		["--oom-score-adj", "-5", ["OOM score", "EACCES", "CAP_SYS_RESOURCE"]],
	] as const) {
		const { code, stdout, stderr } = await ns.run(["run", option, value, "touch", "was-run"]);
		expect([option, code, stdout]).toEqual([option, 125, ""]);
		for (const word of words) expect(stderr).toContain(word);
	}
	expect(await Bun.file(`${ns.folder}/was-run`).exists()).toBe(false);
});

const realTime = Bun.spawnSync(["chrt", "-f", "3", "nice", "-n", "-5", "true"]).success;
if (realTime) {
	rows({ who: "root" })("root's rights are those of the caller, also for a new user namespace", async (ns) => {
		const options = ["--nice", "-5", "--scheduler", "fifo:3", "--ioprio", "realtime:2"];
		const shown = await ns.output(["run", ...options, "sh", "-c", "chrt -p $$; ionice; nice"]);
		expect(shown).toContain("SCHED_FIFO");
		expect(shown).toContain("priority: 3\n");
		expect(shown).toEndWith("realtime: prio 2\n-5\n");
	});
}

library(
	"the library sets all of it up in every launch, and nothing of its own process",
	async () => {
		const umask = process.umask();
		const nice = textOf("/proc/self/stat").split(" ")[18];
		const box = sandbox(
			user(),
			priority({ nice: 9, oomScoreAdjust: 800, affinity: [0] }),
			attributes({ umask: 0o77, personality: ["ADDR_NO_RANDOMIZE"], newKeyring: true }),
		);
		const argv = ["sh", "-c", "nice; cat /proc/self/oom_score_adj; taskset -cp $$; umask; cat /proc/self/personality"];
		const expected = /^9\n800\npid \d+'s current affinity list: 0\n0077\n00040000\n$/;
		expect(box.spawnSync(argv).stdout?.toString()).toMatch(expected);
		const child = await box.spawn(argv, { stdout: "pipe" });
		expect(await child.stdout.text()).toMatch(expected);
		expect(await child.exited).toBe(0);
		// Out of Bun's own memory, too.
		const small = sandbox(attributes({ umask: 0o77, newKeyring: true })).spawnSync(["sh", "-c", "umask"]);
		expect(small.stdout?.toString()).toBe("0077\n");
		expect([process.umask(), textOf("/proc/self/stat").split(" ")[18]]).toEqual([umask, nice ?? ""]);
	},
	"schedutils",
);
