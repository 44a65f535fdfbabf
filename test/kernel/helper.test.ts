/** What a sandbox makes outside of itself is taken back when it has ended, however that was. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NamespaceError, pid, sandbox, user, uts } from "../../src/index.ts";
import { call, flags, step } from "../../src/plan/step.ts";
import type { Fragment, Step } from "../../src/plan/types.ts";
import { isRoot } from "./checkout.ts";
import { descendants, reapOrphans } from "./outside.ts";
import { until } from "./waiting.ts";

let folder = "";
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "helper-"));
});
afterEach(async () => {
	// What a killed supervisor leaves comes to this process, which others compare before and after.
	await until("no orphan is left", () => {
		reapOrphans();
		return descendants(process.pid).every(({ name }) => name !== "ns-init");
	});
	rmSync(folder, { recursive: true, force: true });
});

const made = () => readdirSync(folder);
const nowhere = "/proc/none/nskit";

type Fails = "cgroup" | "outside" | "parameters" | "none";

/** Makes two directories outside, one in each of the phases for that, and takes them away; a step of `fails` fails. */
function outside(fails: Fails = "none", waited = true): Fragment {
	const directory = (what: string) => ({ text: [`${folder}/${what}-`, { ref: "self" }] });
	const make = (phase: Step["phase"], what: string) =>
		step({
			...{ phase, module: "outside", does: `make ${what}`, why: "to be taken back", man: "mkdir(2)" },
			calls: [call("mkdirat", [flags("AT_FDCWD"), directory(what), 0o700])],
		});
	const fail = (phase: Step["phase"]) =>
		step({
			...{ phase, module: "outside", does: "do what cannot be done", why: "to fail", man: "mkdir(2)" },
			calls: [call("mkdirat", [flags("AT_FDCWD"), nowhere, 0o700])],
		});
	return {
		module: "outside",
		outside: { keeps: () => [] },
		steps: () => [
			make("cgroup", "early"),
			...(waited ? [make("outside", "late")] : []),
			...(fails === "none" ? [] : [fail(fails)]),
			step({
				...{ phase: "clean", module: "outside", does: "take them away", why: "nothing stays", man: "unlink(2)" },
				calls: ["early", "late"].map((what) =>
					call("unlinkat", [flags("AT_FDCWD"), directory(what), flags("AT_REMOVEDIR")], { mayFail: true }),
				),
			}),
		],
	};
}

/** Waits in steps that are not worth a number until both are there, and the command runs. */
const started = () => until("both are there", () => made().length === 2);

describe("what lies outside", () => {
	test("is there while the command runs, under the number of its supervisor, and gone when that has ended", async () => {
		const child = await sandbox(user(), pid(), outside()).spawn(["sleep", "60"]);
		expect(made().toSorted()).toEqual([`early-${child.pid}`, `late-${child.pid}`]);
		child.kill();
		expect(await child.exited).toBe(143);
		expect(made()).toEqual([]);
	});

	test("is gone when a synchronous run returns, also without a PID namespace", () => {
		expect(sandbox(user(), uts(), outside()).spawnSync(["sh", "-c", "exit 7"]).exitCode).toBe(7);
		expect(made()).toEqual([]);
		expect(sandbox(user(), pid(), outside()).spawnSync(["sh", "-c", "kill -9 $$"]).signalCode).toBe("SIGKILL");
		expect(made()).toEqual([]);
	});

	for (const fails of ["cgroup", "outside", "parameters"] as const)
		test(`is gone when a step of the phase ${fails} fails, which is told`, async () => {
			const box = sandbox(user(), pid(), outside(fails));
			expect(() => box.spawnSync(["true"])).toThrow(NamespaceError);
			expect(() => box.spawnSync(["true"])).toThrow(/do what cannot be done: .*ENOENT/s);
			expect(made()).toEqual([]);
			await expect(box.spawn(["true"])).rejects.toThrow(/ENOENT/);
			await until("nothing is left", () => made().length === 0);
		});

	test("is gone when the command cannot be executed", () => {
		expect(() => sandbox(user(), pid(), outside()).spawnSync([nowhere])).toThrow(/ENOENT/);
		expect(made()).toEqual([]);
	});

	for (const name of ["the supervisor", "its whole process group"])
		test(`is gone when ${name} is killed`, async () => {
			const child = await sandbox(user(), pid(), outside()).spawn(["sleep", "60"], { detached: true });
			await started();
			process.kill(name === "the supervisor" ? child.pid : -child.pid, "SIGKILL");
			await child.exited;
			await until("nothing is left", () => made().length === 0);
		});

	test("is gone as well where nothing is made by the helper, which is then not waited for", async () => {
		const box = sandbox(user(), pid(), outside("none", false));
		expect(box.spawnSync(["true"]).exitCode).toBe(0);
		expect(made()).toEqual([]);
		expect(() => sandbox(user(), pid(), outside("parameters", false)).spawnSync(["true"])).toThrow(/ENOENT/);
		expect(made()).toEqual([]);
		const child = await box.spawn(["sleep", "60"]);
		expect(made()).toEqual([`early-${child.pid}`]);
		process.kill(child.pid, "SIGKILL");
		await child.exited;
		await until("nothing is left", () => made().length === 0);
	});

	test("nothing of the caller's is held meanwhile", async () => {
		const child = await sandbox(user(), pid(), outside()).spawn(["sh", "-c", "exec >&-; exec sleep 60"], {
			stdout: "pipe",
		});
		expect(await child.stdout.text()).toBe("");
		const helper = readdirSync("/proc").filter(
			(one) =>
				/^\d+$/.test(one) && existsSync(`/proc/${one}/stat`) && comm(one) === "ns-helper" && parent(one) === child.pid,
		);
		expect(helper).toHaveLength(1);
		// It cannot be looked into, but by root.
		if (isRoot) {
			expect(openFiles(helper[0] as string)).toHaveLength(1);
			for (const kind of ["user", "pid_for_children"])
				expect(readlinkSync(`/proc/${helper[0]}/ns/${kind}`)).toBe(readlinkSync(`/proc/self/ns/${kind}`));
		}
		child.kill();
		await child.exited;
		expect(made()).toEqual([]);
	});
});

const read = (path: string) => readFileSync(path, "utf8");
const comm = (process: string) => read(`/proc/${process}/comm`).trim();
const parent = (process: string) => Number(/PPid:\s+(\d+)/.exec(read(`/proc/${process}/status`))?.[1]);
const openFiles = (process: string) => readdirSync(`/proc/${process}/fd`);
