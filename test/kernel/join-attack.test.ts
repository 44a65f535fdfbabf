import { expect } from "bun:test";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { type Ns, type Running, rows } from "./harness.ts";
import { descendants } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { until } from "./waiting.ts";

const all = ["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"];
const got = ["mem", "memory", "PTRACE_SEIZE", "PTRACE_ATTACH", "descriptor 0 by pidfd_getfd"];

/** Starts somebody in such namespaces who looks into everybody that he sees. */
async function startAttacker(ns: Ns, kinds: readonly string[]) {
	const { bun, project } = checkout();
	const made = kinds.map((kind) => `--${kind}`);
	const child = ns.startNs(["run", ...made, bun, join(project, "test/kernel/fixtures/attacker.ts")]);
	const transcript = new Transcript(child.stdout);
	await transcript.has("ready\n");
	const below = descendants(child.pid).find(({ name }) => name !== "ns-init");
	return { child, transcript, target: below?.pid ?? child.pid };
}

/** Enters so that the attacker is seen to look: what is the command's own may be seen. */
async function enterAndStay(ns: Ns, words: readonly string[], transcript: Transcript): Promise<void> {
	const victim = ns.startNs(words);
	const name = words.includes("sleep") ? "sleep" : "tail";
	const here = (one: { name: string }) => one.name === name;
	const stays = () =>
		Bun.file(`/proc/${victim.pid}/comm`)
			.text()
			.then(
				(text) => text === `${name}\n`,
				() => false,
			);
	const found = await until("the victim", async () =>
		(await stays()) ? victim.pid : descendants(victim.pid).find(here)?.pid,
	);
	for (const what of got) await transcript.has(`got ${what} of ${name}\n`);
	process.kill(found, "SIGKILL");
	await victim.exited;
}

/** Enters several times, also made slow at every step from the first namespace on, so that there is time to look. */
async function enterOften(ns: Ns, enter: readonly string[], milliseconds: number): Promise<void> {
	const slow = "setns,setresuid,setresgid,prctl,rt_sigprocmask";
	const delay = `inject=${slow}:delay_exit=${milliseconds * 1_000}`;
	const strace = ["strace", "-f", "-o", "/dev/null", "-e", `trace=${slow}`, "-e", delay];
	expect((await ns.command([...strace, ...ns.program, ...enter, "true"])).code).toBe(0);
	for (let i = 0; i < 10; i++) expect((await ns.run([...enter, "true"])).code).toBe(0);
}

async function endAttacker(attacker: Running, { text }: Transcript): Promise<void> {
	attacker.kill("SIGKILL");
	await attacker.exited;
	expect(text.split("\n").filter((line) => line.startsWith("breach"))).toEqual([]);
	// It has met ours before they were commands.
	expect(text).toMatch(/^seen (ns|memfd:ns)$/m);
	expect(text).toContain("refused descriptors\n");
}

const joinsOf = (kinds: readonly string[], target: number): string[] =>
	kinds.flatMap((kind) => ["--join", `${kind}:${target}`]);

// CVE-2016-9962: a process that enters must not be open to those inside before it has become the command.
rows({ needs: ["strace"] })("processes inside get nothing of a process that joins them", async (ns) => {
	const { child, transcript, target } = await startAttacker(ns, all);
	const enters = [
		{ enter: ["run", ...joinsOf(all, target)], stays: ["sleep", "1000"] },
		{ enter: ["enter", `${target}`], stays: ["tail", "-f", "/dev/null"] },
	];
	for (const { enter, stays } of enters) {
		await enterAndStay(ns, [...enter, ...stays], transcript);
		await enterOften(ns, enter, 30);
	}
	await endAttacker(child, transcript);
});

// Without a PID namespace in between, those inside see the entering process itself, at once.
rows({ needs: ["strace"] })("processes that see who joins them get nothing of it either", async (ns) => {
	const kinds = ["user", "mount", "uts"];
	const { child, transcript, target } = await startAttacker(ns, kinds);
	const enters = [
		{ enter: ["run", ...joinsOf(kinds, target)], stays: ["sleep", "1000"] },
		{ enter: ["enter", `${target}`], stays: ["tail", "-f", "/dev/null"] },
	];
	for (const { enter, stays } of enters) {
		await enterAndStay(ns, [...enter, ...stays], transcript);
		await enterOften(ns, enter, 200);
	}
	await endAttacker(child, transcript);
});
