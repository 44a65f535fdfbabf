import { expect } from "bun:test";
import { existsSync } from "node:fs";
import type { NamedState } from "nskit";
import { checkout } from "./checkout.ts";
import { everywhere, rows } from "./harness.ts";
import { onStage, type Stage } from "./named-stage.ts";
import { linkOf, namespacesOf, textOf } from "./outside.ts";
import { until } from "./waiting.ts";

const eight = ["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"];

async function created(stage: Stage, ...args: string[]): Promise<NamedState> {
	return JSON.parse(await stage.output("create", ...args, "--json")) as NamedState;
}

/** A command line that runs in all namespaces of a holder, as its root. */
const inside = (pid: number | undefined, ...argv: string[]) => [
	"nsenter",
	`--target=${pid}`,
	"--all",
	"--preserve-credentials",
	"--",
	...argv,
];

everywhere("all eight namespaces stay under a name, and go with it", (ns) =>
	onStage(ns, async (stage) => {
		const state = await created(stage, "box", "--hostname", "inside", "--boottime", "1000d");
		expect(Object.keys(state.namespaces)).toEqual(eight);
		const holder = state.holder?.pid ?? 0;
		const links = namespacesOf(holder);
		for (const [kind, { inode }] of Object.entries(state.namespaces)) {
			const file = kind === "mount" ? "mnt" : kind;
			expect(links[file]).toBe(`${file}:[${inode}]`);
			expect(links[file]).not.toBe(linkOf(`/proc/self/ns/${file}`));
		}
		const { stdout } = await stage.command(
			inside(holder, "sh", "-c", "hostname; id -u; ip -o link; cut -d. -f1 /proc/uptime"),
		);
		const [hostname, id, loopback = "", uptime] = stdout.trim().split("\n");
		expect([hostname, id]).toEqual(["inside", "0"]);
		expect(loopback).toContain("LOOPBACK,UP");
		expect(Number(uptime)).toBeGreaterThan(1000 * 86400);
		expect(await stage.output("remove", "box")).toBe("");
		await stage.expectNothing();
	}),
);

everywhere("the holder is small, holds nothing, and is called by its name", (ns) =>
	onStage(ns, async (stage) => {
		const { holder } = await created(stage, "a-name", "--pid", "--uts");
		const pid = holder?.pid ?? 0;
		const status = textOf(`/proc/${pid}/status`);
		const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1];
		expect([field("Name"), field("NSpid")?.split(/\s+/).at(-1)]).toEqual(["ns: a-name", "1"]);
		expect(textOf(`/proc/${pid}/cmdline`)).toBe("ns: a-name\0");
		expect(Number.parseInt(field("VmRSS") ?? "", 10)).toBeLessThan(64);
		// Its session is its own, nothing is open, nothing of its memory is for others, and it is in nobody's way.
		const held = async () => (await stage.shell(`ls /proc/${pid}/fd; readlink /proc/${pid}/cwd`)) === "/\n";
		await until("a holder that holds nothing", held);
		expect(textOf(`/proc/${pid}/stat`).split(") ")[1]?.split(" ")[3]).toBe(String(pid));
		expect(textOf(`/proc/${pid}/environ`)).toBe("");
		// It hears nothing, and reaps what others leave behind.
		for (const signal of ["TERM", "HUP", "INT", "USR1"]) process.kill(pid, `SIG${signal}`);
		await stage.command(inside(pid, "sh", "-c", "(sleep 0 &) ; true"));
		await until("no child", () => textOf(`/proc/${pid}/task/${pid}/children`) === "");
		await stage.output("remove", "a-name");
		await stage.expectNothing();
	}),
);

rows({ who: "root", needs: ["ip"] })("root's namespaces stay without a process, and ip netns knows them", (ns) =>
	onStage(ns, async (stage) => {
		const state = await created(stage, "web", "--net", "--uts", "--hostname", "web");
		expect(state.holder).toBeUndefined();
		expect(stage.holders()).toEqual([]);
		expect(
			await stage.shell("ip netns list; ip netns exec web ip -o link; nsenter --uts=/run/nskit/web/uts hostname"),
		).toMatch(/^web.*\n1: lo: <LOOPBACK,UP.*\nweb\n$/s);
		expect(await stage.shell("stat -Lc %i /run/netns/web")).toBe(`${state.namespaces.net?.inode}\n`);
		await stage.output("remove", "web");
		await stage.expectNothing();
		// A name that ip has is taken, and stays ip's.
		await stage.shell("ip netns add taken");
		const { code, stderr } = await stage.run("create", "taken", "--net");
		expect([code, stderr]).toEqual([
			125,
			"ns: there is a network namespace taken in /run/netns already\nhint: choose another name, or: ip netns delete taken\n",
		]);
		expect(await stage.shell("ls -d /run/nskit 2>&1 | grep -c 'No such'")).toBe("1\n");
		await stage.output("create", "taken", "--uts");
		await stage.output("remove", "taken");
		expect(await stage.shell("ip netns list; ls /run/nskit 2>&1 | grep -c taken; ip netns delete taken")).toBe(
			"taken\n0\n",
		);
		await stage.expectNothing();
	}),
);

everywhere("a name is taken once, also by many at a time", (ns) =>
	onStage(ns, async (stage) => {
		const all = await Promise.all(Array.from({ length: 5 }, () => stage.run("create", "one", "--uts", "--ipc")));
		expect(all.map(({ code }) => code).toSorted()).toEqual([0, 125, 125, 125, 125]);
		for (const { code, stderr } of all) if (code !== 0) expect(stderr).toStartWith("ns: one is taken: ");
		const again = await stage.run("create", "one", "--net");
		expect([again.code, again.stderr]).toEqual([
			125,
			`ns: one is taken: ${stage.place}/one is there already\nhint: choose another name, or remove it\n`,
		]);
		expect(stage.holders().length).toBe(ns.who === "root" ? 0 : 1);
		await stage.output("remove", "one");
		await stage.expectNothing();
	}),
);

everywhere("everything that is wrong with a command line is said at once, and nothing is made", (ns) =>
	onStage(ns, async (stage) => {
		const { code, stderr } = await stage.run("create", "../x", "--nice", "3", "--join", "nope:1", "more");
		expect(code).toBe(125);
		expect(stderr).toContain("unknown option --nice\nhint: it is about a command: give it to ns enter");
		for (const part of ['"../x" cannot be a name', '"3"', "nope"]) expect(stderr).toContain(part);
		expect((await stage.run("create")).stderr).toContain("create needs a name");
		expect((await stage.run("remove")).stderr).toContain("remove needs a name");
		expect((await stage.run("remove", "a/b", "..", "--grace", "soon")).stderr.match(/^ns: /gm)).toHaveLength(3);
		await stage.expectNothing();
	}),
);

everywhere("a step that fails is told, and leaves nothing", (ns) =>
	onStage(ns, async (stage) => {
		const { code, stderr } = await stage.run("create", "bad", "--mount", "--root", "/no/such");
		expect(code).toBe(125);
		expect(stderr).toContain("/no/such");
		await stage.expectNothing();
	}),
);

everywhere("joined namespaces are kept with made ones, and who else is in them is left alone", (ns) =>
	onStage(ns, async (stage) => {
		const first = await created(stage, "first", "--user", "--net");
		const from = first.namespaces.net?.file ?? `/proc/${first.holder?.pid}/ns/net`;
		const owner = first.namespaces.user?.file ?? `/proc/${first.holder?.pid}/ns/user`;
		const second = await created(stage, "second", "--join", `net:${from}`, "--join", `user:${owner}`, "--uts");
		expect(second.namespaces.net).toMatchObject({ inode: first.namespaces.net?.inode ?? 0, joined: true });
		await stage.output("remove", "second", "--force");
		expect(await stage.output("remove", "first")).toBe("");
		await stage.expectNothing();
	}),
);

everywhere("what is inside a PID namespace has a time to end, and then is ended", (ns) =>
	onStage(ns, async (stage) => {
		const { holder } = await created(stage, "busy");
		const loop = "echo up; while :; do sleep 0.05; done";
		const polite = await stage.upAndRunning(inside(holder?.pid, "sh", "-c", `trap "echo bye; exit" TERM; ${loop}`));
		const stubborn = await stage.upAndRunning(inside(holder?.pid, "sh", "-c", `trap "" TERM; ${loop}`));
		await stage.output("remove", "busy", "--grace", "500ms");
		expect(await polite.rest()).toBe("bye\n");
		expect(await stubborn.rest()).toBe("");
		await Promise.all([polite.child.exited, stubborn.child.exited]);
		await stage.expectNothing();
	}),
);

everywhere("processes that have only joined are named, and ended by force alone", (ns) =>
	onStage(ns, async (stage) => {
		const { holder, namespaces } = await created(stage, "used", "--user", "--net");
		const at = (kind: "net" | "user") => `--${kind}=${namespaces[kind]?.file ?? `/proc/${holder?.pid}/ns/${kind}`}`;
		const guest = stage.start(["nsenter", at("user"), at("net"), "--preserve-credentials", "sleep", "1000"]);
		await until("the guest", () => textOf(`/proc/${guest.pid}/cmdline`).startsWith("sleep"));
		const refused = await stage.run("remove", "used");
		expect([refused.code, refused.stderr]).toEqual([
			125,
			`ns: used is still used by process ${guest.pid} (sleep 1000; user, net)\nhint: --force ends them, or end them yourself\n`,
		]);
		expect(guest.exitCode).toBeNull();
		await stage.output("remove", "used", "--force");
		await guest.exited;
		await stage.expectNothing();
	}),
);

everywhere("several names go at once, and what is not there is told for each", (ns) =>
	onStage(ns, async (stage) => {
		for (const name of ["a", "b", "c"]) await stage.output("create", name, "--uts");
		const { code, stderr } = await stage.run("remove", "a", "nope", "b", "neither");
		expect(code).toBe(0);
		expect(stderr).toBe("ns: warning: nothing is called nope\nns: warning: nothing is called neither\n");
		expect(JSON.parse(await stage.output("remove", "--all", "--json"))).toEqual({
			version: 1,
			names: ["c"],
			notices: [],
		});
		await stage.expectNothing();
		const typo = JSON.parse((await stage.run("remove", "a", "--json")).stdout);
		expect(typo).toEqual({ version: 1, names: [], notices: ["nothing is called a"] });
		expect(JSON.parse(await stage.output("remove", "--all", "--json"))).toEqual({ version: 1, names: [], notices: [] });
	}),
);

rows({ how: "source", who: "root", needs: ["python3"] })("a socket that keeps a removed network is named", (ns) =>
	onStage(ns, async (stage) => {
		const { namespaces } = await created(stage, "net-1", "--net");
		const script = [
			"import ctypes, os, socket, sys, time",
			"home, other = os.open('/proc/self/ns/net', 0), os.open(sys.argv[1], 0)",
			"setns = ctypes.CDLL(None).setns",
			"assert setns(other, 0) == 0; held = socket.socket(); assert setns(home, 0) == 0",
			"os.close(home); os.close(other); print('up', flush=True); time.sleep(1000)",
		].join("\n");
		const { child } = await stage.upAndRunning(["python3", "-c", script, namespaces.net?.file ?? ""]);
		const { code, stderr } = await stage.run("remove", "net-1");
		expect(code).toBe(0);
		expect(stderr).toMatch(/^ns: warning: net:\[\d+\] is kept by socket \d+ of process \d+ \(python3 -c import.*\)\n$/);
		expect(stderr).toContain(`net:[${namespaces.net?.inode}] is kept by socket`);
		expect(stderr).toContain(`of process ${child.pid} (`);
		await stage.expectNothing();
	}),
);

everywhere("a descriptor that keeps a removed namespace is named", (ns) =>
	onStage(ns, async (stage) => {
		const { holder, namespaces } = await created(stage, "held", "--user", "--uts");
		const file = namespaces.uts?.file ?? `/proc/${holder?.pid}/ns/uts`;
		const { child: keeper } = await stage.upAndRunning(["sh", "-c", 'exec 7<"$0"; echo up; exec sleep 1000', file]);
		const { code, stderr } = await stage.run("remove", "held");
		expect([code, stderr]).toEqual([
			0,
			`ns: warning: uts:[${namespaces.uts?.inode}] is kept by descriptor 7 of process ${keeper.pid} (sleep 1000)\n`,
		]);
		await stage.expectNothing();
	}),
);

rows({ who: "root", how: "source" })("a descriptor on a file system that has ended is in nobody's way", (ns) =>
	onStage(ns, async (stage) => {
		await stage.output("create", "web", "--uts");
		const held =
			'const { openSync, closeSync } = require("node:fs"); openSync("gone", 0o10000000); closeSync(5); console.log("up"); setInterval(() => {}, 1_000_000);';
		const script = `cd "$0" && mkdir gone && exec 5<>/dev/fuse && mount -i -t fuse -o fd=5,rootmode=40000,user_id=0,group_id=0 none gone && exec "$1" -e '${held}'`;
		if (existsSync("/dev/fuse"))
			await stage.upAndRunning(["unshare", "--mount", "sh", "-c", script, ns.folder, checkout().bun]);
		expect(await stage.run("remove", "web")).toMatchObject({ code: 0, stderr: "" });
		await stage.expectNothing();
	}),
);
