import { expect } from "bun:test";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { rows } from "./harness.ts";
import { descendants } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { until } from "./waiting.ts";

// CVE-2016-9962: a process that enters must not be open to those inside before it has become the command.
rows({ needs: ["strace"] })("processes inside get nothing of a process that joins them", async (ns) => {
	const { bun, project } = checkout();
	const attack = [bun, join(project, "test/kernel/fixtures/attacker.ts")];
	const attacker = ns.startNs(["run", ...attack]);
	const transcript = new Transcript(attacker.stdout);
	await transcript.has("ready\n");
	const target = descendants(attacker.pid).find(({ name }) => name !== "ns-init")?.pid;
	const joins = ["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"].flatMap((kind) => [
		"--join",
		`${kind}:${target}`,
	]);
	for (const { enter, stays } of [
		{ enter: ["run", ...joins], stays: ["sleep", "1000"] },
		{ enter: ["enter", `${target}`], stays: ["tail", "-f", "/dev/null"] },
	]) {
		// A command that stays for a moment shows that the attacker does look: what is the command's own may be seen.
		const victim = ns.startNs([...enter, ...stays]);
		const name = stays[0];
		const stayed = await until("the victim", () => descendants(victim.pid).find((one) => one.name === name));
		for (const what of ["mem", "memory", "descriptor 0 by pidfd_getfd"])
			await transcript.has(`got ${what} of ${name}\n`);
		process.kill(stayed.pid, "SIGKILL");
		await victim.exited;
		// Made slow at every step from the first namespace on, so that there is time to look.
		const slow = "setns,setresuid,prctl,rt_sigprocmask";
		const strace = ["strace", "-f", "-o", "/dev/null", "-e", `trace=${slow}`, "-e", `inject=${slow}:delay_exit=30000`];
		expect((await ns.command([...strace, ...ns.program, ...enter, "true"])).code).toBe(0);
		for (let i = 0; i < 10; i++) expect((await ns.run([...enter, "true"])).code).toBe(0);
	}
	attacker.kill("SIGKILL");
	await attacker.exited;
	expect(transcript.text.split("\n").filter((line) => line.startsWith("breach"))).toEqual([]);
	// It has met ours before they were commands.
	expect(transcript.text).toMatch(/^seen (ns|memfd:ns)$/m);
	expect(transcript.text).toContain("refused descriptors\n");
});
