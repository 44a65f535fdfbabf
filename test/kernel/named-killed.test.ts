import { expect } from "bun:test";
import { rows } from "./harness.ts";
import { onStage, type Stage } from "./named-stage.ts";

const source = rows({ how: "source", timeout: 120_000 });

/** What is made as the last word says: all eight, or only what root needs no process for. */
const kinds = ["all", "pinned"];

async function stepsOf(stage: Stage, what: string): Promise<string[]> {
	const { stdout, stderr } = await stage.make("seen", "steps", what);
	expect(stderr).toBe("");
	await stage.output("remove", "seen");
	return JSON.parse(stdout) as string[];
}

/** What looks at names next, and cleans up what was left. */
const nexts: ((stage: Stage) => Promise<void>)[] = [
	async (stage) => {
		const { code, stdout } = await stage.make("x", "list");
		expect([code, JSON.parse(stdout).states]).toEqual([0, []]);
	},
	async (stage) => {
		expect((await stage.make("broken", "open")).stderr).toContain("NAME_");
	},
	async (stage) => {
		await stage.output("create", "broken", "--net", "--uts");
		await stage.output("remove", "broken");
	},
	async (stage) => {
		await stage.output("remove", "broken", "--force");
	},
];

source("a maker that is killed at any step leaves nothing that the next command does not clean away", (ns) =>
	onStage(ns, async (stage) => {
		for (const what of kinds) {
			const steps = await stepsOf(stage, what);
			expect(steps.slice(0, 3)).toEqual(["take", "start", "look"]);
			for (const [i, step] of steps.entries()) {
				const { signal } = await stage.make("broken", "kill", step);
				expect([step, signal]).toEqual([step, "SIGKILL"]);
				if (step === "end") {
					// It is whole by then.
					expect((await stage.make("broken", "open")).stderr).toBe("");
					await stage.output("remove", "broken");
				} else await nexts[i % nexts.length]?.(stage);
				await stage.expectNothing();
			}
		}
	}),
);

source("a step that fails takes back every step before it", (ns) =>
	onStage(ns, async (stage) => {
		for (const step of await stepsOf(stage, "all")) {
			const { code, stderr } = await stage.make("broken", "throw", step);
			expect([step, code, stderr]).toEqual([step, 1, `made to fail at ${step}\n`]);
			await stage.expectNothing();
		}
	}),
);

source("the makers' killed processes end by themselves, with no command after them", (ns) =>
	onStage(ns, async (stage) => {
		for (const step of ["look", "commit", "stay"]) {
			await stage.make("alone", "kill", step);
			const end = Date.now() + 10_000;
			while (stage.holders().length > 0 && Date.now() < end) await Bun.sleep(10);
			expect([step, stage.holders()]).toEqual([step, []]);
		}
		await stage.output("remove", "--all");
		await stage.expectNothing();
	}),
);

/** `NS_TEST_CYCLES=1000` for the long run. */
rows()("a place that a killed maker has left empty goes with the next removal", (ns) =>
	onStage(ns, async (stage) => {
		const { place } = stage;
		const pinned = `mount --bind ${place} ${place} && mount --make-private ${place}`;
		await stage.shell(`mkdir -m 700 ${place} && ${ns.who === "root" ? pinned : "true"}`);
		await stage.output("remove", "--all");
		await stage.shell(`! test -e ${place}`);
		await stage.expectNothing();
	}),
);

const cycles = Number(process.env.NS_TEST_CYCLES ?? 40);

rows({ how: "dist", timeout: 30_000 + 1_000 * cycles })(
	`${cycles} times made and removed, and killed at any moment, names leave no mount, file or process`,
	(ns) =>
		onStage(ns, async (stage) => {
			const ended = { whole: 0, killed: 0, failed: 0 };
			const run = async (...args: string[]): Promise<void> => {
				const child = stage.start([...ns.program, ...args]);
				// Half of them are left alone; the others get as far as they get.
				const timer = Math.random() < 0.5 ? setTimeout(() => child.kill("SIGKILL"), Math.random() * 60) : undefined;
				await child.exited;
				clearTimeout(timer);
				if (child.signalCode === "SIGKILL") ended.killed++;
				else if (child.exitCode === 0) ended.whole++;
				else ended.failed++;
			};
			for (let i = 0; i < cycles; i++) {
				const name = `cycle-${i % 3}`;
				await run("create", name, ...(i % 2 === 0 ? [] : ["--net", "--uts"]));
				await run("remove", name, "--grace", "0");
			}
			if (cycles > 100) console.log(ns.who, ended);
			expect(ended.whole).toBeGreaterThan(0);
			expect(ended.killed).toBeGreaterThan(0);
			await stage.output("remove", "--all");
			await stage.expectNothing();
		}),
);
