/** Landlock on the real kernel: TCP ports, and what lies outside of the domain. */
import { expect } from "bun:test";
import { createServer } from "node:net";
import { landlock, net, sandbox, user } from "nskit";
import { inTime, library, type Ns, rows, until } from "./harness.ts";

const everywhere = rows({ needs: ["perl"] });

/** Binds to one port, connects to another that is listened on by a child which is held by the same rules. */
const tcp = [
	"perl",
	"-MSocket",
	"-e",
	`my ($family, @ports) = @ARGV;
	my $address = sub { $family eq "6" ? pack_sockaddr_in6($_[0], Socket::inet_pton(AF_INET6, "::1")) : pack_sockaddr_in($_[0], inet_aton("127.0.0.1")) };
	my $kind = $family eq "6" ? AF_INET6 : AF_INET;
	for my $port (@ports) {
		socket(my $server, $kind, SOCK_STREAM, 0) or die $!;
		print "bind $port ", bind($server, $address->($port)) ? "ok" : $!, "\\n";
		socket(my $client, $kind, SOCK_STREAM, 0) or die $!;
		listen($server, 1);
		print "connect $port ", connect($client, $address->($port)) ? "ok" : $!, "\\n";
	}`,
];

const refused = "Permission denied";
const nobody = "Connection refused";

everywhere("TCP ports are those of the lists, for both versions of IP", async (ns) => {
	for (const family of ["4", "6"]) {
		const run = async (...words: string[]) =>
			(await ns.output(["run", "--net", ...words, ...tcp, family, "4001", "4002"])).trim().split("\n");
		const all = ["bind 4001 ok", "connect 4001 ok", "bind 4002 ok", "connect 4002 ok"];
		expect(await run()).toEqual(all);
		expect(await run("--landlock-scope", "signal")).toEqual(all);
		expect(await run("--landlock-bind", "4002")).toEqual([
			...[`bind 4001 ${refused}`, `connect 4001 ${nobody}`, "bind 4002 ok", "connect 4002 ok"],
		]);
		expect(await run("--landlock-connect", "4001")).toEqual([
			...["bind 4001 ok", "connect 4001 ok", "bind 4002 ok", `connect 4002 ${refused}`],
		]);
		expect(await run("--landlock-connect", "none", "--landlock-bind", "4001,4002")).toEqual([
			...["bind 4001 ok", `connect 4001 ${refused}`, "bind 4002 ok", `connect 4002 ${refused}`],
		]);
		expect(await run("--landlock-bind", "none")).toEqual([
			...[`bind 4001 ${refused}`, `connect 4001 ${nobody}`, `bind 4002 ${refused}`, `connect 4002 ${nobody}`],
		]);
	}
});

everywhere("there is no way around the ports: Fast Open, Multipath TCP, SMC, io_uring", async (ns) => {
	const detours = [
		...["perl", "-MSocket", "-e"],
		`my $to = pack_sockaddr_in(4001, inet_aton("127.0.0.1"));
		socket(my $server, AF_INET, SOCK_STREAM, 0) or die $!;
		bind($server, $to) and listen($server, 5) or die $!;
		setsockopt($server, 6, 23, 5) or die $!;
		sub t { print "$_[0] ", $_[1] ? "ok" : $!, "\n" }
		sub fresh { socket(my $s, AF_INET, SOCK_STREAM, $_[0]) or return undef; $s }
		t("plain", connect(fresh(0), $to));
		t("fast", defined send(fresh(0), "x", 0x20000000, $to));
		my $deferred = fresh(0); setsockopt($deferred, 6, 30, 1); t("deferred", connect($deferred, $to));
		my $iov = pack("p Q", "x", 1); my $message = pack("p L x4 p Q p Q i x4", $to, length $to, $iov, 1, undef, 0, 0);
		t("message", syscall(${process.arch === "x64" ? 46 : 211}, fileno(fresh(0)), $message, 0x20000000) >= 0);
		my $multipath = fresh(262); t("multipath", $multipath && connect($multipath, $to));
		socket(my $smc, 43, SOCK_STREAM, 0); t("smc", fileno($smc) && connect($smc, $to));
		my $ring = chr(0) x 120; t("ring", syscall(425, 1, $ring) >= 0);`,
	];
	const lines = async (...words: string[]) =>
		(await ns.output(["run", "--net", ...words, ...detours])).trim().split("\n");
	const free = await lines();
	expect(free).toEqual(expect.arrayContaining(["plain ok", "fast ok", "deferred ok", "message ok"]));
	const held = await lines("--landlock-connect", "none");
	expect(held.filter((line) => line.endsWith(" ok"))).toEqual([]);
	expect(held).toEqual(
		expect.arrayContaining([`plain ${refused}`, "fast Operation not supported", "message Operation not supported"]),
	);
	expect(await lines("--landlock-connect", "4001")).toContain("plain ok");
});

everywhere("a port of 0 is one that the kernel chooses", async (ns) => {
	const bindOnly = ["run", "--net", "--landlock-bind"];
	expect(await ns.output([...bindOnly, "0", ...tcp, "4", "0"])).toStartWith("bind 0 ok\n");
	expect(await ns.output([...bindOnly, "1", ...tcp, "4", "0"])).toStartWith(`bind 0 ${refused}\n`);
});

/** Without a namespace that would hide it, what is outside can be reached from inside. */
const reachable = [["--uts"], ["--uts", "--ipc"], ["--mount"]];

everywhere("no abstract socket outside is reached with its scope (CVE-2020-15257), others are", async (ns) => {
	const name = `nskit-${process.pid}-${ns.how}-${ns.who}`;
	const server = createServer((socket) => socket.end());
	const path = `${ns.folder}/socket`;
	const named = createServer((socket) => socket.end());
	const listening = (one: typeof server, at: string) => new Promise<void>((done) => one.listen(at, done));
	await inTime("two sockets", Promise.all([listening(server, `\0${name}`), listening(named, path)]));
	try {
		const connect = (kind: string, to: string) => [
			...["perl", "-MSocket", "-e"],
			`socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die $!;
			print connect($s, pack("S", AF_UNIX) . ($ARGV[0] eq "abstract" ? "\\0" : "") . $ARGV[1]) ? "ok" : $!;`,
			...[kind, to],
		];
		const run = (set: string[], more: string[], kind: string, to: string) =>
			ns.output(["run", ...set, ...more, ...connect(kind, to)]);
		for (const set of reachable) {
			const scoped = ["--landlock-scope", "abstract-unix-socket"];
			expect(await run(set, [], "abstract", name)).toBe("ok");
			expect(await run(set, ["--landlock-scope", "signal"], "abstract", name)).toBe("ok");
			expect(await run(set, scoped, "abstract", name)).toBe("Operation not permitted");
			if (ns.who === "root") expect(await run(set, scoped, "path", path)).toBe("ok");
		}
	} finally {
		for (const one of [server, named]) await new Promise((done) => one.close(done));
	}
});

everywhere("no process outside gets a signal with its scope, those inside do", async (ns) => {
	const outside = ns.start(["sleep", "60"]);
	await until("sleep", async () => (await Bun.file(`/proc/${outside.pid}/comm`).text()) === "sleep\n");
	const script = 'sleep 60 & kill $! && wait $!; echo $?; kill -0 "$1"; echo $?';
	const run = async (set: string[], ...more: string[]) =>
		(await ns.run(["run", ...set, ...more, "sh", "-c", script, "sh", String(outside.pid)])).stdout;
	for (const set of reachable) {
		expect(await run(set)).toBe("143\n0\n");
		expect(await run(set, "--landlock-scope", "abstract-unix-socket")).toBe("143\n0\n");
		expect(await run(set, "--landlock-scope", "signal")).toBe("143\n1\n");
		expect(await run(set, "--landlock-scope", "abstract-unix-socket,signal")).toBe("143\n1\n");
	}
	expect(outside.exitCode).toBeNull();
});

everywhere("what is outside still signals the command: the caller, the supervisor, a time limit", async (ns) => {
	const scope = ["--landlock-scope", "signal,abstract-unix-socket"];
	for (const set of [["--uts"], ["--pid", "--mount"], ["--pid", "--mount", "--no-init"], []]) {
		const script = "trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.05; done";
		const child = ns.startNs(["run", ...set, ...scope, "bash", "-c", script]);
		const reader = child.stdout.getReader();
		const next = async () => new TextDecoder().decode((await inTime("a line", reader.read())).value);
		expect(await next()).toBe("ready\n");
		child.kill("SIGTERM");
		expect(await next()).toBe("got\n");
		expect(await inTime("the end", child.exited)).toBe(5);
		reader.releaseLock();
	}
	const late = await ns.run(["run", ...scope, "--timeout", "0.2", "sleep", "60"]);
	expect([late.code, late.signal]).not.toEqual([0, null]);
	// Nothing inside reaches the init: it is outside of the domain.
	const init = await ns.run(["run", ...scope, "sh", "-c", "kill -0 1; echo $?"]);
	expect(init.stdout).toBe("1\n");
});

const withStrace = rows({ needs: ["strace"] });

/** The kernel's answer when it is asked for the ABI; all later calls are real. */
const answering = (ns: Ns, answer: string, args: readonly string[]) =>
	ns.command([
		...["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=landlock_create_ruleset"],
		...["-e", `inject=landlock_create_ruleset:${answer}:when=1`, ...ns.program, "run", "--uts", ...args],
	]);

withStrace("what the kernel lacks is an error, and with best effort a line each and the rest is done", async (ns) => {
	const lists = ["--landlock-execute", "/usr", "--landlock-bind", "none"];
	const argv = ["sh", "-c", "cat /etc/passwd"];
	const old = await answering(ns, "retval=2", [...lists, "--landlock-write", ns.folder, ...argv]);
	expect([old.code, old.stdout]).toEqual([125, ""]);
	expect(old.stderr.match(/^ns: Landlock cannot .* has ABI 2$/gm)).toHaveLength(3);
	const effort = await answering(ns, "retval=2", [...lists, "--landlock-best-effort", ...argv]);
	expect([effort.code, effort.stdout]).toEqual([1, ""]);
	const lines = effort.stderr.trim().split("\n");
	expect(lines.filter((line) => line.startsWith("ns: warning: Landlock cannot refuse"))).toHaveLength(3);
	expect(lines.at(-1)).toContain("cat: /etc/passwd: Permission denied");
	for (const [answer, words] of [
		["error=ENOSYS", "was built without it"],
		["error=EOPNOTSUPP", "left out of the security modules"],
		["error=EPERM", "may not even be asked"],
	] as const) {
		const none = await answering(ns, answer, [...lists, "true"]);
		expect([none.code, none.stderr]).toEqual([125, expect.stringMatching(/^ns: no Landlock: .*\nhint: .*\n$/)]);
		expect(none.stderr).toContain(words);
		const without = await answering(ns, answer, [...lists, "--landlock-best-effort", ...argv]);
		expect([without.code, without.stderr]).toEqual([0, expect.stringMatching(/^ns: warning: no Landlock: .*\n$/)]);
		expect(without.stdout).toContain("root");
	}
});

withStrace("a run without Landlock does not ask for it", async (ns) => {
	const log = `${ns.folder}/log`;
	const traced = [
		"strace",
		"-f",
		"-qq",
		"-o",
		log,
		"-e",
		"trace=landlock_create_ruleset",
		...ns.program,
		"run",
		"--uts",
	];
	expect((await ns.command([...traced, "true"])).code).toBe(0);
	expect(await Bun.file(log).text()).not.toContain("landlock");
	expect((await ns.command([...traced, "--landlock-scope", "signal", "true"])).code).toBe(0);
	expect((await Bun.file(log).text()).match(/landlock_create_ruleset/g)).toHaveLength(2);
});

library("the library's commands are held to ports and scopes", async () => {
	const box = sandbox(user(), net(), landlock({ bind: [4001], connect: [], scope: ["signal"] }));
	const lines = [`bind 4001 ok`, `connect 4001 ${refused}`, ""];
	expect(box.spawnSync([...tcp, "4", "4001"]).stdout?.toString()).toBe(lines.join("\n"));
	const child = await box.spawn([...tcp, "4", "4001"], { stdout: "pipe" });
	expect(await child.stdout.text()).toBe(lines.join("\n"));
	const signalled = box.spawnSync(["sh", "-c", `kill -0 ${process.pid}`], { stderr: "ignore" });
	expect(signalled.exitCode).toBe(1);
});
