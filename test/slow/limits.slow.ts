/** What limits of version 2 do, and how they are changed while a sandbox runs, on Debian's kernel in a virtual machine. */
import { beforeAll, describe, expect } from "bun:test";
import { said, script, slow, virtualMachine, wait } from "./shared.ts";

beforeAll(async () => void (await virtualMachine()), 180_000);

const service = { group: "service", within: 90 } as const;

/** A script that takes so many mebibytes and waits for the end of its input. */
const holds = (size: number, then = ""): string =>
	`python3 -c 'x = b"x" * (${size} << 20); open("/run/scratch/up-'$$'", "w")${then}; import time; time.sleep(100)'`;

/** Starts `ns run` beside the script and waits until its command is in its group: $pid is its number, $group the directory. */
const beside = (options: string, command: string): string => `
"$ns" run ${options} -- ${command} & pid=$!
group=$(dirname $(cut -d: -f3 /proc/self/cgroup))
group=/sys/fs/cgroup/system.slice/nskit-$pid
at() { find /sys/fs/cgroup -type d -name nskit-$pid; }
${wait('[ -n "$(at)" ] && [ -n "$(cat "$(at)/cgroup.procs")" ]')}
group=$(at)`;
const end = "kill $pid; { wait $pid; } 2>/dev/null; true";

describe("limits of v2, besides", () => {
	slow("processors and memory nodes", async () => {
		const lists = `"$ns" run --cpuset 1 --memory-nodes 0 -- grep -E '^(Cpus|Mems)_allowed_list' /proc/self/status`;
		expect(await said(lists, service)).toMatch(/^Cpus_allowed_list:\s+1\nMems_allowed_list:\s+0\n$/);
	});

	slow("who has more weight gets more of a processor", async () => {
		const busy = "sh -c 'while :; do :; done'";
		const used = (group: string) => `$(sed -n 's/^usage_usec //p' ${group}/cpu.stat)`;
		const text = `
			${beside("--cpuset 0 --cpu-weight 10", busy)}; light=$group; first=$pid
			${beside("--cpuset 0 --cpu-weight 1000", busy)}; heavy=$group
			a=${used("$light")}; b=${used("$heavy")}
			${wait(`[ $(( ${used("$heavy")} - b )) -gt 1500000 ]`)}
			echo $(( ${used("$light")} - a )) $(( ${used("$heavy")} - b )); kill $first $pid; { wait; } 2>/dev/null; true`;
		const [light = 0, heavy = 0] = (await said(text, service)).split(" ").map(Number);
		expect(light * 4).toBeLessThan(heavy);
	});

	slow("what is above --memory-high is slowed down and taken back, and told", async () => {
		const read = "dd if=/dev/vda of=/dev/null bs=1M count=48 2>/dev/null";
		const text = `"$ns" run --memory-high 16M --memory-low 4M --stats=json -- sh -c 'cat $(find /sys/fs/cgroup -path "*nskit-*" -name memory.low); ${read}'`;
		const ended = await script(text, service);
		expect(ended.code).toBe(0);
		const { memory } = JSON.parse(ended.stderr);
		expect(memory.highHits).toBeGreaterThan(0);
		expect(memory.peak).toBeLessThan(32 << 20);
		expect(
			await said(
				`${beside("--memory-high 16M --memory-low 4M", "sleep 100")}; cat $group/memory.high $group/memory.low; ${end}`,
				service,
			),
		).toBe("16777216\n4194304\n");
	});

	slow("shares of disks, where a scheduler gives them", async () => {
		const text = `echo bfq >/sys/block/vda/queue/scheduler
			${beside("--io-weight 50", "sleep 100")}; cat $group/io.weight $group/io.bfq.weight 2>/dev/null | head -n 1; ${end}
			echo none >/sys/block/vda/queue/scheduler`;
		expect(await said(text, service)).toMatch(/^(default )?50\n/);
	});

	slow("what is told at the end: processor, pressure, memory and disk", async () => {
		const command = `sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; dd if=/dev/zero of=/dev/vda bs=256k count=8 oflag=direct 2>/dev/null'`;
		const ended = await script(
			`"$ns" run --cpus 0.2 --memory 64M --pids 9 --io-read /dev/vda:9M --stats=json -- ${command}`,
			service,
		);
		expect(ended.code).toBe(0);
		const stats = JSON.parse(ended.stderr);
		expect(stats).toMatchObject({ from: "cgroup", outOfMemory: false, processes: { limit: 9 } });
		expect(stats.cpu.throttled).toBeGreaterThan(0);
		expect(stats.cpu.throttledTime).toBeGreaterThan(0);
		expect(stats.memory.peak).toBeGreaterThan(100_000);
		expect(stats.memory.limit).toBe(64 << 20);
		expect(stats.io.written).toBeGreaterThanOrEqual(2 << 20);
		expect(stats.pressure.cpu.some.total).toBeGreaterThan(0);
		for (const name of ["memory", "io"]) expect(stats.pressure[name].some.total).toBeGreaterThanOrEqual(0);
	});
});

describe("a sandbox that runs", () => {
	slow("tells its numbers, gets other limits, stands still and goes on", async () => {
		const text = `rm -f /run/scratch/up-*
			${beside("--memory 200M --pids 20 --cpus 2 --cpuset 0-1", holds(48))}
			${wait("[ -e /run/scratch/up-$$ ]")}
			"$ns" stats $pid --json >/run/scratch/stats
			"$ns" set $pid --memory 32M 2>/run/scratch/refused; echo $? $(cat $group/memory.max)
			"$ns" set $pid --memory 100M --pids 12 --cpus 0.5 --cpu-weight 7 --cpuset 1 --memory-high 90M; echo $?
			(cd $group; cat memory.max pids.max cpu.max cpu.weight cpuset.cpus memory.high)
			"$ns" pause $pid; echo $?; grep frozen $group/cgroup.events
			"$ns" stats $pid --json | grep '"paused"'
			"$ns" resume $pid; echo $?; grep frozen $group/cgroup.events; ${end}
			cat /run/scratch/refused /run/scratch/stats`;
		const lines = (await said(text, service)).split("\n");
		expect(lines.slice(0, 8)).toEqual(["125 209715200", "0", "104857600", "12", "50000 100000", "7", "1", "94371840"]);
		expect(lines.slice(8, 13)).toEqual(["0", "frozen 1", '\t"paused": true,', "0", "frozen 0"]);
		const rest = lines.slice(13).join("\n");
		expect(rest).toMatch(/^ns: memory of .* cannot be 32M: its processes hold \d+ bytes now, and would be ended\n/);
		const { stats, paused } = JSON.parse(rest.slice(rest.indexOf("{")));
		expect(paused).toBe(false);
		expect(stats.memory.current).toBeGreaterThan(48 << 20);
		expect(stats.memory.limit).toBe(200 << 20);
		expect(stats.processes).toMatchObject({ current: 1, limit: 20 });
		expect(stats.time.user + stats.time.system).toBeGreaterThan(0);
		expect(stats.pressure.memory.some.total).toBeGreaterThanOrEqual(0);
	});

	slow("that is stopped ends by SIGTERM and by SIGKILL, and leaves nothing", async () => {
		for (const signal of ["TERM", "KILL"]) {
			const text = `${beside("--pids 20", "sleep 100")}; "$ns" pause $pid; kill -${signal} $pid; { wait $pid; } 2>/dev/null; echo $?
				${wait('[ -z "$(at)" ]')}`;
			expect(await said(text, service)).toBe(signal === "TERM" ? "143\n" : "137\n");
		}
	});
});

describe("in a container", () => {
	/** A group that is the root of a cgroup namespace, with nobody but what is started in it. */
	const inside = (text: string) => `
		box=/sys/fs/cgroup/system.slice/box.service; mkdir $box
		cat >/run/scratch/inside <<'END'
umount /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
${text}
END
		sh -c 'echo $$ >'$box'/cgroup.procs && exec unshare --cgroup --mount sh /run/scratch/inside'; code=$?
		rmdir $box/nskit-* 2>/dev/null; rmdir $box && exit $code`;

	slow("ns makes room for limits when it is alone, and its command is the root's", async () => {
		const run = `exec "$ns" run --memory 64M --pids 9 --no-cgroup -- sh -c "cat /proc/self/cgroup; cat /sys/fs/cgroup/nskit-*[0-9]/memory.max"`;
		expect(await said(inside(run), service)).toMatch(/^0::\/nskit-\d+\n67108864\n$/);
	});

	slow("where others are in the group that rule is told, and nothing is made", async () => {
		const run = `"$ns" run --memory 64M -- true; code=$?; ls -d /sys/fs/cgroup/nskit-* 2>/dev/null; exit $code`;
		const ended = await script(inside(run), service);
		expect(ended).toMatchObject({ code: 125, stdout: "" });
		expect(ended.stderr).toContain("memory cannot be limited here");
	});

	slow("the command is born in its group", async () => {
		const text = `strace -f -e trace=clone3 -o /run/scratch/calls "$ns" run --pids 9 -- true; grep -c 'CLONE_INTO_CGROUP.* = [0-9]' /run/scratch/calls`;
		expect(await said(text, service)).toBe("1\n");
	});
});

describe("swap", () => {
	slow("is as much as is allowed, and none with 0", async () => {
		const hog = `python3 -c 'x = b"x" * (40 << 20); print([line for line in open("/proc/self/status") if line[:6] == "VmSwap"][0].split()[1])'`;
		const text = `mkswap -q /dev/vdb && swapon /dev/vdb || exit 1
			"$ns" run --memory 24M --swap 48M -- ${hog}; echo $?
			"$ns" run --memory 24M --swap 0 -- ${hog} 2>/dev/null; echo $?
			swapoff /dev/vdb`;
		const [swapped, much, none] = (await said(text, service)).split("\n").map(Number);
		expect(swapped).toBeGreaterThan(8 << 10);
		expect([much, none]).toEqual([0, 137]);
	});
});

describe("figures", () => {
	slow("a start with limits takes not much longer than one without", async () => {
		const time = (options: string) => `"$ns" run --uts --pid ${options} true`;
		const limits = "--memory 64M --pids 20 --cpus 1";
		const text = `now() { read a b </proc/uptime; echo $a | tr -d .; }
			${time("")}; ${time(limits)}; without=0; with=0
			for n in 1 2 3 4 5 6; do
				a=$(now); ${time("")}; b=$(now); ${time(limits)}; c=$(now)
				without=$((without + b - a)); with=$((with + c - b))
			done; echo $without $with`;
		const [without = 0, limited = 0] = (await said(text, service)).split(" ").map(Number);
		const ratio = limited / without;
		console.log(
			`a start with limits takes ${ratio.toFixed(2)} times as long as one without (${limited} and ${without} hundredths of a second for six)`,
		);
		expect(ratio).toBeLessThan(3);
	});
});
