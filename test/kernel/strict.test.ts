/** The preset for other people's code: every promise of docs/security.md, proved from inside. */
import { expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { everywhere, type Ns, rows } from "./harness.ts";

const strict = (ns: Ns, script: string, ...options: string[]): Promise<string> =>
	ns.output(["run", "--strict", ...options, "--", "sh", "-c", script]);
const lines = (text: string): string[] => text.split("\n").filter(Boolean);
const top = (path: string): string => path.split("/")[1] ?? "";

/** Below these only what is there. */
const system = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"].filter((name) => existsSync(`/${name}`));
const settings = ["alternatives", "ld.so.cache", "localtime", "nsswitch.conf", "pki"].filter((name) =>
	existsSync(`/etc/${name}`),
);

everywhere("the root holds what the documents say, and nothing else", async (ns) => {
	const { home } = ns.account;
	const names = (path: string, cwd = "/") =>
		ns.output(["run", "--strict", "ls", "-A", path], { cwd }).then((text) => lines(text).toSorted());
	const root = new Set([...system, "dev", "etc", "proc", "tmp", top(home)]);
	expect(await names("/")).toEqual([...root].toSorted());
	expect(await names("/etc")).toEqual([...settings, "group", "hosts", "passwd", "ssl"].toSorted());
	const devices = ["full", "null", "random", "tty", "urandom", "zero"];
	const links = ["fd", "ptmx", "pts", "shm", "stderr", "stdin", "stdout"];
	expect(await names("/dev")).toEqual([...devices, ...links].toSorted());
	for (const path of ["/tmp", "/dev/shm", home]) expect([path, await names(path)]).toEqual([path, []]);
	// The working directory, which is below /tmp here, and the way to it.
	writeFileSync(join(ns.folder, "file"), "");
	expect(await names(".", ns.folder)).toEqual(["file"]);
	expect(await names("/tmp", ns.folder)).toEqual([ns.folder.split("/")[2] ?? ""]);
});

everywhere("each place is read-only, or writable and gone at the end", async (ns) => {
	const { home } = ns.account;
	const closed = ["/", "/usr", "/usr/bin", "/bin", "/etc", "/etc/ssl", "/proc", "/proc/self", "/dev/pts", ns.folder];
	const open = ["/tmp", "/dev/shm", home];
	const attempt = 'for path; do (: > "$path/nskit-new") 2>/dev/null && echo "$path"; done; true';
	const written = await ns.output(["run", "--strict", "sh", "-c", attempt, "sh", ...closed, ...open]);
	expect(lines(written)).toEqual(open);
	for (const path of [...closed.slice(0, 6), ...open]) expect(existsSync(join(path, "nskit-new"))).toBe(false);
	expect(readdirSync(ns.folder)).toEqual([]);
	const settings = ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/etc/passwd", "/etc/nsswitch.conf"];
	const change = 'for path; do (: >> "$path") 2>/dev/null && echo "$path"; done; true';
	expect(await ns.output(["run", "--strict", "sh", "-c", change, "sh", ...settings])).toBe("");
	// Nothing of it makes a secret of the machine readable, also to its user 0.
	const read = 'for path; do head -c 1 "$path" 2>/dev/null; done; true';
	const secrets = ["/etc/shadow", "/proc/kcore", "/proc/keys", "/proc/kmsg", "/proc/1/environ", "/root/.ssh"];
	expect(await ns.output(["run", "--strict", "sh", "-c", read, "sh", ...secrets])).toBe("");
});

everywhere("what is kept in memory is bounded, also below /dev", async (ns) => {
	const total = Number(/^MemTotal: +(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);
	const sizes = lines(await strict(ns, `df -k /tmp /dev/shm ${ns.account.home} /dev / | awk 'NR > 1 { print $2 }'`));
	for (const size of sizes.slice(0, 3)) expect(Math.abs(Number(size) / total - 0.1)).toBeLessThan(0.01);
	expect(sizes.slice(3)).toEqual(["64", "16384"]);
	const fill = "i=0; while [ $i -lt 200 ] && (: > /dev/x$i); do i=$((i+1)); done; test $i -lt 64 && echo bounded";
	expect(await strict(ns, `{ ${fill}; } 2>/dev/null`)).toBe("bounded\n");
});

everywhere("all eight namespaces are others, and so is the host name", async (ns) => {
	const kinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];
	const links = kinds.map((kind) => `/proc/self/ns/${kind}`);
	const outside = lines((await ns.command(["readlink", ...links])).stdout);
	const inside = lines(await ns.output(["run", "--strict", "readlink", ...links]));
	expect([outside.length, inside.length]).toEqual([8, 8]);
	expect(inside.filter((one) => outside.includes(one))).toEqual([]);
	expect(await strict(ns, "uname -n; cat /etc/hosts")).toStartWith("sandbox\n127.0.0.1\tlocalhost sandbox\n");
	expect(lines(await strict(ns, "id -u; id -g"))).toEqual([`${ns.account.uid}`, `${ns.account.gid}`]);
	expect(await strict(ns, "id -un")).toBe(ns.account.uid === 0 ? "root\n" : "user\n");
	// Only processes of the sandbox are there: the init, the shell, and what it runs.
	expect(lines(await strict(ns, "echo /proc/[0-9]* | tr ' ' '\\n'")).length).toBeLessThanOrEqual(4);
});

/** Tries a TCP connection to a port, and one to an abstract socket. */
const connecting = [
	...["perl", "-MSocket", "-e"],
	`my ($port, $name) = @ARGV;
	socket(my $tcp, AF_INET, SOCK_STREAM, 0) or die $!;
	print connect($tcp, pack_sockaddr_in($port, inet_aton("127.0.0.1"))) ? "ok" : $!, "\\n";
	socket(my $unix, AF_UNIX, SOCK_STREAM, 0) or die $!;
	print connect($unix, pack("Sa*", AF_UNIX, "\\0$name")) ? "ok" : $!, "\\n";`,
];
/** Listens on an abstract socket until its input ends. */
const listening = [
	...["perl", "-MSocket", "-e"],
	`socket(my $unix, AF_UNIX, SOCK_STREAM, 0) or die $!;
	bind($unix, pack("Sa*", AF_UNIX, "\\0$ARGV[0]")) && listen($unix, 8) or die $!;
	$| = 1; print "ready\\n"; <STDIN>;`,
];

rows({ needs: ["perl"] })("nothing outside can be reached, and not even what shares the network", async (ns) => {
	const server = createServer((socket) => socket.destroy());
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as { port: number };
	const name = `nskit-strict-${process.pid}-${ns.folder.split("/").pop()}`;
	const abstract = ns.start([...listening, name]);
	try {
		await abstract.stdout.getReader().read();
		const attempt = [...connecting, `${port}`, name];
		const seen = async (...options: string[]) => lines(await ns.output(["run", ...options, ...attempt]));
		expect(await seen("--strict")).toEqual(["Connection refused", "Connection refused"]);
		expect(lines(await strict(ns, "cat /proc/net/dev")).slice(2)).toEqual([expect.stringMatching(/^ *lo:/)]);
		expect((await ns.run(["run", "--strict", "getent", "hosts", "example.org"])).code).not.toBe(0);
		// Shared by name, the abstract socket is still out of reach: Landlock's scope.
		expect(await seen("--strict", "--no-net")).toEqual(["ok", "Operation not permitted"]);
		writeFileSync(join(ns.folder, "open.toml"), "landlock = false\n");
		expect(await seen("--strict", "--no-net", "--profile", "open.toml")).toEqual(["ok", "ok"]);
	} finally {
		await abstract.stdin.end();
		await abstract.exited;
		await new Promise<unknown>((done) => server.close(done));
	}
});

/** What of the privileges stands in a status. */
const privileges = (status: string) =>
	Object.fromEntries(
		[...status.matchAll(/^(Cap\w+|NoNewPrivs|Seccomp|Uid):\t(.*)$/gm)].map(([, name, value]) => [name, value]),
	);
const none = "0000000000000000";
const held = { CapInh: none, CapPrm: none, CapEff: none, CapBnd: none, CapAmb: none, NoNewPrivs: "1", Seccomp: "2" };

everywhere("there is no capability in any set, also after a set-user-ID program", async (ns) => {
	const { uid } = ns.account;
	const Uid = `${uid}\t${uid}\t${uid}\t${uid}`;
	expect(privileges(await strict(ns, "cat /proc/self/status"))).toEqual({ ...held, Uid });
	const cat = join(ns.folder, "cat");
	copyFileSync("/bin/cat", cat);
	// Another's where there is one: root's for the ordinary user, the ordinary user's for root.
	if (process.geteuid?.() === 0) chownSync(cat, uid === 0 ? 65534 : 0, 0);
	chmodSync(cat, 0o6755);
	expect(privileges(await strict(ns, "exec ./cat /proc/self/status"))).toEqual({ ...held, Uid });
	expect(privileges(await strict(ns, "exec ./cat /proc/self/status", "--bind", "."))).toEqual({ ...held, Uid });
});

everywhere("no user namespace, no mount, no other root, and no set-user-ID file can be made", async (ns) => {
	ns.directory("shared");
	const attempts = [
		"unshare -U true",
		"unshare -m true",
		"mount -t tmpfs none /tmp",
		"mount -o remount,rw /usr",
		"mount -o remount,bind,rw /",
		"umount /proc",
		"chroot /tmp true",
		"chmod u+s /tmp/file",
		"chmod g+s /tmp/file",
		"chmod u+s shared/file",
		"install -m 4755 /bin/true /tmp/true",
		"mknod /tmp/disk b 8 0",
		"hostname other",
	];
	const script = `: > /tmp/file; : > shared/file; for line; do ($line) 2>/dev/null && echo "$line"; done; true`;
	const argv = ["run", "--strict", "--bind", "shared", "sh", "-c", script, "sh", ...attempts];
	expect(await ns.output(argv)).toBe("");
	expect(readdirSync(join(ns.folder, "shared"))).toEqual(["file"]);
	// Each layer holds by itself: no filter, no capability, and still no new user namespace.
	const bare = "unshare -U true; unshare -m true; mount -t tmpfs none /tmp";
	const { code, stderr } = await ns.run(["run", "--strict", "--seccomp", "none", "sh", "-c", bare]);
	expect([code === 0, stderr]).toEqual([
		false,
		expect.stringMatching(/^unshare: .*No space left.*\nunshare: .*permitted/),
	]);
});

everywhere("Landlock holds where no mount does: at a directory that was passed on by mistake", async (ns) => {
	ns.directory("passed");
	const write = 'sh -c "(: > /proc/self/fd/5/new) 2>&1; true"';
	const script = (more: string) => `"$@" run --strict ${more} --pass-fd 5 -- ${write} 5< passed`;
	const refused = await ns.shell(script(""));
	expect(refused.stdout).toContain("Permission denied");
	expect(readdirSync(join(ns.folder, "passed"))).toEqual([]);
	writeFileSync(join(ns.folder, "open.toml"), "landlock = false\n");
	expect((await ns.shell(script("--profile open.toml"))).stdout).toBe("");
	expect(readdirSync(join(ns.folder, "passed"))).toEqual(["new"]);
});

everywhere("the environment is four variables", async (ns) => {
	const env = { SECRET: "s", LANG: "C.UTF-8", TERM: "dumb", LD_PRELOAD: "", AWS_SECRET_ACCESS_KEY: "s" };
	const seen = await ns.output(["run", "--strict", "env"], { env });
	expect(lines(seen).toSorted()).toEqual([
		...[`HOME=${ns.account.home}`, "LANG=C.UTF-8", `PATH=${ns.env().PATH}`, "TERM=dumb"],
	]);
});

everywhere("without a terminal the session is its own, and has none", async (ns) => {
	expect(Number(await strict(ns, "cut -d' ' -f6 /proc/self/stat"))).toBeGreaterThan(0);
	const { stderr } = await ns.run(["run", "--strict", "sh", "-c", ": < /dev/tty"]);
	expect(stderr).toContain("No such device or address");
});

everywhere("limits hold each process, and of what the caller had the lower", async (ns) => {
	const shown = "ulimit -Su; ulimit -Hu; ulimit -Sn; ulimit -Hn; ulimit -Hf; ulimit -Hd; ulimit -Hc";
	const limits = ["1024", "1024", "4096", "4096", `${4 * 1024 ** 2}`, `${4 * 1024 ** 2}`, "0"];
	const bash = ["run", "--strict", "bash", "-c", shown];
	expect(lines(await ns.output(bash))).toEqual(limits);
	const before = ["prlimit", "--nofile=300:300", "--fsize=1048576:2097152", "--data=100000000000:100000000000", "--"];
	const lower = lines(await ns.output(bash, { before }));
	expect(lower.slice(2, 6)).toEqual(["300", "300", "2048", `${4 * 1024 ** 2}`]);
	const large = await ns.run(["run", "--strict", "sh", "-c", "truncate -s 5G /tmp/large; echo $?; ls -s /tmp"]);
	expect(lines(large.stdout)[0]).toBe("153");
});

rows({ needs: ["perl"] })("a bomb of processes ends at 1,024, for root as well; memory at 4 GiB each", async (ns) => {
	const bomb =
		'my $n = 0; while ($n < 1500) { my $p = fork; last unless defined $p; if (!$p) { sleep 60; exit } $n++ } print "$n\\n"';
	const count = Number(await ns.output(["run", "--strict", "perl", "-e", bomb]));
	expect(count).toBeGreaterThan(900);
	expect(count).toBeLessThan(1024);
	const memory = await ns.run(["run", "--strict", "perl", "-e", 'my $x = "a" x (5 * 2 ** 30); print "had it\\n"']);
	expect([memory.code === 0, memory.stdout]).toEqual([false, ""]);
});
