import { expect } from "bun:test";
import { hostFacts } from "nskit";
import { everywhere, type Ns, type Running, rows } from "./harness.ts";
import { descendants, haveEnded, type Process, textOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

const words = (text: string): string[][] =>
	text
		.trim()
		.split("\n")
		.map((line) => line.trim().split(/\s+/));

/** Starts a shell that waits for the end of its input, with one child that sleeps. Returns when all of them are there. */
async function startWaiting(ns: Ns, options: string[] = ["--pid", "--mount"]): Promise<[Running, Process[]]> {
	const child = ns.startNs(["run", ...options, "sh", "-c", "sleep 1000 & read _; kill $!"]);
	const all = await until("the processes inside", () => {
		const found = descendants(child.pid);
		return found.some(({ name }) => name === "sleep") ? found : undefined;
	});
	return [child, all];
}

/** The ids of a process in its own and the outer PID namespaces, from outside in. */
const idsOf = (pid: number): number[] =>
	(/^NSpid:\s*(.*)$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? "").split(/\s+/).map(Number);

rows({ needs: ["ps"] })("ps inside sees the init, the command and itself", async (ns) => {
	const text = await ns.output(["run", "--pid", "--mount", "sh", "-c", "ps -e -o pid=,ppid=,comm=; true"]);
	expect(words(text).map(([pid, parent, name]) => [Number(pid), Number(parent), name])).toEqual([
		[1, 0, "ns-init"],
		[2, 0, "sh"],
		[expect.any(Number), 2, "ps"],
	]);
});

rows({ needs: ["ps"] })("without an init the command is PID 1", async (ns) => {
	const text = await ns.output(["run", "--pid", "--mount", "--no-init", "sh", "-c", "ps -e -o pid=,comm=; true"]);
	expect(words(text).map(([, name]) => name)).toEqual(["sh", "ps"]);
	expect(words(text)[0]?.[0]).toBe("1");
});

everywhere("outside, the same processes have other ids", async (ns) => {
	const [child, all] = await startWaiting(ns);
	const inner = new Map(all.map(({ pid, name }) => [name, idsOf(pid)]));
	expect([...inner.keys()].toSorted()).toEqual(["ns-init", "sh", "sleep"]);
	for (const [name, [outside, inside, ...more]] of inner) {
		expect([name, more]).toEqual([name, []]);
		expect(outside).not.toBe(inside);
	}
	expect(inner.get("ns-init")?.[1]).toBe(1);
	expect(inner.get("sh")?.[1]).toBe(2);
	child.stdin.end();
	expect(await inTime("the end", child.exited)).toBe(0);
});

everywhere("when the init dies, all die", async (ns) => {
	const [child, all] = await startWaiting(ns);
	const init = all.find(({ name }) => name === "ns-init");
	expect((await ns.command(["kill", "-KILL", String(init?.pid)])).code).toBe(0);
	await inTime("the end", child.exited);
	expect(child.signalCode).toBe("SIGKILL");
	await until("nothing is left", () => haveEnded(all.map(({ pid }) => pid)));
});

everywhere("processes inside cannot end their init", async (ns) => {
	expect(await ns.output(["run", "--pid", "--mount", "sh", "-c", "kill -KILL 1; echo alive"])).toBe("alive\n");
});

for (const [how, options] of [
	["with an init", ["--pid", "--mount"]],
	["without an init", ["--pid", "--mount", "--no-init"]],
] as const) {
	everywhere(`when the supervisor is killed, all die, ${how}`, async (ns) => {
		const [child, all] = await startWaiting(ns, [...options]);
		child.kill("SIGKILL");
		await inTime("the end", child.exited);
		await until("nothing is left", () => haveEnded(all.map(({ pid }) => pid)));
	});

	everywhere(`what the command leaves running ends with it, ${how}`, async (ns) => {
		const { code, stdout } = await ns.run(["run", ...options, "sh", "-c", "sleep 1000 & echo $!; exit 7"]);
		// The pipe for its output has closed, so the sleeping process is gone; the harness looks for it too.
		expect([code, Number(stdout) > 1]).toEqual([7, true]);
	});
}

rows({ needs: ["ps"] })("an orphan becomes a child of the init, and is reaped", async (ns) => {
	const script = `
		orphan=$(sh -c 'sleep 1000 >/dev/null & echo $!')
		ps -o ppid= -p "$orphan"
		kill "$orphan"
		for try in $(seq 500); do kill -0 "$orphan" 2>/dev/null || { echo reaped; exit; }; sleep 0.02; done
		ps -e -o pid,stat,comm`;
	expect(words(await ns.output(["run", "--pid", "--mount", "sh", "-c", script]))).toEqual([["1"], ["reaped"]]);
});

everywhere("a highest process id bounds the number of processes, for root as well", async (ns) => {
	const outside = textOf("/proc/sys/kernel/pid_max");
	const script = "cat /proc/sys/kernel/pid_max; i=0; while [ $i -lt 400 ]; do sleep 1000 & i=$((i+1)); done; echo all";
	const limited = await ns.run(["run", "--pid-max", "301", "sh", "-c", script]);
	if (hostFacts().kernel < 614) {
		expect([limited.code, limited.stderr]).toEqual([125, expect.stringContaining("Linux 6.14")]);
		return;
	}
	expect([limited.stdout, limited.code === 0, limited.stderr]).toEqual([
		"301\n",
		false,
		expect.stringMatching(/fork/i),
	]);
	expect(await ns.output(["run", "--pid-max", "1000", "sh", "-c", script])).toBe("1000\nall\n");
	expect(textOf("/proc/sys/kernel/pid_max")).toBe(outside);
	const refused = await ns.run(["run", "--pid-max", "many", "true"]);
	expect([refused.code, refused.stderr]).toEqual([
		125,
		expect.stringContaining("the highest process id cannot be NaN"),
	]);
});
