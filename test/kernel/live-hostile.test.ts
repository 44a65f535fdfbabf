/** A command that makes groups of its own does not decide which of them is paused and limited. */
import { expect } from "bun:test";
import { copyFileSync, existsSync, rmdirSync } from "node:fs";
import { groupsOf, own, started } from "./groups.ts";
import { rows, until } from "./harness.ts";
import { textOf } from "./outside.ts";

function removed(group: string): boolean {
	try {
		if (existsSync(group)) rmdirSync(group);
		return true;
	} catch {
		return false;
	}
}

rows({ who: "root" })(
	"a group that is called as if another supervisor's is not taken for the sandbox's",
	async (ns) => {
		copyFileSync("/bin/sleep", `${ns.folder}/ns`);
		const directories = own.filter((one) => existsSync(`${one}/cgroup.procs`)).join(" ");
		// Root without a user and a mount namespace may do this.
		const script = `./ns 60 & fake=$!
		for one in ${directories}; do
			[ -d $one/nskit-$PPID ] || continue
			mkdir $one/nskit-$PPID/nskit-$fake && echo $$ > $one/nskit-$PPID/nskit-$fake/cgroup.procs
		done
		echo $fake; exec sleep 60`;
		const { child, text, kill } = await started(ns, ["--uts", "--pids", "20", "sh", "-c", script]);
		const reader = child.stdout.getReader();
		const fake = Number(new TextDecoder().decode((await reader.read()).value));
		reader.releaseLock();
		const groups = groupsOf(child.pid);
		const inner = groups.map((one) => `${one}/nskit-${fake}`);
		try {
			expect(inner.map((one) => existsSync(one))).toEqual(inner.map(() => true));
			expect(await ns.run(["set", `${child.pid}`, "--pids", "10"])).toMatchObject({ code: 0 });
			expect(text("pids.max")).toBe("10");
			expect(await ns.run(["pause", `${child.pid}`])).toMatchObject({ code: 0 });
			const isFrozen = groups.some(
				(one) =>
					/^frozen 1$/m.test(textOf(`${one}/cgroup.events`)) || textOf(`${one}/freezer.state`).trim() === "FROZEN",
			);
			expect(isFrozen).toBe(true);
			expect(await ns.run(["resume", `${child.pid}`])).toMatchObject({ code: 0 });
		} finally {
			child.kill("SIGKILL");
			process.kill(fake, "SIGKILL");
			await child.exited;
			await until("the groups can be removed", () => [...inner, ...groups].every(removed));
			await kill();
		}
	},
);
