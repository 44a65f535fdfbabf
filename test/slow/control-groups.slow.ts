/** Control groups v2 with all controllers, on Debian's kernel in a virtual machine: `bun run test:slow`. */
import { beforeAll, describe, expect } from "bun:test";
import { join } from "node:path";
import { type Account, checkout, ordinary, self } from "../kernel/checkout.ts";
import type { Group } from "../vm/guest.ts";
import { around, machine, said, script, slow, virtualMachine, wait } from "./shared.ts";

beforeAll(async () => void (await virtualMachine()), 180_000);

const users: readonly [name: string, account: () => Account, group: Group][] = [
	["root, at the top", () => self, "root"],
	["root, in a service", () => self, "service"],
	["root, in the group of a user's", () => self, "scope"],
	["an ordinary user, in a group of its own", ordinary, "scope"],
];

describe("control groups v2", () => {
	slow("are all that the machine has, and the doctor says so", async () => {
		const found = await script(`"$ns" doctor --json`, { group: "service" });
		const { findings } = JSON.parse(found.stdout);
		const state = (id: string) => findings.find((one: { id: string }) => one.id === id);
		expect(state("cgroups")).toMatchObject({ state: "ok", found: "version 2 alone" });
		expect(state("controllers").found).toContain("cpuset, cpu, io, memory, pids");
	});

	const limits = ["limit.memory", "limit.cpus", "limit.pids", "limit.io"];
	const found: readonly [name: string, account: () => Account, group: Group, cannot: string[]][] = [
		["root, in a service", () => self, "service", []],
		["a user, in a group of its own", ordinary, "scope", ["limit.io"]],
		["a user, in a login", ordinary, "session", limits],
	];
	slow("the doctor says what can be limited", async () => {
		const each = found.map(async ([name, account, group, cannot]) => {
			const { findings } = JSON.parse(await said(`"$ns" doctor --json`, { as: account(), group }));
			const here = findings.filter(({ id }: { id: string }) => limits.includes(id));
			const of = ({ id, state }: { id: string; state: string }) => [id, state];
			const wanted = limits.map((id) => [id, cannot.includes(id) ? "limited" : "ok"]);
			expect([name, here.map(of)]).toEqual([name, wanted]);
		});
		await Promise.all(each);
	});

	for (const [name, account, group] of users) {
		slow(`limits are in the group before the command, and it goes at the end: ${name}`, async () => {
			const look = "cat memory.max memory.swap.max pids.max cpu.max cpu.weight; grep -c . cgroup.procs";
			const options = "--memory 64M --pids 20 --cpus 0.5 --cpu-weight 50";
			const out = await said(around(options, look), { as: account(), group });
			expect(out.trim().split("\n")).toEqual(["67108864", "max", "20", "50000 100000", "50", "1"]);
		});
	}

	slow("a user who has no group is told so, and nothing is made", async () => {
		const ended = await script(`"$ns" run --memory 64M -- true; code=$?; groups; exit $code`, {
			as: ordinary(),
			group: "session",
		});
		expect(ended).toMatchObject({ code: 125, stdout: "" });
		expect(ended.stderr).toContain(
			"memory cannot be limited here: the caller may make no group in /sys/fs/cgroup/user.",
		);
	});

	slow("a controller that was not given to a user is told", async () => {
		const ended = await script(`"$ns" run --io-weight 50 -- true`, { as: ordinary(), group: "scope" });
		expect(ended).toMatchObject({ code: 125, stdout: "" });
		expect(ended.stderr).toContain("app.slice/run.scope has no controller io");
	});
});

describe("limits of v2", () => {
	const inService = { group: "service" } as const;

	slow("no more processes than allowed can be started", async () => {
		const forks =
			"import os, time\nfor n in range(30):\n\ttry:\n\t\tif os.fork() == 0: time.sleep(100)\n\texcept BlockingIOError: break\nprint(n)";
		expect(await said(`"$ns" run --pids 10 -- python3 -c '${forks}'`, inService)).toBe("9\n");
	});

	const hog = `python3 -c 'b"x" * 200_000_000'`;

	slow("a command that takes too much memory is ended, and that is told", async () => {
		const ended = await script(`"$ns" run --memory 32M --swap 0 -- ${hog}`, inService);
		expect(ended).toMatchObject({ code: 137, stdout: "" });
		expect(ended.stderr).toContain("out of memory: the kernel ended a process of the command's at the limit of 32M");
	});

	slow("by itself only the one that takes it is ended, with memory.oom.group all", async () => {
		const run = (more: string) =>
			script(
				`cat >/tmp/hog <<'END'\n${hog}; echo survived\nEND\n"$ns" run --memory 32M ${more} -- sh /tmp/hog`,
				inService,
			);
		expect(await run("")).toMatchObject({ code: 0, stdout: "survived\n" });
		expect(await run("--cgroup-set memory.oom.group=1")).toMatchObject({ code: 137, stdout: "" });
	});

	slow("half a processor is half a processor", async () => {
		const busy = `"$ns" run --cpus 0.5 -- sh -c 'while :; do :; done' & ns_pid=$!`;
		const field = (name: string) => `$(sed -n 's/^${name} //p' cpu.stat)`;
		const measure = `
			${wait('[ -n "$(groups)" ] && [ -n "$(cat "$(groups)/cgroup.procs")" ]')}; cd "$(groups)"
			${wait(`[ "${field("nr_periods")}" -gt 20 ]`)}
			echo ${field("usage_usec")} ${field("nr_periods")} ${field("nr_throttled")}; kill $ns_pid; { wait $ns_pid; } 2>/dev/null; exit 0`;
		const [usage = 0, periods = 0, throttled = 0] = (await said(`${busy}\n${measure}`, inService))
			.split(" ")
			.map(Number);
		expect(throttled).toBeGreaterThan(periods / 2);
		// Of each tenth of a second half; the last one may not be over.
		expect(usage).toBeLessThan((periods + 2) * 60_000);
	});

	slow("a disk is as slow as it is told to be", async () => {
		const write = "dd if=/dev/zero of=/dev/vda bs=256k count=8 oflag=direct 2>/dev/null; cat /proc/uptime";
		const text = `"$ns" run --io-write /dev/vda:1M -- sh -c 'cut -d" " -f1 /proc/uptime; ${write}'`;
		const [before, after] = (await said(text, inService)).trim().split("\n").map(Number.parseFloat);
		// Two seconds' worth, of which the first piece does not wait.
		expect((after ?? 0) - (before ?? 0)).toBeGreaterThan(1.2);
	});

	slow("it can be frozen, and all of it ended at once", async () => {
		const look = `
			echo 1 >cgroup.freeze; ${wait("grep -q 'frozen 1' cgroup.events")}; echo frozen
			echo 0 >cgroup.freeze; ${wait("grep -q 'frozen 0' cgroup.events")}; echo thawed
			cat memory.peak memory.pressure | grep -c .; echo 1 >cgroup.kill`;
		const out = await said(
			`${around("--memory 64M", look).replace("kill $ns_pid; { wait $ns_pid; }", "{ wait $ns_pid; echo $?; }")}`,
			inService,
		);
		expect(out.trim().split("\n")).toEqual(["frozen", "thawed", "3", "137"]);
	});

	slow("the group goes when ns is killed", async () => {
		const text = around("--memory 64M", ":").replace("kill $ns_pid;", "kill -KILL $ns_pid;");
		expect(await said(text, inService)).toBe("");
	});
});

describe("tests of the real kernel, on this one", () => {
	const project = join(import.meta.dir, "../..");
	const files = new Bun.Glob("test/kernel/{hostname,resources*}.test.ts").scanSync(project);
	slow(
		"from dist: names, and limits",
		async () => {
			const env = { NS_TEST_PATIENCE: "60000" };
			// Only at the top can the tests give a part to a user while they are in it themselves.
			const options = { group: "root", cwd: project, within: 400, env } as const;
			// What is compiled starts sooner, where the processor is made by software.
			const words = ["test", "--timeout=150000", "--test-name-pattern", "from dist"];
			const inside = await machine();
			const half = async (some: readonly string[]) => {
				const ended = await inside.run([checkout().bun, ...words, ...some], options);
				expect({ ...ended, stderr: ended.stderr.slice(-5000) }).toMatchObject({ code: 0 });
				expect(Number(/(\d+) pass/.exec(ended.stderr)?.[1])).toBeGreaterThan(10);
			};
			// The machine has two processors.
			const all = [...files].toSorted();
			const both = [0, 1].map((rest) => half(all.filter((_, i) => i % 2 === rest)));
			// Neither is left running when the other has failed.
			await Promise.allSettled(both);
			await Promise.all(both);
		},
		500_000,
	);
});
