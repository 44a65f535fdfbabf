import { expect } from "bun:test";
import { closeSync, openSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { mount, pid, sandbox, user } from "nskit";
import { everywhere, library, type Ns, type Running, rows } from "./harness.ts";
import { descendants, haveEnded, namespacesOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

const kinds = ["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"];
const files = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"];

/** Starts a command with all eight namespaces of its own that waits. Returns it and its process's id outside. */
async function startTarget(ns: Ns, ...options: string[]): Promise<[Running, number]> {
	const child = ns.startNs(["run", ...options, "--hostname", "target", "cat"]);
	const all = () => [child.pid, ...descendants(child.pid).map((one) => one.pid)];
	const isCat = (one: number) =>
		Bun.file(`/proc/${one}/comm`)
			.text()
			.then(
				(name) => name === "cat\n",
				() => false,
			);
	const command = await until("the target", async () => {
		for (const one of all()) if (await isCat(one)) return one;
		return undefined;
	});
	return [child, command];
}

async function end(child: Running): Promise<void> {
	await child.stdin.end();
	expect(await inTime("the end of the target", child.exited)).toBe(0);
}

/** The namespaces inside, in the order of `files`. */
const show = ["sh", "-c", 'for name; do readlink "/proc/self/ns/$name"; done', "sh", ...files];

/** As an ordinary user the namespace's owner has to be entered too. */
const owner = (ns: Ns, kind: string, target: number | string): string[] =>
	ns.who === "root" || kind === "user" ? [] : ["--join", `user:${target}`];

everywhere("each kind of namespace is joined by process id, and no other is changed", async (ns) => {
	const [child, target] = await startTarget(ns);
	const [inside, outside] = [namespacesOf(target), namespacesOf("self")];
	for (const [i, kind] of kinds.entries()) {
		// Only together are they of use: /proc is in one, and what it shows is the other.
		const also = kind === "pid" ? ["--join", `mount:${target}`] : kind === "mount" ? ["--join", `pid:${target}`] : [];
		const args = ["run", "--join", `${kind}:${target}`, ...owner(ns, kind, target), ...also, ...show];
		const lines = (await ns.output(args)).trim().split("\n");
		const expected = files.map((file, j) => {
			const joined = j === i || args.includes(`${kinds[j]}:${target}`);
			return joined ? inside[file] : outside[file];
		});
		expect([kind, lines]).toEqual([kind, expected as string[]]);
	}
	await end(child);
});

everywhere("all eight are joined at once", async (ns) => {
	const [child, target] = await startTarget(ns);
	const inside = namespacesOf(target);
	const joins = kinds.flatMap((kind) => ["--join", `${kind}:${target}`]);
	const lines = (await ns.output(["run", ...joins, ...show])).trim().split("\n");
	expect(lines).toEqual(files.map((file) => inside[file] ?? ""));
	const reversed = kinds.toReversed().flatMap((kind) => ["--join", `${kind}:${target}`]);
	expect(await ns.output(["run", ...reversed, "hostname"])).toBe("target\n");
	expect(await ns.output(["run", ...joins, "sh", "-c", "id -u; cat /proc/1/comm; exit"])).toBe("0\nns-init\n");
	expect((await ns.run(["run", ...joins, "sh", "-c", "kill -TERM $$"])).signal).toBe("SIGTERM");
	await end(child);
});

everywhere("a namespace is joined by path, by a link to it, and by descriptor", async (ns) => {
	const [child, target] = await startTarget(ns);
	const path = `/proc/${target}/ns/uts`;
	symlinkSync(path, join(ns.folder, "link"));
	for (const where of [path, join(ns.folder, "link"), "./link"]) {
		const args = ["run", ...owner(ns, "uts", target), "--join", `uts:${where}`, "hostname"];
		expect([where, await ns.output(args)]).toEqual([where, "target\n"]);
	}
	for (const fd of [3, 4, 9, 200]) {
		const [forUts, forUser] = [`exec ${fd}<${path}`, `exec ${fd + 1}</proc/${target}/ns/user`];
		const joins = ["--join", `uts:fd:${fd}`, ...(ns.who === "root" ? [] : ["--join", `user:fd:${fd + 1}`])];
		const args = ["run", ...joins, "sh", "-c", "hostname; ls /proc/self/fd"];
		const done = await ns.shell(`${forUts}; ${forUser}; exec "$@"`, { bash: true, args });
		expect(done).toMatchObject({ code: 0, stdout: "target\n0\n1\n2\n3\n", stderr: "" });
	}
	const fromInput = await ns.shell(`exec "$@" < /proc/${target}/ns/uts`, {
		args: ["run", ...owner(ns, "uts", target), "--join", "uts:fd:0", "hostname"],
	});
	expect(fromInput).toMatchObject({ code: 0, stdout: "target\n" });
	await end(child);
});

everywhere("joining and creating go together", async (ns) => {
	const [child, target] = await startTarget(ns);
	const [inside, outside] = [namespacesOf(target), namespacesOf("self")];
	const args = ["run", ...owner(ns, "net", target), "--join", `net:${target}`, "--uts", "--hostname", "mine"];
	const [name, ...lines] = (await ns.output([...args, "sh", "-c", `hostname; ${show[2]}`, "sh", ...files]))
		.trim()
		.split("\n");
	expect(name).toBe("mine");
	expect(lines[3]).toBe(inside.net ?? "");
	expect([inside.uts, outside.uts]).not.toContain(lines[5] ?? "");
	await end(child);
});

everywhere("what runs in a joined PID namespace ends with whoever started it", async (ns) => {
	const [child, target] = await startTarget(ns);
	const joins = ["user", "pid", "mount"].flatMap((kind) => ["--join", `${kind}:${target}`]);
	const inside = ns.startNs(["run", ...joins, "sleep", "1000"]);
	const sleep = await until("the sleep", () => descendants(inside.pid).find(({ name }) => name === "sleep"));
	inside.kill("SIGKILL");
	await inTime("the end", inside.exited);
	await until("the sleep is gone", () => haveEnded([sleep.pid]));
	await end(child);
});

rows({ needs: ["root"], who: "ordinary" })(
	"the namespaces of somebody else's process are not to be joined",
	async (ns) => {
		const { code, stdout, stderr } = await ns.run(["run", "--join", `net:${process.pid}`, "true"]);
		expect([code, stdout]).toEqual([125, ""]);
		expect(stderr).toContain(`openat(AT_FDCWD, "/proc/${process.pid}/ns/net", O_RDONLY|O_CLOEXEC): EACCES`);
		expect(stderr).toContain("hint: only who may trace a process may enter its namespaces");
	},
);

library("the library joins by process id, by path, and by descriptor", async () => {
	const target = await sandbox(user(), pid(), mount()).spawn(["cat"], { stdin: "pipe" });
	const cat = descendants(target.pid).find(({ name }) => name === "cat")?.pid ?? 0;
	const inside = namespacesOf(cat);
	const fd = openSync(`/proc/${cat}/ns/pid`, "r");
	for (const where of [cat, `/proc/${cat}/ns/pid`, { fd }]) {
		const box = sandbox(user({ join: cat }), mount({ join: cat }), pid({ join: where }));
		expect(box.spawnSync(["readlink", "/proc/self/ns/pid"]).stdout?.toString().trim()).toBe(inside.pid ?? "");
		const child = await box.spawn(["sh", "-c", "readlink /proc/self/ns/mnt; exit 4"]);
		expect([(await child.stdout.text()).trim(), await child.exited]).toEqual([inside.mnt ?? "", 4]);
	}
	closeSync(fd);
	await target.stdin.end();
	expect(await inTime("the end", target.exited)).toBe(0);
});
