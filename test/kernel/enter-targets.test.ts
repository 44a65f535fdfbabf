import { expect } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sandbox, user, uts } from "nskit";
import { openContainer } from "../../src/targets/containers.ts";
import { busyboxTree } from "./busybox.ts";
import { everywhere, library, type Ns, type Running, rows } from "./harness.ts";
import { descendants, namespacesOf, textOf } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

async function startTarget(ns: Ns, ...options: string[]): Promise<[Running, number]> {
	const child = ns.startNs(["run", ...options, "--hostname", "target", "cat"]);
	const isCat = (pid: number) => textOf(`/proc/${pid}/comm`) === "cat\n";
	const all = () => [child.pid, ...descendants(child.pid).map(({ pid }) => pid)];
	return [child, await until("the target", () => all().find(isCat))];
}

async function end(child: Running): Promise<void> {
	await child.stdin.end();
	expect(await inTime("the end of the target", child.exited)).toBe(0);
}

const failure = (text: string) => ({ code: 125, stdout: "", stderr: expect.stringContaining(text) });

everywhere("a thread and a process that has ended are no targets, and a stopped one is", async (ns) => {
	const thread = readdirSync("/proc/self/task").find((one) => one !== String(process.pid)) ?? "";
	const ofThread = await ns.run(["enter", thread, "true"]);
	expect(ofThread).toEqual({ ...failure(`process ${thread} is a thread of process ${process.pid}`), signal: null });
	expect(ofThread.stderr).toContain(`hint: name the process: ${process.pid}\n`);

	const parent = ns.start(["sh", "-c", "true & exec sleep 1000"]);
	const zombie = await until("a zombie", () =>
		descendants(parent.pid).find(({ pid }) => /^State:\tZ/m.test(textOf(`/proc/${pid}/status`))),
	);
	expect(await ns.run(["enter", `${zombie.pid}`, "true"])).toMatchObject(failure("has ended (ESRCH)"));

	const [child, target] = await startTarget(ns, "--all");
	process.kill(target, "SIGSTOP");
	expect(await ns.output(["enter", `${target}`, "hostname"])).toBe("target\n");
	process.kill(target, "SIGCONT");
	await end(child);
});

everywhere("where nothing is entered, that is said", async (ns) => {
	const sleeping = ns.start(["sleep", "1000"]);
	for (const words of [[`${sleeping.pid}`], [`${sleeping.pid}`, "--uts"], ["/proc/self/ns/net"]]) {
		const { code, stdout, stderr } = await ns.run(["enter", ...words, "echo", "here"]);
		expect([code, stdout, stderr]).toEqual([0, "here\n", expect.stringContaining("none is entered")]);
	}
});

rows({ who: "ordinary", needs: ["root"] })("who may enter a process of somebody else's is said", async (ns) => {
	const { code, stderr } = await ns.run(["enter", `${process.pid}`, "true"]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("may not be looked at")]);
	expect(stderr).toContain("it belongs to the user id 0: enter as that user, or as root");
});

everywhere("a PID namespace without its PID 1 and a closed descriptor are explained", async (ns) => {
	const [child, target] = await startTarget(ns, "--all");
	const owner = ns.who === "root" ? "" : "--join user:fd:8";
	const script = `exec 8</proc/${target}/ns/user 9</proc/${target}/ns/pid; echo open; read _; exec "$@" run ${owner} --join pid:fd:9 true`;
	const late = ns.start(["sh", "-c", script, "sh", ...ns.program]);
	await new Transcript(late.stdout).has("open\n");
	await end(child);
	late.stdin.write("\n");
	await late.stdin.end();
	const [code, stderr] = await Promise.all([late.exited, late.stderr.text()]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("ENOMEM")]);
	expect(stderr).toContain("the PID namespace that was joined has ended with its PID 1");
	expect(await ns.run(["run", "--join", "uts:pidfd:77", "true"])).toMatchObject(failure("there is no descriptor 77"));
});

everywhere("who enters where everybody may trace is refused", async (ns) => {
	const [child, target] = await startTarget(ns, "--user", "--uts");
	const setting = join(ns.folder, "setting");
	writeFileSync(setting, "1\n");
	const outer = ["run", "--user", "--mount", "--bind", `${setting}:/proc/sys/fs/suid_dumpable`, "--", ...ns.program];
	for (const words of [
		["enter", `${target}`],
		["run", "--join", `user:${target}`],
	])
		expect(await ns.run([...outer, ...words, "true"])).toMatchObject({ code: 125, stdout: "" });
	const refused = await ns.run([...outer, "run", "--join", `user:${target}`, "true"]);
	expect(refused.stderr).toContain("fs.suid_dumpable is 1");
	writeFileSync(setting, "2\n");
	expect((await ns.run([...outer, "run", "--join", `user:${target}`, "true"])).stderr).not.toContain("suid_dumpable");
	await end(child);
});

everywhere("a parent user namespace, a socket's network, and the caller's credentials", async (ns) => {
	const script = "const s = await Bun.udpSocket({}); console.log('up'); await Bun.stdin.text(); s.close();";
	const child = ns.startNs(["run", "--user", "--net", "--map", "self", process.execPath, "-e", script]);
	await new Transcript(child.stdout).has("up\n");
	const { net = "", user: owner = "" } = namespacesOf(child.pid);
	const show = ["sh", "-c", "readlink /proc/self/ns/net /proc/self/ns/user; id -u"];
	const file = `/proc/${child.pid}/ns/net`;
	const { uid } = ns.account;
	const parent = await ns.run(["enter", file, "--user-parent", "--preserve-credentials", ...show]);
	expect(parent).toMatchObject({ code: 0, stdout: `${net}\n${owner}\n${uid}\n` });
	const kept = await ns.output(["enter", `${child.pid}`, "--preserve-credentials", ...show]);
	expect(kept).toBe(`${net}\n${owner}\n${uid}\n`);
	const folder = `/proc/${child.pid}/fd`;
	const socket = readdirSync(folder).find((fd) => Number(fd) > 2 && linkIn(folder, fd).startsWith("socket:")) ?? "";
	const bySocket = ["enter", `${child.pid}`, "--net-socket", socket, "--user", "--preserve-credentials"];
	expect(await ns.output([...bySocket, ...show])).toBe(`${net}\n${owner}\n${uid}\n`);
	expect(await ns.run(["enter", `${child.pid}`, "--net-socket", "999", "true"])).toMatchObject({ code: 125 });
	await child.stdin.end();
	await inTime("the end of the target", child.exited);
});

const linkIn = (folder: string, name: string): string => {
	const read = Bun.spawnSync(["readlink", `${folder}/${name}`]);
	return read.stdout.toString();
};

rows({ who: "root" })("a network of ip netns is joined by its path and by its name", async (ns) => {
	const name = `join-${ns.how}-${process.pid}`;
	const ip = (...words: string[]) => expect(Bun.spawnSync(["ip", "netns", ...words]).exitCode).toBe(0);
	ip("add", name);
	try {
		const seen: string[] = [];
		for (const words of [
			["run", "--join", `net:/run/netns/${name}`],
			["run", "--join", `net:${name}`],
			["run", "--join", name],
			["enter", name],
			["enter", `/run/netns/${name}`],
		])
			seen.push(await ns.output([...words, "readlink", "/proc/self/ns/net"]));
		expect(new Set(seen).size).toBe(1);
		expect(seen[0]).not.toBe(`${namespacesOf("self").net}\n`);
	} finally {
		ip("delete", name);
	}
});

rows({ who: "root" })("groups of root's do not get into a user namespace that is entered", async (ns) => {
	const [child, target] = await startTarget(ns, "--user", "--uts");
	const line = [
		"setpriv",
		"--groups",
		"4,24",
		...ns.program,
		"enter",
		`${target}`,
		"grep",
		"^Groups",
		"/proc/self/status",
	];
	const { code, stdout } = await ns.command(line);
	expect([code, stdout.trim()]).toEqual([0, "Groups:"]);
	await end(child);
});

const hierarchies = ["cpu", "freezer", "pids", "unified"].filter((name) =>
	textOf(`/sys/fs/cgroup/${name}/cgroup.procs`),
);

rows({ who: "root" })("the control groups of the target are taken, of version 1 and of version 2", async (ns) => {
	const [child, target] = await startTarget(ns, "--user", "--uts");
	const groups = hierarchies.map((name) => `/sys/fs/cgroup/${name}/enter-${ns.how}-${process.pid}`);
	try {
		for (const group of groups) {
			mkdirSync(group);
			writeFileSync(`${group}/cgroup.procs`, String(target));
		}
		expect(groups.length).toBeGreaterThan(0);
		const inside = await ns.output(["enter", `${target}`, "--join-cgroup", "cat", "/proc/self/cgroup"]);
		expect(inside).toBe(textOf(`/proc/${target}/cgroup`));
		expect(await ns.output(["enter", `${target}`, "cat", "/proc/self/cgroup"])).toBe(textOf("/proc/self/cgroup"));
	} finally {
		await end(child);
		for (const group of groups) await until("an empty group", () => Bun.spawnSync(["rmdir", group]).success);
	}
});

rows({ who: "ordinary", needs: ["root"] })(
	"a control group that is not the caller's is refused, with the way out",
	async (ns) => {
		const [child, target] = await startTarget(ns, "--user", "--uts");
		const group = `/sys/fs/cgroup/${hierarchies[0]}/refused-${ns.how}-${process.pid}`;
		try {
			mkdirSync(group);
			writeFileSync(`${group}/cgroup.procs`, String(target));
			const { code, stderr } = await ns.run(["enter", `${target}`, "--join-cgroup", "true"]);
			expect([code, stderr]).toEqual([125, expect.stringContaining(`cannot enter the control group of ${group}`)]);
			expect(stderr).toContain("EACCES\nhint: the group is not delegated to the caller");
		} finally {
			await end(child);
			await until("an empty group", () => Bun.spawnSync(["rmdir", group]).success);
		}
	},
);

everywhere("a name whose process was killed is refused, and cleaned away", async (ns) => {
	const name = `killed-${ns.how}-${ns.who}-${process.pid}`;
	await ns.output(["create", name, "--pid", "--uts"]);
	const title = `ns: ${name}\0`;
	const isHolder = (pid: string) => /^\d+$/.test(pid) && textOf(`/proc/${pid}/cmdline`) === title;
	const holder = Number(readdirSync("/proc").find(isHolder));
	process.kill(holder, "SIGKILL");
	await until("the end of the holder", () => textOf(`/proc/${holder}/cmdline`) === "");
	const { code, stderr } = await ns.run(["enter", name, "true"]);
	expect([code, stderr]).toEqual([125, expect.stringMatching(/has ended.*has been cleaned away/)]);
	expect(await ns.run(["enter", name, "true"])).toMatchObject(failure(`nothing is called "${name}"`));
});

everywhere("a name is kept in a profile, and entered by it", async (ns) => {
	const name = `saved-${ns.how}-${ns.who}-${process.pid}`;
	await ns.output(["create", name, "--uts", "--hostname", "kept"]);
	try {
		await ns.output(["plan", "--join", name, "--save", "a.toml", "--", "hostname"]);
		expect(readFileSync(join(ns.folder, "a.toml"), "utf8")).toContain(`[uts]\njoin = "${name}"\n`);
		expect(await ns.output(["run", "--profile", "a.toml"])).toBe("kept\n");
		expect(await ns.output(["plan", "--profile", "a.toml"])).toContain("CLONE_NEWUTS");
	} finally {
		await ns.output(["remove", name]);
	}
	expect(await ns.run(["run", "--profile", "a.toml"])).toMatchObject(failure(`nothing is called "${name}"`));
	const opened = await ns.run(["plan", "--join", "uts:fd:0", "--join", "fd:0", "--save", "b.toml", "true"]);
	expect(opened).toMatchObject(failure("a profile holds nothing that is open"));
});

rows({ who: "root", needs: ["runc"] })("a container of runc's is entered", async (ns) => {
	const id = `enter-${ns.how}-${process.pid}`;
	const bundle = ns.directory("bundle");
	busyboxTree(ns, "bundle/rootfs");
	const state = ns.directory("run/runc");
	const runc = (...words: string[]) =>
		Bun.spawnSync(["runc", "--root", state, ...words], { cwd: bundle, stdio: ["ignore", "ignore", "ignore"] });
	expect(runc("spec").exitCode).toBe(0);
	const config = JSON.parse(readFileSync(`${bundle}/config.json`, "utf8"));
	config.hostname = "contained";
	const script = "busybox mkfifo /dev/shm/f; read _ </dev/shm/f";
	Object.assign(config.process, { terminal: false, args: ["sh", "-c", script] });
	writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
	try {
		expect(runc("run", "--detach", id).exitCode).toBe(0);
		const enter = (...words: string[]) =>
			ns.run(["enter", `runc:${id}`, ...words], { env: { XDG_RUNTIME_DIR: join(ns.folder, "run") } });
		expect(await enter("hostname")).toMatchObject({ code: 0, stdout: "contained\n" });
		expect(await enter("--all", "sh", "-c", "hostname; echo /*; cat /proc/1/comm")).toMatchObject({
			code: 0,
			stdout: "contained\n/bin /dev /etc /mnt /proc /sys /tmp\nsh\n",
		});
	} finally {
		runc("delete", "--force", id);
	}
});

library("containers of other makers are found where these keep them, and only the very process", async () => {
	const target = await sandbox(user(), uts({ hostname: "c" })).spawn(["cat"], { stdin: "pipe" });
	const { pid } = target;
	const start = Number(textOf(`/proc/${pid}/stat`).split(") ")[1]?.split(" ")[19]);
	const below = `/tmp/nskit-enter-${process.pid}`;
	const runc = (time: number) => JSON.stringify({ init_process_pid: pid, init_process_start: time });
	const write = (path: string, text: string) => {
		mkdirSync(dirname(`${below}${path}`), { recursive: true });
		writeFileSync(`${below}${path}`, text, { mode: 0o600 });
	};
	try {
		const id = "0123456789ab";
		const storage = "containers/storage/overlay-containers";
		write(`/run/docker/runtime-runc/moby/${id}/state.json`, runc(start));
		write(`/var/lib/docker/containers/${id}/config.v2.json`, JSON.stringify({ ID: id, Name: "/web" }));
		write("/run/containerd/io.containerd.runtime.v2.task/k8s.io/pod/init.pid", `${pid}`);
		write(`/run/${storage}/${id}/userdata/pidfile`, `${pid}\n`);
		write(`/var/lib/${storage}/containers.json`, JSON.stringify([{ id, names: ["web"] }]));
		write("/sys/fs/cgroup/lxc.payload.box/cgroup.procs", `${pid}\n`);
		write("/run/systemd/machines/box", `NAME=box\nLEADER=${pid}\n`);
		for (const [maker, name] of [
			["docker", id],
			["docker", "0123"],
			["docker", "web"],
			["containerd", "pod"],
			["containerd", "k8s.io/pod"],
			["podman", id],
			["podman", "web"],
			["lxc", "box"],
			["machine", "box"],
		] as const) {
			const open = openContainer(maker, name, below);
			expect([maker, name, open.pid, open.namespaces.uts?.inode]).toEqual([
				...[maker, name, pid],
				Number(/\d+/.exec(namespacesOf(pid).uts ?? "")?.[0]),
			]);
			open.close();
		}
		// The number is that of another process by now.
		write(`/run/docker/runtime-runc/moby/${id}/state.json`, runc(start - 1));
		expect(() => openContainer("docker", id, below)).toThrow("TARGET_CHANGED");
		write("/run/systemd/machines/box", `LEADER=${pid}\nLEADER_PIDFDID=7\n`);
		expect(() => openContainer("machine", "box", below)).toThrow("TARGET_CHANGED");
		expect(() => openContainer("podman", "none", below)).toThrow("TARGET_MISSING");
	} finally {
		Bun.spawnSync(["rm", "-r", below]);
		await target.stdin.end();
		await target.exited;
	}
});
