/** As lsns(8): the same command lines through the tool of this machine and through `ns` in its place. */
import { expect } from "bun:test";
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { inPlaceOf, line, shown } from "./dropin.ts";
import { everywhere, type Ns, rows, until } from "./harness.ts";

/** The namespaces of a small world: NET and UTS are inodes of two that processes are in, FIRST is a process. */
const lines = [
	"",
	"-l",
	"-n",
	"-r",
	"-J",
	"-T",
	"--tree=process",
	"--tree=owner -J",
	"-t uts",
	"-t uts -t user",
	"-t net",
	"-t net -r",
	"-t net -J",
	"--type=pid --json",
	"-o NS,TYPE,PID,PPID,COMMAND",
	"-o ns,nprocs,uid,user -t uts",
	"-o +PPID -t uts",
	"-o NS,PATH -t uts -r",
	"-p 1",
	"--task 2 -o NS,TYPE",
	"-p 99999",
	"-J -p 99999",
	"UTS",
	"UTS -l -o PID,COMMAND",
	"UTS -J",
	"-r UTS",
	"1",
	"x",
	"-p x",
	"-p 1 UTS",
	"-t foo",
	"-o foo",
	"-J -r",
	"-t",
	"-z",
	"--foo",
	"--no",
	"-T=sideways",
] as const;

/** A root that is the machine's, but for the namespaces that somebody keeps there: version 2.38 does not look for them. */
function root(): string[] {
	const left = ["proc", "dev", "sys", "run"];
	const shown = readdirSync("/", { withFileTypes: true }).filter(({ name }) => !left.includes(name));
	return shown.flatMap((entry) => {
		if (entry.isSymbolicLink()) return ["--symlink", `${readlinkSync(`/${entry.name}`)}:/${entry.name}`];
		return entry.isDirectory() ? ["--bind", `/${entry.name}`] : [];
	});
}

/** A process in a world of its own, with a few others. */
async function world(ns: Ns): Promise<number> {
	const script = "unshare -u sleep 60 & unshare -n sleep 61 & exec sleep 62";
	const outer = ns.startNs(["run", "--root", "tmpfs", ...root(), "--dev", "--no-init", "sh", "-c", script]);
	const children = (pid: number) =>
		readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
	const isSleep = (pid: number) => readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n";
	await until("the small world", () => {
		const [first] = children(outer.pid);
		const all = first === undefined ? [] : [first, ...children(first)];
		return all.length === 3 && all.every(isSleep);
	});
	return children(outer.pid)[0] ?? 0;
}

/** The namespaces of names that are on this machine anyway. */
async function mountedInodes(ns: Ns, enter: readonly string[]): Promise<Set<string>> {
	const { stdout } = await ns.command([...enter, "grep", " nsfs ", "/proc/self/mountinfo"]);
	return new Set([...stdout.matchAll(/:\[(\d+)\]/g)].map(([, inode = ""]) => inode));
}

/** What is listed without them: lines without what a missing line changes, or JSON. */
function withoutNames(text: string, mounted: ReadonlySet<string>): string {
	const isOther = (inode: unknown) => !mounted.has(String(inode));
	type Row = { readonly ns?: unknown; readonly children?: readonly Row[] };
	const others = (rows: readonly Row[]): Row[] =>
		rows
			.filter(({ ns }) => isOther(ns))
			.map((row) => (row.children ? { ...row, children: others(row.children) } : row));
	if (text.startsWith("{")) {
		const [[key, rows] = ["", []]] = Object.entries(JSON.parse(text) as Record<string, Row[]>);
		return JSON.stringify({ [key]: others(rows) });
	}
	const lines = text
		.split("\n")
		.filter((one) => !one.split(/\D+/).some((word) => mounted.has(word)) && !/^\s*\/run\/n/.test(one));
	return lines.map((one) => one.replaceAll(/[│├└─|`-]/g, " ").replaceAll(/ +/g, " ")).join("\n");
}

everywhere("lsns: every line lists the same as the tool", async (ns) => {
	const first = await world(ns);
	const enter = ["nsenter", "-a", "-t", String(first), "--preserve-credentials"];
	const inside = await ns.command([...enter, "readlink", "/proc/2/ns/uts"]);
	const uts = inside.stdout.replace(/\D/g, "");
	const ours = inPlaceOf(ns, "lsns");
	const [said, expected] = [[], []] as [unknown[], unknown[]];
	const mounted = await mountedInodes(ns, enter);
	/** The tool lists itself, by its own name and process; and version 2.38 lists nothing that only a mount keeps. */
	const comparable = (stdout: string) => {
		const lines = stdout.split("\n").filter((one) => !/lsns|cli\/ns\.ts|nsenter/.test(one));
		return mounted.size === 0 ? lines.join("\n") : withoutNames(lines.join("\n"), mounted);
	};
	for (const text of lines) {
		const one = line(text.replace("UTS", uts));
		const [theirs, mine] = [await shown(ns, [...enter, "lsns"], one), await shown(ns, [...enter, ...ours], one)];
		expected.push({ ...theirs, stdout: comparable(theirs.stdout) });
		said.push({ ...mine, stdout: comparable(mine.stdout) });
	}
	expect(said).toEqual(expected);
});

everywhere("lsns: what version 2.38 does not have yet, and what is refused", async (ns) => {
	const ours = inPlaceOf(ns, "lsns");
	const run = (text: string) => shown(ns, ours, line(text));
	expect(await run("-l -T")).toMatchObject({ stderr: "lsns: mutually exclusive arguments: --list --tree\n", code: 1 });
	expect(await run("-P -p 1")).toMatchObject({
		stderr: "lsns: mutually exclusive arguments: --persistent --task\n",
		code: 1,
	});
	expect((await run("-H")).stdout).toStartWith("     NS <integer> ");
	expect(await run("-Q 'PIDS == 1'")).toMatchObject({
		code: 1,
		stderr: expect.stringContaining('lsns: failed to parse "PIDS == 1": there is no column "PIDS"'),
	});
	expect(await run("--version")).toMatchObject({ code: 0, stdout: "lsns from util-linux 2.42\n" });
	expect((await run("--help")).stdout).toContain("--persistent");
	for (const row of (await run("-P -n -o NPROCS")).stdout.split("\n")) expect(["", "0"]).toContain(row.trim());
});

everywhere("lsns: a filter is about every column, shown or not, as the scripts of util-linux have it", async (ns) => {
	const child = ns.start(["unshare", "-U", "sleep", "60"]);
	const name = () => readFileSync(`/proc/${child.pid}/comm`, "utf8");
	await until("the command", () => name() === "sleep\n");
	const inode = String(statSync(`/proc/${child.pid}/ns/user`).ino);
	const ours = inPlaceOf(ns, "lsns");
	const list = async (filter: string, ...more: string[]) =>
		(await ns.command([...ours, "--noheadings", "--raw", ...more, "-Q", filter])).stdout.trim();
	expect(await list(`NS == ${inode} && NPROCS == 1`, "-o", "PID")).toBe(String(child.pid));
	expect(await list(`NS == ${inode} and TYPE == 'user'`, "-o", "NS,TYPE,NPROCS")).toBe(`${inode} user 1`);
	expect(await list(`NS == ${inode} and TYPE == "net"`, "-o", "NS")).toBe("");
	expect(await list(`PID == ${child.pid} and PNS > 0 and ONS > 0`, "-o", "TYPE", "--tree=owner")).toBe("user");
	expect(await list(`PID == ${child.pid} and COMMAND =~ "^sleep"`, "-o", "NS", "-t", "user")).toBe(inode);
});

rows({ who: "root", needs: ["ip"] })("lsns: what no process is in is filtered as the tool's scripts do", async (ns) => {
	const name = `nskit-filter-${process.pid}`;
	const ours = inPlaceOf(ns, "lsns");
	const list = async (filter: string, ...more: string[]) =>
		(await ns.command([...ours, "-n", "--raw", "-Q", filter, "-o", ...more])).stdout.trim();
	expect((await ns.command(["ip", "netns", "add", name])).code).toBe(0);
	const fd = openSync(`/run/netns/${name}`, "r");
	const inode = fstatSync(fd).ino;
	try {
		const number = String(process.pid);
		expect((await ns.command(["ip", "netns", "set", name, number])).code).toBe(0);
		expect(await list(`NETNSID == '${number}'`, "NETNSID,TYPE,NSFS")).toBe(`${number} net /run/netns/${name}`);
	} finally {
		await ns.command(["ip", "netns", "delete", name]);
	}
	// Only this descriptor keeps it now.
	expect(await list(`NS == ${inode}`, "TYPE,NPROCS,USER")).toBe("net 0 root");
	closeSync(fd);
});
