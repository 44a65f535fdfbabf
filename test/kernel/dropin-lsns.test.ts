/** As lsns(8): the same command lines through the tool of this machine and through `ns` in its place. */
import { expect } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { inPlaceOf, line, shown } from "./dropin.ts";
import { everywhere, type Ns, until } from "./harness.ts";

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

everywhere("lsns: every line lists the same as the tool", async (ns) => {
	const first = await world(ns);
	const enter = ["nsenter", "-a", "-t", String(first), "--preserve-credentials"];
	const inside = await ns.command([...enter, "readlink", "/proc/2/ns/uts"]);
	const uts = inside.stdout.replace(/\D/g, "");
	const ours = inPlaceOf(ns, "lsns");
	const [said, expected] = [[], []] as [unknown[], unknown[]];
	/** The tool lists itself, by its own name and process. */
	const comparable = (stdout: string) =>
		stdout
			.split("\n")
			.filter((one) => !/lsns|cli\/ns\.ts|nsenter/.test(one))
			.join("\n");
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
	expect(await run("-Q 'PID == 1'")).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be honoured") });
	expect(await run("--version")).toMatchObject({ code: 0, stdout: "lsns from util-linux 2.42\n" });
	expect((await run("--help")).stdout).toContain("--persistent");
	for (const row of (await run("-P -n -o NPROCS")).stdout.split("\n")) expect(["", "0"]).toContain(row.trim());
});
