import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroup, hostFacts, ipc, mount, net, pid, plan, time, user, uts } from "nskit";
import { image } from "../../src/launch/image.ts";
import { type Ns, type Running, rows } from "./harness.ts";
import { descendants, haveEnded } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

/** Waits so many microseconds, more exactly than a timer does. */
function pause(microseconds: number): void {
	for (const end = Bun.nanoseconds() + 1000 * microseconds; Bun.nanoseconds() < end; );
}

/** Kills what was started, and waits until nothing of it is left. */
async function kill(child: Running, known: readonly number[]): Promise<void> {
	const all = descendants(process.pid)
		.map((one) => one.pid)
		.filter((one) => !known.includes(one));
	child.kill("SIGKILL");
	await inTime("the end", child.exited);
	await until("nothing is left", () => {
		const now = descendants(process.pid)
			.filter((one) => !known.includes(one.pid))
			.map((one) => one.pid);
		return haveEnded([...all, ...now]);
	});
	await child.stdin.end();
}

async function killAtEveryMoment(ns: Ns, argv: readonly string[], moments: readonly number[]): Promise<void> {
	const known = descendants(process.pid).map((one) => one.pid);
	for (const moment of moments) {
		const child = ns.start(argv);
		pause(moment);
		await kill(child, known);
	}
}

/** `count` moments from 0 to `last` microseconds. */
const moments = (count: number, last: number): number[] => Array.from({ length: count }, (_, i) => (i * last) / count);

rows({ how: "dist", timeout: 120_000 })("killed at whatever moment of its start, ns leaves nothing", (ns) =>
	killAtEveryMoment(ns, [...ns.program, "run", "--hostname", "box", "sleep", "1000"], moments(60, 30_000)),
);

rows({ how: "dist", timeout: 120_000 })("so it is with a supervisor that does more", async (ns) => {
	writeFileSync(join(ns.folder, "lock"), "");
	const options = ["--timeout", "1h", "--die-with-parent", "--wait-all", "--lock-file", "lock", "--status-fd", "2"];
	await killAtEveryMoment(ns, [...ns.program, "run", ...options, "sleep", "1000"], moments(30, 30_000));
	const alone = ["--uts", "--timeout", "1h", "--lock-file", "lock", "--status-fd", "2"];
	await killAtEveryMoment(ns, [...ns.program, "run", ...alone, "sleep", "1000"], moments(30, 30_000));
});

rows({ how: "source", timeout: 120_000 })(
	"killed at whatever moment of making the sandbox, an image leaves nothing",
	async (ns) => {
		const { uid, gid } = ns.account;
		const host = { ...hostFacts(), uid, gid, privileged: ns.who === "root" };
		const maps =
			ns.who === "root"
				? { uids: [{ inside: 0, outside: 1001, size: 1 }], gids: [{ inside: 0, outside: 1001, size: 1 }] }
				: {};
		const fragments = [user(maps), mount(), pid(), net(), ipc(), uts({ hostname: "box" }), cgroup(), time()];
		const command = { argv: ["sleep", "1000"], env: ["PATH=/usr/bin:/bin"], cwd: "/" };
		const path = join(ns.folder, "image");
		writeFileSync(path, image(plan(fragments, { host, command }), { to: "stderr" }), { mode: 0o755 });
		// Becoming the user takes its time before.
		await killAtEveryMoment(ns, [path], moments(100, 5_000));
		expect((await ns.command(["ls", "-A"])).stdout).toBe("image\n");
	},
);
