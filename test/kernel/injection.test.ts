import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroup, type Fragment, hostFacts, ipc, mount, net, type Plan, pid, plan, time, user, uts } from "nskit";
import { image } from "../../src/launch/image.ts";
import { busyboxTree } from "./busybox.ts";
import { type Ns, rows } from "./harness.ts";
import { descendants, type Process } from "./outside.ts";
import { until } from "./waiting.ts";

const eight = (): Fragment[] => [
	mount(),
	pid(),
	net(),
	ipc(),
	uts({ hostname: "box", domainname: "domain" }),
	cgroup(),
	time({ boottime: "1d" }),
];

/** A plan for the user of this row. */
function planFor(ns: Ns, fragments: readonly Fragment[]): Plan {
	const { uid, gid } = ns.account;
	const host = { ...hostFacts(), uid, gid, privileged: ns.who === "root" };
	return plan(fragments, { host, command: { argv: ["sh", "-c", "exit 3"], env: ["PATH=/bin"], cwd: "/" } });
}

/** What can be made to fail: the call, which one of its name in each process, and how many of the plan's that hits. */
function* faults({ steps }: Plan): Generator<{ name: string; nth: number; fatal: number }> {
	const roles = [...new Set(steps.map(({ who }) => who))];
	const lists = roles.map((role) => steps.filter(({ who }) => who === role).flatMap(({ calls }) => calls));
	const names = new Set(lists.flat().map((call) => call.name));
	// Waiting for a child of one's own cannot be refused.
	names.delete("wait4");
	for (const name of names) {
		const same = lists.map((calls) => calls.filter((call) => call.name === name));
		for (let nth = 1; nth <= Math.max(...same.map(({ length }) => length)); nth++) {
			const hit = same.flatMap((calls) => calls[nth - 1] ?? []);
			yield { name, nth, fatal: hit.filter(({ mayFail }) => !mayFail).length };
		}
	}
}

/** Runs the plan's image once for every fault. */
async function failEverywhere(ns: Ns, made: Plan): Promise<void> {
	const path = join(ns.folder, "image");
	writeFileSync(path, image(made, { to: "stderr" }), { mode: 0o755 });
	expect(await ns.command([path])).toMatchObject({ code: 3, stdout: "", stderr: "" });
	const known = descendants(process.pid).map((one) => one.pid);
	const isOurs = (one: Process) => !known.includes(one.pid) && one.state !== "Z";
	const wrong: string[] = [];
	let count = 0;
	for (const { name, nth, fatal } of faults(made)) {
		const inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${name}`, "-e"];
		const { code, stdout, stderr } = await ns.command([...inject, `inject=${name}:error=EPERM:when=${nth}`, path]);
		const said = stderr.replace(/^strace: .*\n/gm, "");
		// Where the init was first to fail, there is no process to be started in its namespace any more.
		const follows = (line: string) => /^ns: cannot start the command's process: clone\(.*: ENOMEM$/.test(line);
		const lines = said.split("\n").filter((line) => line.startsWith("ns: ") && !follows(line));
		const named = lines.every((line) => /^ns: cannot .*: EPERM$/.test(line)) && said.includes(`${name}(`);
		const asExpected = fatal ? code === 125 && named && lines.length <= fatal : code === 3 && said === "";
		if (!asExpected || stdout !== "") wrong.push(`${name} ${nth}: ${fatal} fatal, exit code ${code}, ${said}${stdout}`);
		await until(`nothing is left after ${name} ${nth}`, () => !descendants(process.pid).some(isOurs));
		count++;
	}
	expect(wrong).toEqual([]);
	expect(count).toBeGreaterThan(10);
}

const withStrace = rows({ how: "source", needs: ["strace"], timeout: 120_000 });

withStrace("whichever call of the plan for all eight fails, it is named, and nothing is left", (ns) =>
	failEverywhere(ns, planFor(ns, [user(), ...eight()])),
);

withStrace("so it is without an init", (ns) =>
	failEverywhere(ns, planFor(ns, [user(), mount(), pid({ init: false }), uts({ hostname: "box" })])),
);

rows({ how: "source", needs: ["strace", "busybox"], timeout: 120_000 })(
	"so it is with a root, binds and a tmpfs",
	(ns) => {
		const root = busyboxTree(ns);
		const mounts = [
			{ type: "bind", source: "/usr", target: "/mnt", readOnly: true },
			{ type: "tmpfs", target: "/tmp" },
		] as const;
		return failEverywhere(ns, planFor(ns, [user(), pid(), mount({ root, mounts })]));
	},
);

rows({ how: "source", who: "root", needs: ["strace"], timeout: 120_000 })(
	"so it is with a helper that writes the maps",
	(ns) => {
		const one = [{ inside: 0, outside: 1001, size: 1 }];
		return failEverywhere(ns, planFor(ns, [user({ uids: one, gids: one }), pid(), mount()]));
	},
);
