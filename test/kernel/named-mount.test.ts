/** Pinning mount namespaces where a kernel gives their ids out by processor: Linux 6.18. See src/keeper/processors.ts. */
import { expect } from "bun:test";
import type { CreatedNamed } from "nskit";
import { ownProcessors } from "../../src/keeper/processors.ts";
import { checkout } from "./checkout.ts";
import { rows } from "./harness.ts";
import { onStage } from "./named-stage.ts";

const source = rows({ how: "source", who: "root", timeout: 60_000 });
const [first = 0, second = first] = ownProcessors();
/** Where the caller's mount namespace is made, and where that for the name is begun. */
const orders = [
	[first, second],
	[second, first],
] as const;

source("a mount namespace is pinned whichever processors it and the caller's were made on", (ns) =>
	onStage(ns, async (stage) => {
		const begun: number[] = [];
		for (const [above, here] of orders) {
			const maker = `${checkout().bun} ${checkout().project}/test/kernel/named-make.ts m on ${here}`;
			const remove = [...ns.program, "remove", "m"].join(" ");
			// The caller may run on both again once its mount namespace is made.
			const script = `taskset -pc ${first},${second} $$ >/dev/null && ${maker} && ${remove}`;
			const { stdout, stderr } = await stage.command([
				"taskset",
				"-c",
				`${above}`,
				"unshare",
				"-m",
				"sh",
				"-c",
				script,
			]);
			expect(stderr).toBe("");
			const { starts, state, notices } = JSON.parse(stdout) as CreatedNamed & { starts: number };
			expect([state.namespaces.mount?.file, state.holder, notices]).toEqual(["/run/nskit/m/mount", undefined, []]);
			begun.push(starts);
		}
		// One try, and one on each processor.
		expect(Math.max(...begun)).toBeLessThanOrEqual(1 + ownProcessors().length);
		await stage.expectNothing();
	}),
);

source("where there is no such processor, a process keeps the mount namespace, and that is said", (ns) =>
	onStage(ns, async (stage) => {
		for (const [above, here] of orders) {
			const words = (...more: string[]) => [...ns.program, ...more].join(" ");
			const script = `taskset -c ${here} ${words("create", "m", "--mount", "--uts", "--json")} && ${words("remove", "m")}`;
			const { stdout, stderr } = await stage.command([
				"taskset",
				"-c",
				`${above}`,
				"unshare",
				"-m",
				"sh",
				"-c",
				script,
			]);
			const { namespaces, holder } = JSON.parse(stdout) as CreatedNamed["state"];
			const isPinned = namespaces.mount?.file !== undefined;
			expect([isPinned, stderr]).toEqual([
				holder === undefined,
				isPinned
					? ""
					: "ns: warning: the mount namespace of m cannot be mounted in this one, which the kernel takes for younger: a process keeps it, and there is no /run/nskit/m/mount\n",
			]);
			expect(namespaces.uts?.file).toBe("/run/nskit/m/uts");
		}
		await stage.expectNothing();
	}),
);
