import { expect } from "bun:test";
import { limits, sandbox } from "nskit";
import { everywhere, library, rows } from "./harness.ts";
import { textOf } from "./outside.ts";

/** With an init, without one, and with nothing of ours in between. */
const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"]];

/** What `/proc/PID/limits` says of a resource: soft and hard. */
function limitIn(text: string, name: string): string[] {
	return (new RegExp(`^${name}\\s{2,}(\\S+)\\s+(\\S+)`, "m").exec(text) ?? []).slice(1);
}

everywhere("limits that fall are those of the command, and of nobody else", async (ns) => {
	const before = textOf("/proc/self/limits");
	const asked = {
		"as=8G": ["Max address space", "8589934592", "8589934592"],
		"core=0:1K": ["Max core file size", "0", "1024"],
		"cpu=100:200": ["Max cpu time", "100", "200"],
		"data=4294967296": ["Max data size", "4294967296", "4294967296"],
		"fsize=1T:unlimited": ["Max file size", "1099511627776", "unlimited"],
		"locks=7": ["Max file locks", "7", "7"],
		"memlock=0": ["Max locked memory", "0", "0"],
		"msgqueue=1K": ["Max msgqueue size", "1024", "1024"],
		"nice=0": ["Max nice priority", "0", "0"],
		"nofile=64:65": ["Max open files", "64", "65"],
		"nproc=500": ["Max processes", "500", "500"],
		"rss=1M": ["Max resident set", "1048576", "1048576"],
		"rtprio=0": ["Max realtime priority", "0", "0"],
		"rttime=1000000": ["Max realtime timeout", "1000000", "1000000"],
		"sigpending=9": ["Max pending signals", "9", "9"],
		"stack=4M": ["Max stack size", "4194304", "4194304"],
	} as const;
	const options = Object.keys(asked).flatMap((one) => ["--rlimit", one]);
	for (const set of optionSets) {
		const shown = await ns.output(["run", ...set, ...options, "cat", "/proc/self/limits"]);
		for (const [name, soft, hard] of Object.values(asked)) {
			expect([name, ...limitIn(shown, name)]).toEqual([name, soft, hard]);
		}
	}
	expect(textOf("/proc/self/limits")).toBe(before);
});

everywhere("the init is not limited with the command", async (ns) => {
	const script = "ulimit -n; grep -c '^Max open files  *10 ' /proc/1/limits";
	const { stdout } = await ns.run(["run", "--pid", "--mount", "--rlimit", "nofile=10", "sh", "-c", script]);
	expect(stdout).toBe("10\n0\n");
});

everywhere("a limit holds: files, processor time, processes", async (ns) => {
	const big = await ns.run(["run", "--rlimit", "fsize=1K", "sh", "-c", `head -c 5000 /dev/zero >${ns.folder}/big`]);
	expect([big.code === 0, Bun.file(`${ns.folder}/big`).size]).toEqual([false, 1024]);
	const spin = ["run", "--rlimit", "cpu=1", "sh", "-c", "while :; do :; done"];
	expect((await ns.run(spin)).code).not.toBe(0);
	const open = await ns.run(["run", "--rlimit", "nofile=5", "bash", "-c", "exec 3</ 4</ 5</"]);
	expect([open.code === 0, open.stderr]).toEqual([false, expect.stringContaining("Too many open files")]);
});

everywhere("a command that does not fit into its memory ends, and nothing hangs", async (ns) => {
	for (const limit of ["as=0", "as=4K", "stack=0", "data=0"]) {
		const ended = await ns.run(["run", "--rlimit", limit, "sh", "-c", "exit 0"]);
		expect([limit, ended.stdout, [0, null, 126, 127].includes(ended.code)]).toEqual([limit, "", true]);
	}
});

rows({ needs: ["schedutils"] })(
	"a hard limit that rises is refused with the reason, unless the caller may",
	async (ns) => {
		const raised = await ns.command([
			"prlimit",
			"--core=1:1",
			...ns.program,
			"run",
			"--rlimit",
			"core=2",
			"touch",
			"was-run",
		]);
		expect([raised.code, raised.stdout]).toEqual([125, ""]);
		expect(raised.stderr).toContain("prlimit64(0, RLIMIT_CORE");
		expect(raised.stderr).toContain("EPERM");
		expect(raised.stderr).toContain("raising a hard limit takes CAP_SYS_RESOURCE");
		expect(await Bun.file(`${ns.folder}/was-run`).exists()).toBe(false);
		const kept = ["prlimit", "--core=1:3", ...ns.program, "run", "--rlimit", "core=2:3", "sh", "-c", "ulimit -Hc"];
		expect((await ns.command(kept)).code).toBe(0);
	},
);

everywhere("limits that are none are refused, all at once", async (ns) => {
	const wrong = ["foo=1", "nofile", "nofile=", "core=-1", "core=1:", "core=1:2:3", "cpu=1M", "as=1X", "as=01", "as= 1"];
	const options = wrong.flatMap((one) => ["--rlimit", one]);
	const { code, stderr, stdout } = await ns.run(["run", ...options, "touch", "was-run"]);
	expect([code, stdout]).toEqual([125, ""]);
	expect(stderr.match(/^ns: /gm)?.length).toBe(wrong.length);
	const more = await ns.run([
		"run",
		"--rlimit",
		"nofile=5:4",
		"--rlimit",
		"as=1",
		"--rlimit",
		"as=2",
		"touch",
		"was-run",
	]);
	expect(more.stderr).toContain("the soft limit nofile of 5 is above the hard limit of 4");
	expect(more.stderr).toContain("--rlimit limits as more than once");
	expect(await Bun.file(`${ns.folder}/was-run`).exists()).toBe(false);
});

rows({ who: "ordinary" })("a limit of processes counts those of the command's user", async (ns) => {
	const { code, stderr } = await ns.run(["run", "--rlimit", "nproc=0", "sh", "-c", "true & wait"]);
	expect([code === 0, stderr]).toEqual([false, expect.stringContaining("fork")]);
});

library("a limit of at most so much leaves a lower one as it is", () => {
	const both = (atMost: number) => {
		const words = `const { limits, sandbox } = require("nskit");
			const box = sandbox(limits({ nofile: { atMost: ${atMost} } }));
			process.stdout.write(box.spawnSync(["sh", "-c", "ulimit -Sn; ulimit -Hn"], { stdout: "pipe" }).stdout);`;
		return sandbox(limits({ nofile: { soft: 100, hard: 200 } })).spawnSync([process.execPath, "-e", words], {
			cwd: process.cwd(),
		});
	};
	expect(both(150).stdout?.toString()).toBe("150\n150\n");
	expect(both(300).stdout?.toString()).toBe("200\n200\n");
});

library("the library limits in every launch, and not itself", async () => {
	const before = textOf("/proc/self/limits");
	const box = sandbox(limits({ nofile: { soft: 32, hard: 48 }, core: 0, cpu: "unlimited" }));
	const argv = ["sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -c"];
	expect(box.spawnSync(argv).stdout?.toString()).toBe("32\n48\n0\n");
	const child = await box.spawn(argv, { stdout: "pipe" });
	expect(await child.stdout.text()).toBe("32\n48\n0\n");
	expect(await child.exited).toBe(0);
	expect(textOf("/proc/self/limits")).toBe(before);
});
