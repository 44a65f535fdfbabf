/** As nsenter(1): the same command lines through the tool of this machine and through `ns` in its place. */
import { expect } from "bun:test";
import { closeSync, fstatSync, readFileSync } from "node:fs";
import { systemCall } from "../../src/ffi.ts";
import { inPlaceOf, type Line, line, shown } from "./dropin.ts";
import { everywhere, inTime, type Ns, rows, until } from "./harness.ts";

const reworded = { reworded: true } as const;

/** What is entered: all namespaces of a process, whose id stands for TARGET; NOBODY is no process. */
const lines: readonly Line[] = [
	line("-t TARGET -U -n readlink /proc/self/ns/net"),
	line("--target TARGET --user --net readlink /proc/self/ns/net"),
	line("--targ=TARGET --user --ut id -u"),
	line("-tTARGET -Un id -g"),
	line("-t TARGET -U -u hostname"),
	line("-t TARGET -U -u hostname name"),
	line("-t TARGET -U -i readlink /proc/self/ns/ipc"),
	line("-t TARGET -U -m sh -c 'grep -c . /proc/self/mountinfo'"),
	line("-t TARGET -U -C readlink /proc/self/ns/cgroup"),
	line("-t TARGET -U -T cat /proc/self/timens_offsets"),
	line("-t TARGET -U -p sh -c 'echo $$ > /dev/null; echo in'"),
	line("-t TARGET -U -p -m sh -c 'ls -d /proc/1'"),
	line("-t TARGET -U -p -F true"),
	line("-a -t TARGET id -u"),
	line("-a -t TARGET --preserve-credentials id -u"),
	line("--all --target TARGET hostname"),
	line("-a -t TARGET nosuchprogram"),
	line("-a -t TARGET sh -c 'exit 9'"),
	line("-a -t TARGET sh -c 'kill -TERM $$'"),
	line("-t TARGET -U sh -c 'kill -TERM $$'"),
	line("-U/proc/TARGET/ns/user -n/proc/TARGET/ns/net id -u"),
	line("--user=/proc/TARGET/ns/user --net=/proc/TARGET/ns/net readlink /proc/self/ns/net"),
	line("-t TARGET -U -S 0 -G 0 id -u"),
	line("-t TARGET -U -S 5 id -u", reworded),
	line("-t TARGET -U -G 5 id -u", reworded),
	line("-t TARGET -U -r pwd"),
	line("-t TARGET -U -w pwd"),
	line("-t TARGET -U -r -w pwd"),
	line("-t TARGET -U -W/ pwd"),
	line("-t TARGET -U -W/nowhere pwd"),
	line("-t TARGET -U -w/nowhere pwd"),
	line("-t TARGET -W/ -w/ true"),
	line("-t TARGET -n true", reworded),
	line("-t NOBODY -n true"),
	line("-t NOBODY -a true"),
	line("-n true", reworded),
	line("-t x -n true", reworded),
	line("-n/nowhere true"),
	line("-n/etc/passwd true", reworded),
	line("--foo"),
	line("-x"),
	line("-t"),
	line("--target"),
	line("-S abc -t TARGET -U true"),
	line("-t TARGET -U -- echo -n a"),
	line("-t TARGET -U -e=1 true", reworded),
	line("--wd --wdns=/ true"),
];

/** A process in namespaces of its own. */
async function target(ns: Ns): Promise<number> {
	const words = ["unshare", "-UrmuinpCT", "--fork", "--mount-proc", "--kill-child", "sh", "-c"];
	const outer = ns.start([...words, "hostname inside; exec sleep 60"]);
	const child = () => Number(readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, "utf8").trim());
	await until("the process that is entered", () => {
		if (child() === 0) return false;
		return readFileSync(`/proc/${child()}/comm`, "utf8") === "sleep\n";
	});
	return child();
}

everywhere("nsenter: every line ends as with the tool, and says the same", async (ns) => {
	const ours = inPlaceOf(ns, "nsenter");
	expect(lines.length).toBeGreaterThanOrEqual(30);
	const pid = await target(ns);
	const [said, expected] = [[], []] as [unknown[], unknown[]];
	for (const { words, ...more } of lines) {
		const real = words.map((word) => word.replace("TARGET", `${pid}`).replace("NOBODY", "4194303"));
		expected.push(await shown(ns, ["nsenter"], { words: real, ...more }));
		said.push(await shown(ns, ours, { words: real, ...more }));
	}
	expect(said).toEqual(expected);
});

rows({ who: "root" })("nsenter: what version 2.38 does not have yet", async (ns) => {
	const ours = inPlaceOf(ns, "nsenter");
	const pid = await target(ns);
	const run = (text: string) => shown(ns, ours, line(text.replaceAll("TARGET", String(pid))));
	expect(await run("-t TARGET -U -e sh -c 'echo $HOME'")).toMatchObject({ code: 0, stdout: `${ns.env().HOME}\n` });
	expect(await run("-t TARGET -U --keep-caps grep CapAmb /proc/self/status")).toMatchObject({ code: 0 });
	expect(await run("-t TARGET -U -S follow -G follow id -u")).toMatchObject({ code: 0, stdout: "0\n" });
	const other = await run("-t TARGET:1 -U true");
	expect(other.stderr).toBe(`nsenter: failed to obtain a valid file descriptor for PID ${pid}: No such process\n`);
	expect(await run("-n:4026531840 true")).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("cannot be entered by their id"),
	});
	expect(await run("-t TARGET -N 99 true")).toMatchObject({ code: 1, stderr: expect.stringContaining("pidfd_getfd") });
	expect(await run("")).toMatchObject({ code: 1, stderr: "nsenter: no namespace specified\n" });
});

rows({ who: "root" })("nsenter: the process that is meant, and the network of one of its sockets", async (ns) => {
	const ours = inPlaceOf(ns, "nsenter");
	const pid = await target(ns);
	const run = (text: string) => shown(ns, ours, line(text));
	const pidfd = systemCall("pidfd_open", pid, 0);
	const { ino } = fstatSync(pidfd, { bigint: true });
	closeSync(pidfd);
	expect(await run(`-t ${pid}:${ino} -U -u hostname`)).toMatchObject({ code: 0, stdout: "inside\n" });
	expect(await run(`-t ${pid}:${ino + 1n} -U true`)).toMatchObject({ code: 1, stdout: "" });

	const script = "use Socket; $| = 1; socket(S, AF_UNIX, SOCK_STREAM, 0); print fileno(S); sleep 60";
	const holder = ns.start(["nsenter", "-t", String(pid), "-U", "-n", "perl", "-e", script]);
	const reader = holder.stdout.getReader();
	const { value } = await inTime("the number of the socket", reader.read());
	reader.releaseLock();
	const number = new TextDecoder().decode(value);
	const network = await ns.command(["readlink", `/proc/${pid}/ns/net`]);
	const entered = await ns.command([...ours, "-t", `${holder.pid}`, "-N", number, "readlink", "/proc/self/ns/net"]);
	expect(entered).toMatchObject({ code: 0, stdout: network.stdout });
});

everywhere("nsenter: stops with the program, and goes on with it", async (ns) => {
	const ours = inPlaceOf(ns, "nsenter");
	const pid = await target(ns);
	const script = "kill -STOP $$; echo on";
	const words = ["-t", `${pid}`, "-U", "-p", "-m", "--preserve-credentials", "sh", "-c", script];
	const running = ns.start([...ours, ...words]);
	await until("the stop", () => /^State:\tT/m.test(readFileSync(`/proc/${running.pid}/status`, "utf8")));
	running.kill("SIGCONT");
	expect(await inTime("the end of the tool", running.exited)).toBe(0);
	expect(await running.stdout.text()).toBe("on\n");
});
