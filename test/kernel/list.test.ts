/** `ns list` and the survey behind it, on namespaces of every kind and kept in every way. */
import { expect } from "bun:test";
import { closeSync, openSync, statSync } from "node:fs";
import { namespaceInfo, namespaceKinds } from "../../src/plan/namespaces.ts";
import { surveyMachine } from "../../src/surveyor/survey.ts";
import { inTime, library, type Ns, quoted, type Running, rows, until } from "./harness.ts";
import { linkOf, namespacesOf, processInfo } from "./outside.ts";

/** A row of `ns list --json`. */
interface Listed {
	readonly ns: number;
	readonly type: string;
	readonly [column: string]: unknown;
}

async function list(ns: Ns, args: readonly string[] = []): Promise<Listed[]> {
	const { code, stdout, stderr } = await ns.run(["list", "--json", ...args]);
	expect({ code, stderr: stderr.replace(/^ns: warning: .* could not be read, for want of rights\n/, "") }).toEqual({
		code: 0,
		stderr: "",
	});
	return JSON.parse(stdout).namespaces;
}

const inodeIn = (link: string): number => Number(/\[(\d+)\]$/.exec(link)?.[1] ?? 0);
const inodeOf = (pid: number, file: string): number => inodeIn(linkOf(`/proc/${pid}/ns/${file}`));

/** Waits until the command behind a launcher sleeps in namespaces of its own, and gives its process. */
async function sleeping(child: Running): Promise<number> {
	const line = await inTime("a sleeping command", child.stdout.getReader().read());
	const pid = Number(new TextDecoder().decode(line.value).trim());
	await until("a sleeping command", () => processInfo(pid)?.name === "sleep");
	return pid;
}

/** Says its process id, which has to be one of the outermost PID namespace, and sleeps. */
const sleeper = ["sh", "-c", "read -r pid rest < /proc/self/stat; echo $pid; exec sleep 60"];
const root = rows({ who: "root", needs: ["unshare", "nsenter", "ip"] });

root("every kind, with owner and counts, as lsns(8) tells them", async (ns) => {
	const kinds = namespaceKinds.filter((kind) => kind !== "pid").map((kind) => `--${kind}`);
	const pid = await sleeping(ns.startNs(["run", ...kinds, "--", ...sleeper]));
	const own = namespacesOf(pid);
	const found = await list(ns);
	const columns = "NS,TYPE,NPROCS,PID,PPID,COMMAND,UID,USER,NETNSID,PNS,ONS";
	// It gives up when a process ends under its eyes.
	const lsns = await until("lsns to get through", async () => {
		const { code, stdout } = await ns.command(["lsns", "--json", "--output", columns]);
		return code === 0 && stdout !== "" ? (JSON.parse(stdout).namespaces as Listed[]) : undefined;
	});
	for (const kind of namespaceKinds.filter((one) => one !== "pid")) {
		const inode = inodeIn(own[namespaceInfo(kind).file] ?? "");
		const row = found.find((one) => one.ns === inode);
		const user = inodeIn(own.user ?? "");
		const above = inodeOf(process.pid, "user");
		expect(row).toMatchObject({ type: kind, nprocs: 1, pid, command: "sleep 60", uid: 0, held: [], name: [] });
		expect(row?.ons).toBe(kind === "user" ? above : user);
		expect(row?.owner).toBe(kind === "user" ? "root" : null);
		const same = lsns.find((one) => one.ns === inode);
		for (const key of ["nprocs", "pid", "ppid", "command", "uid", "user", "ons"])
			expect({ kind, [key]: row?.[key] }).toEqual({ kind, [key]: same?.[key] });
	}
});

root("a PID namespace with what it is nested in, and whose children will be in it", async (ns) => {
	const child = ns.start(["unshare", "--pid", "--fork", "--kill-child", ...sleeper]);
	const pid = await sleeping(child);
	const row = (await list(ns, ["--type", "pid"])).find(({ ns: inode }) => inode === inodeOf(pid, "pid"));
	expect(row).toMatchObject({ nprocs: 1, pid, ppid: child.pid, pns: inodeOf(process.pid, "pid") });
	expect(row?.held).toEqual([`children of ${child.pid}`]);
});

root("one that only a descriptor holds", async (ns) => {
	const child = ns.start(["unshare", "--uts", ...sleeper]);
	const pid = await sleeping(child);
	const inode = inodeOf(pid, "uts");
	const fd = openSync(`/proc/${pid}/ns/uts`, "r");
	try {
		child.kill("SIGKILL");
		await child.exited;
		const row = (await list(ns, ["--persistent"])).find((one) => one.ns === inode);
		const held = [`descriptor ${fd} of ${process.pid}`];
		expect(row).toMatchObject({ type: "uts", nprocs: 0, pid: null, held, ons: inodeOf(process.pid, "user") });
		expect(row?.path).toBe(`/proc/${process.pid}/fd/${fd}`);
	} finally {
		closeSync(fd);
	}
	// Its number may be another's by now.
	expect(await list(ns, ["-Q", `HELD == "descriptor ${fd} of ${process.pid}"`])).toEqual([]);
});

root("one that only a socket holds", async (ns) => {
	const outside = `/proc/${process.pid}/ns/net`;
	const say = "readlink /proc/self/ns/net; read -r pid rest < /proc/self/stat; echo $pid";
	const inside = `${say}; exec 5<>/dev/udp/127.0.0.1/9; exec nsenter --net=${outside} sh -c 'echo ready; exec sleep 60'`;
	const child = ns.startNs(["run", "--net", "--", "bash", "-c", inside]);
	const output: string[] = [];
	const reader = child.stdout.getReader();
	await until("a socket without its network", async () => {
		output.push(new TextDecoder().decode((await reader.read()).value));
		return output.join("").includes("ready");
	});
	const [link = "", pid = ""] = output.join("").split("\n");
	const row = (await list(ns, ["--type", "net"])).find((one) => one.ns === inodeIn(link));
	expect(row).toMatchObject({ nprocs: 0, held: [`socket 5 of ${pid}`], ons: inodeOf(process.pid, "user") });
});

root("one that is only mounted, here by its name and there by its process", async (ns) => {
	const script = `mount -t tmpfs none /run && mkdir /run/netns && touch /run/netns/blue '/run/a b' &&
		unshare --net=/run/netns/blue true && unshare --uts='/run/a b' true && exec "$@"`;
	const inside = ["unshare", "--mount", "sh", "-c", script, "sh"];
	const { stdout } = await ns.command([...inside, ...ns.program, "list", "--json", "--persistent"]);
	const { namespaces } = JSON.parse(stdout) as { namespaces: Listed[] };
	const user = inodeOf(process.pid, "user");
	const blue = namespaces.find(({ nsfs }) => (nsfs as string[]).includes("/run/netns/blue"));
	expect(blue).toMatchObject({ type: "net", name: ["blue"], path: "/run/netns/blue", ons: user, nprocs: 0 });
	expect(namespaces).toContainEqual(expect.objectContaining({ type: "uts", nsfs: ["/run/a b"], ons: user, name: [] }));

	const pid = await sleeping(ns.start([...inside, ...sleeper]));
	const found = (await list(ns, ["-Q", `HELD =~ " of ${pid}$"`])).map(({ type, held, name, ons, path }) => {
		return { type, held, name, ons, path };
	});
	// What others call theirs is no name here.
	expect(found).toEqual([
		{ ...{ type: "net", held: [`mount /run/netns/blue of ${pid}`] }, ...other(pid, "/run/netns/blue", user) },
		{ ...{ type: "uts", held: [`mount /run/a b of ${pid}`] }, ...other(pid, "/run/a b", user) },
	]);
});

const other = (pid: number, path: string, ons: number) => ({ name: [], ons, path: `/proc/${pid}/root${path}` });

root("a user namespace that nobody is in and that owns another", async (ns) => {
	// The command makes a network in its user namespace, and leaves that for one below it.
	const child = ns.start(["unshare", "--user", "--map-root-user", "--net", "unshare", "--user", ...sleeper]);
	const pid = await sleeping(child);
	const all = await list(ns, ["--type", "user"]);
	const own = all.find((one) => one.ns === inodeOf(pid, "user"));
	const between = all.find((one) => one.ns === own?.pns);
	expect(between).toMatchObject({ nprocs: 0, held: [], pns: inodeOf(process.pid, "user"), owner: "root" });
	expect(between?.usedby).toContain("below it");
	const network = (await list(ns, ["--type", "net"])).find((one) => one.ns === inodeOf(pid, "net"));
	expect(network?.ons).toBe(between?.ns);
});

root("the id of a network", async (ns) => {
	const script = `mount -t tmpfs none /run && ip netns add blue && ip netns set blue auto && ip netns && exec "$@"`;
	const options = ["list", "blue", "--raw", "--noheadings", "--output", "TYPE,NETNSID,NAME"];
	const { stdout, code } = await ns.command([
		"unshare",
		"--mount",
		"sh",
		"-c",
		script,
		"sh",
		...ns.program,
		...options,
	]);
	const [, id = ""] = /^blue \(id: (\d+)\)$/m.exec(stdout) ?? [];
	expect({ code, stdout }).toEqual({ code: 0, stdout: `blue (id: ${id})\nnet\t${id}\tblue\n` });
});

root("the processes of one namespace, and the namespaces of one process", async (ns) => {
	const pid = await sleeping(ns.start(["unshare", "--uts", ...sleeper]));
	const uts = inodeOf(pid, "uts");
	const processes = await ns.run(["list", String(uts), "--noheadings", "--raw"]);
	expect(processes.stdout).toMatch(new RegExp(`^${pid}\t\\d+\troot\tsleep 60\n$`));
	expect((await ns.run(["list", `/proc/${pid}/ns/uts`, "--json"])).stdout).toContain(`"pid": ${pid}`);
	expect((await list(ns, [String(pid), "-o", "ns,type"])).length).toBe(8);
	expect(await list(ns, [String(pid), "-o", "ns,type", "-Q", "NPROCS == 1"])).toEqual([{ ns: uts, type: "uts" }]);
});

root("within a PID namespace only what its /proc shows", async (ns) => {
	const inside = ["unshare", "--pid", "--fork", "--mount-proc", ...ns.program];
	const { stdout, code } = await ns.command([...inside, "list", "--json", "--type", "pid"]);
	const { namespaces } = JSON.parse(stdout) as { namespaces: Listed[] };
	expect({ code, found: namespaces.map(({ nprocs, pid }) => ({ nprocs, pid })) }).toEqual({
		code: 0,
		found: [{ nprocs: 1, pid: 1 }],
	});
});

root("without /proc there is an error and its way out", async (ns) => {
	// Bun itself cannot start without a few files there.
	const script = `mkdir "$0" && mount --rbind /proc "$0" && mount -t tmpfs none /proc &&
		ln -s "$0/self" "$0/version" /proc/ && exec "$@"`;
	const inside = ["unshare", "--mount", "sh", "-c", script, `${ns.folder}/proc`, ...ns.program];
	const { code, stdout, stderr } = await ns.command([...inside, "list"]);
	expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
	expect(stderr).toBe(
		"ns: /proc is not mounted here, and namespaces are seen by nothing else\nhint: mount it: mount -t proc proc /proc\n",
	);
});

rows()("processes that come and go are no error", async (ns) => {
	const storm = ns.start(["sh", "-c", "i=0; while [ $i -lt 3000 ]; do true & /bin/true; i=$((i+1)); done"]);
	for (let i = 0; i < 4; i++) expect((await list(ns)).length).toBeGreaterThan(7);
	storm.kill("SIGKILL");
});

rows({ who: "ordinary" })("an ordinary user sees its own, and how much it does not see", async (ns) => {
	const pid = await sleeping(ns.start(["unshare", "--user", "--uts", ...sleeper]));
	const { code, stdout, stderr } = await ns.run(["list", "--json"]);
	const { namespaces, unreadable } = JSON.parse(stdout) as { namespaces: Listed[]; unreadable: number };
	expect(code).toBe(0);
	expect(unreadable).toBeGreaterThan(0);
	expect(stderr).toBe(
		`ns: warning: ${unreadable === 1 ? "one process" : `${unreadable} processes`} could not be read, for want of rights\n`,
	);
	const user = namespaces.find((one) => one.ns === inodeOf(pid, "user"));
	const name = (await ns.command(["id", "-un"])).stdout.trim();
	expect(user).toMatchObject({ type: "user", pid, uid: ns.account.uid, owner: name });
	const uts = namespaces.find((one) => one.ns === inodeOf(pid, "uts"));
	expect(uts).toMatchObject({ type: "uts", pid, command: "sleep 60", ons: user?.ns });
});

rows()("nothing found is no error; what cannot be meant is, all at once", async (ns) => {
	const options = ["list", "-Q", "NPROCS > 4000000", "--noheadings"];
	expect(await ns.run(options)).toMatchObject({ code: 0, stdout: "" });
	const wrong = await ns.run(["list", "--type", "nett", "-o", "NSS", "-Q", "PID ==", "--sort", "x", "1", "2"]);
	expect({ code: wrong.code, count: wrong.stderr.match(/^ns: /gm)?.length }).toEqual({ code: 125, count: 5 });
	expect((await ns.run(["list", "4194000"])).stderr).toContain("there is no process 4194000");
});

rows({ who: "root", needs: ["script", "unshare"] })(
	"lines fit the terminal, unless all of them is wanted",
	async (ns) => {
		const long = `exec sleep 60 ${"0 ".repeat(100)}`;
		const pid = await sleeping(
			ns.start(["unshare", "--uts", ...sleeper.slice(0, 2), `${sleeper[2]?.split("exec")[0]}${long}`]),
		);
		const show = async (more: string) => {
			const line = `stty cols 80; ${quoted(ns.program)} list -n ${pid} ${more} 2>/dev/null`;
			const { stdout } = await ns.command(["script", "-qec", line, "/dev/null"]);
			return Math.max(...stdout.split("\r\n").map((one) => [...one].length));
		};
		expect(await show("")).toBe(80);
		expect(await show("--no-truncate")).toBeGreaterThan(200);
	},
);

library("a survey leaves no descriptor open, and knows the caller", () => {
	for (let i = 0; i < 3; i++) {
		const { own, namespaces, processes } = surveyMachine();
		expect(own.uts).toBe(statSync("/proc/self/ns/uts").ino);
		expect(namespaces.find(({ inode }) => inode === own.net)?.pids).toContain(process.pid);
		expect(processes.find(({ pid }) => pid === process.pid)?.namespaces).toEqual(own);
	}
});
