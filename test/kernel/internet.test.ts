/** The internet through pasta: what is reached, what is not, and that nothing of it stays. */
import { expect } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ns, type RunOptions, rows } from "./harness.ts";
import { descendants, processInfo, textOf } from "./outside.ts";
import { asking, beyond, beyondPort, gateway, here, loopbackPort, type Uplink, uplink } from "./uplink.ts";
import { inTime, until } from "./waiting.ts";

const needed = ["root", "pasta", "ip", "unshare", "nsenter", "python3", "bash"] as const;
const everywhere = rows({ needs: needed });
const once = rows({ needs: needed, how: "source" });

/**
 * Runs a script of bash in a sandbox with these options. Standard input is a socket here, and bash would take that for a
 * login from elsewhere and read its start-up file.
 */
const inside = (up: Uplink, ns: Ns, options: readonly string[], script: string, more: RunOptions = {}) =>
	ns.run(["run", ...options, "--", "bash", "--norc", "-c", script], { before: up.here, ...more });

/** The pastas below this process, orphans too. */
const pastas = () =>
	descendants(process.pid).filter(
		({ pid, state }) => state !== "Z" && textOf(`/proc/${pid}/cmdline`).startsWith("pasta\0"),
	);

const nothingLeft = () => until("no pasta is left", () => pastas().length === 0);

everywhere("what is beyond is reached from inside, by IPv4 and IPv6", async (ns) => {
	await using up = await uplink();
	const script = [
		asking("tcp", beyond.ipv4, beyondPort),
		asking("tcp", beyond.ipv6, beyondPort),
		asking("udp", beyond.ipv4, beyondPort),
		asking("udp", beyond.ipv6, beyondPort),
	].join("\n");
	expect(await inside(up, ns, ["--net=internet"], script)).toMatchObject({
		code: 0,
		stdout: [here.ipv4, here.ipv6, here.ipv4, here.ipv6].map((from) => `beyond ${from}\n`).join(""),
		stderr: "",
	});
	expect(pastas()).toEqual([]);
});

everywhere(
	"a network namespace and nothing else is enough, and one protocol is, where that is asked for",
	async (ns) => {
		await using up = await uplink();
		const script = `${asking("tcp", beyond.ipv4, beyondPort, 2)}\n${asking("tcp", beyond.ipv6, beyondPort, 2)}`;
		const run = (...options: string[]) => inside(up, ns, options, script);
		expect(await run("--net=internet:ipv4", "--net")).toMatchObject({ code: 0, stdout: `beyond ${here.ipv4}\n` });
		expect(await run("--net=internet:ipv6", "--net")).toMatchObject({ code: 0, stdout: `beyond ${here.ipv6}\n` });
		expect(pastas()).toEqual([]);
	},
);

everywhere("what listens on the loopback interface outside is not reached, unless that is asked for", async (ns) => {
	await using up = await uplink();
	const addresses = ["127.0.0.1", "::1", gateway.ipv4, gateway.ipv6];
	const script = addresses.map((address) => asking("tcp", address, loopbackPort, 1)).join("\n");
	expect((await inside(up, ns, ["--net=internet"], script)).stdout).toBe("");
	const mapped = await inside(up, ns, ["--net=internet", "--map-host"], asking("tcp", gateway.ipv4, loopbackPort));
	expect(mapped.stdout).toBe("loopback 127.0.0.1\n");
});

/** Leads packets for the loopback interface to pasta, which would send them on to that of the outside. */
const lead = `
	for file in /proc/sys/net/ipv4/conf/*/route_localnet; do echo 1 > $file; done 2>/dev/null
	ip addr del 127.0.0.1/8 dev lo && ip route add 127.0.0.0/8 via ${gateway.ipv4} dev internet0 src ${here.ipv4}
	${asking("tcp", "127.0.0.1", loopbackPort, 1)}`;

everywhere("root inside cannot lead packets to the loopback interface outside", async (ns) => {
	await using up = await uplink();
	const ended = await inside(up, ns, ["--net=internet", "--map-root-user", "--pid", "--mount-proc"], lead);
	expect(ended.stdout).toBe("");
	expect(ended.stderr).toContain("Operation not permitted");
	// A user namespace further inside gives no rights over this network either.
	const nested = await inside(up, ns, ["--net=internet"], `unshare -Ur bash -c '${lead.replaceAll("'", "'\\''")}'`);
	expect(nested.stdout).toBe("");
	const capabilities = await inside(up, ns, ["--net=internet"], "grep CapBnd /proc/self/status");
	const bounding = BigInt(`0x${/CapBnd:\s+(\S+)/.exec(capabilities.stdout)?.[1]}`);
	expect(bounding & ((1n << 12n) | (1n << 13n))).toBe(0n);
});

everywhere("published ports lead inside, and no others", async (ns) => {
	await using up = await uplink();
	const program = join(ns.directory("served"), "answer.py");
	writeFileSync(program, await Bun.file(join(import.meta.dir, "fixtures/answer.py")).text());
	const words = ["tcp,0.0.0.0,80,inside", "tcp,::,80,inside", "udp,0.0.0.0,5353,inside", "tcp,0.0.0.0,81,hidden"];
	const options = ["--net=internet", "--publish", "8080:80", "--publish", `${here.ipv4}:5353:5353/udp`];
	const server = ns.startNs(["run", ...options, "--", "python3", program, ...words], { before: up.here });
	const reader = server.stdout.getReader();
	const { value } = await inTime("the server inside", reader.read());
	expect(new TextDecoder().decode(value)).toBe("ready\n");
	const ask = (from: readonly string[], ...what: Parameters<typeof asking>) =>
		Bun.spawnSync([...from, "bash", "--norc", "-c", asking(...what)]).stdout.toString();
	expect(ask(up.beyond, "tcp", here.ipv4, 8080)).toBe(`inside ${gateway.ipv4}\n`);
	expect(ask(up.beyond, "tcp", here.ipv6, 8080)).toBe(`inside ${gateway.ipv6}\n`);
	expect(ask(up.beyond, "udp", here.ipv4, 5353)).toBe(`inside ${gateway.ipv4}\n`);
	for (const port of [80, 81, 5353]) expect(ask(up.beyond, "tcp", here.ipv4, port, 1)).toBe("");
	server.kill("SIGTERM");
	await inTime("the end of the server", server.exited);
	await reader.cancel();
	expect(pastas()).toEqual([]);
});

everywhere("ports that cannot be had are an error before anything is made", async (ns) => {
	await using up = await uplink();
	const publish = (...words: string[]) =>
		inside(up, ns, ["--net=internet", ...words.flatMap((word) => ["--publish", word])], "echo started");
	const taken = await publish(`${loopbackPort}:80`, "192.0.2.99:8080:80");
	expect(taken).toMatchObject({ code: 125, stdout: "" });
	expect(taken.stderr).toContain(`${loopbackPort}:80 cannot be published: tcp port ${loopbackPort}: EADDRINUSE`);
	expect(taken.stderr).toContain("192.0.2.99:8080:80 cannot be published: tcp port 8080: EADDRNOTAVAIL");
	const wrong = await publish("8080-8081:80");
	expect(wrong).toMatchObject({ code: 125, stdout: "" });
	expect(wrong.stderr).toContain("8080-8081 and 80 are not the same number of ports");
	if (ns.who === "ordinary") expect((await publish("80:80")).stderr).toContain("port 80: EACCES");
});

everywhere("pasta ends with the sandbox, however that ends", async (ns) => {
	await using up = await uplink();
	const failing = await ns.run(["run", "--net=internet", "--cwd", "/nowhere", "true"], { before: up.here });
	expect(failing).toMatchObject({ code: 125 });
	expect(pastas()).toEqual([]);
	expect(await ns.run(["run", "--net=internet", "/nowhere"], { before: up.here })).toMatchObject({ code: 127 });
	expect(pastas()).toEqual([]);

	for (const victim of ["the supervisor", "the command", "the helper", "all at once"] as const) {
		const child = ns.startNs(["run", "--net=internet", "--", "bash", "--norc", "-c", "echo up; sleep 60"], {
			before: up.here,
		});
		const reader = child.stdout.getReader();
		await inTime("the command", reader.read());
		const [pasta] = pastas();
		expect(pasta).toBeDefined();
		const helper = pasta?.parent ?? 0;
		expect(processInfo(helper)).toMatchObject({ name: "ns-helper", parent: child.pid });
		const below = descendants(child.pid).filter(({ pid }) => pid !== helper && pid !== pasta?.pid);
		const victims = {
			"the supervisor": [child.pid],
			"the command": below.map(({ pid }) => pid),
			"the helper": [helper],
			"all at once": [child.pid, helper],
		}[victim];
		for (const pid of victims) process.kill(pid, "SIGKILL");
		await nothingLeft();
		child.kill("SIGKILL");
		await inTime("its end", child.exited);
		await reader.cancel();
	}
});

everywhere("when pasta ends first that is said, and the sandbox goes on", async (ns) => {
	await using up = await uplink();
	const script = `echo up; read -r go; ${asking("tcp", beyond.ipv4, beyondPort, 1)}; echo "went on"; exit 7`;
	const child = ns.startNs(["run", "--net=internet", "--", "bash", "--norc", "-c", script], { before: up.here });
	const reader = child.stdout.getReader();
	await inTime("the command", reader.read());
	for (const { pid } of pastas()) process.kill(pid, "SIGKILL");
	const errors = child.stderr.getReader();
	const { value } = await inTime("the message", errors.read());
	expect(new TextDecoder().decode(value)).toBe("ns: pasta has ended: the sandbox goes on, without the internet\n");
	child.stdin.write("go\n");
	await child.stdin.end();
	const { value: rest } = await inTime("the command", reader.read());
	expect(new TextDecoder().decode(rest)).toBe("went on\n");
	expect(await inTime("its end", child.exited)).toBe(7);
	await reader.cancel();
	await errors.cancel();
});

everywhere("what pasta says of a failure is shown, with what was being done", async (ns) => {
	await using up = await uplink();
	const alone = [...up.here, "unshare", "-n"];
	const ended = await inside(up, ns, ["--net=internet"], "echo started", { before: alone });
	expect(ended).toMatchObject({ code: 125, stdout: "" });
	expect(ended.stderr).toMatch(/interface/i);
	expect(ended.stderr).toContain("wait until pasta has connected the network");
	expect(ended.stderr).toContain("ENETDOWN");
	expect(ended.stderr).toContain("default route");
	expect(pastas()).toEqual([]);
});

everywhere("names are resolved where the name server listens on the loopback interface outside", async (ns) => {
	await using up = await uplink();
	const files = ns.directory("files");
	writeFileSync(join(files, "resolv.conf"), "nameserver 127.0.0.53\nsearch example\n");
	writeFileSync(join(files, "dns.py"), await Bun.file(join(import.meta.dir, "fixtures/dns.py")).text());
	const outside = `mount --bind ${files}/resolv.conf /etc/resolv.conf
		python3 ${files}/dns.py & server=$!
		trap 'kill $server' EXIT
		"$@"`;
	const before = [...up.here, "unshare", "-m", "bash", "--norc", "-c", outside, "bash"];
	const script = `cat /etc/resolv.conf; python3 -c '
import socket
for each in range(5):
	try: print(socket.gethostbyname("box")); break
	except OSError: pass'`;
	const options = ["--net=internet", "--mount"];
	expect(await inside(up, ns, options, script, { before })).toMatchObject({
		stdout: `nameserver 169.254.1.53\nsearch example\n${beyond.ipv4}\n`,
	});
	const alone = await inside(up, ns, ["--net=internet"], "true", { before });
	expect(alone).toMatchObject({ code: 0 });
	expect(alone.stderr).toContain("names are not resolved inside");
});

/** A program that takes the place of pasta in PATH. */
function standIn(ns: Ns, version: string, script: string): NonNullable<RunOptions["env"]> {
	const directory = ns.directory("bin");
	const file = join(directory, "pasta");
	writeFileSync(
		file,
		`#!/bin/sh\nPATH=/usr/bin:/bin\n[ "$1" = --version ] && { echo '${version}'; exit; }\n${script}\n`,
	);
	chmodSync(file, 0o755);
	return { PATH: `${directory}:/usr/bin:/bin` };
}

once("a pasta that is missing, too old or none at all is one error that says how to get it", async (ns) => {
	await using up = await uplink();
	const options = ["--net=internet"];
	const hide = 'mount --bind /dev/null /usr/bin/pasta; exec "$@"';
	const missing = await inside(up, ns, options, "", { before: [...up.here, "unshare", "-m", "sh", "-c", hide, "sh"] });
	expect(missing).toMatchObject({ code: 125, stdout: "" });
	expect(missing.stderr).toContain("there is no such program");
	expect(missing.stderr).toContain("apt install passt, dnf install passt, apk add passt");
	const old = await inside(up, ns, options, "", { env: standIn(ns, "pasta 2022_01_01.abcdef0", "exit 1") });
	expect(old.stderr).toContain("bin/pasta is of 2022-01-01, and the oldest pasta that can be used is of 2023-03-09");
	const other = await inside(up, ns, options, "", { env: standIn(ns, "Barilla 5", "exit 1") });
	expect(other.stderr).toContain("is no pasta");
});

once("a device that cannot be opened is an error that says so", async (ns) => {
	await using up = await uplink({ tun: "600" });
	const { stderr, code } = await inside(up, ns, ["--net=internet"], "echo started");
	if (ns.who === "root") expect(code).toBe(0);
	else expect(stderr).toContain("pasta needs /dev/net/tun, and it cannot be opened: EACCES");
});

once(
	"a pasta that ends without a word, or is never ready, is an error, and it gets nothing of the caller's",
	async (ns) => {
		await using up = await uplink();
		const out = ns.directory("out");
		const newer = "pasta 2024_12_11.09478d5";
		const tells = `{ env; ls /proc/self/fd; echo "$@"; } > ${out}/told; exit 3`;
		const silent = await inside(up, ns, ["--net=internet"], "", { env: { ...standIn(ns, newer, tells), SECRET: "x" } });
		expect(silent).toMatchObject({ code: 125, stdout: "" });
		expect(silent.stderr).toContain("ENETDOWN");
		const told = textOf(`${out}/told`);
		expect(told).not.toContain("SECRET");
		expect(told).toContain("--no-map-gw --tcp-ports none --udp-ports none --tcp-ns none --udp-ns none");
		// Root without a user namespace hands on that of the network; the last one is the directory that ls reads.
		expect(told).toContain(ns.who === "root" ? "\n0\n1\n2\n3\n4\n--" : "\n0\n1\n2\n3\n--");

		const endless = await inside(up, ns, ["--net=internet"], "", {
			env: standIn(ns, newer, `echo waiting >&2; echo $$ > ${out}/pid; exec sleep 600`),
		});
		expect(endless).toMatchObject({ code: 125, stdout: "" });
		expect(endless.stderr).toContain("waiting");
		expect(endless.stderr).toContain("within 10 seconds");
		const pid = Number(textOf(`${out}/pid`));
		expect(pid).toBeGreaterThan(0);
		await until("it is gone", () => processInfo(pid) === undefined);
	},
);
