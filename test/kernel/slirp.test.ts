/** The internet through slirp4netns: what is reached, what is not, and that nothing of it stays. */
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ns, type RunOptions, rows } from "./harness.ts";
import { descendants, processInfo, textOf } from "./outside.ts";
import { asking, beyond, beyondPort, here, loopbackPort, type Uplink, uplink } from "./uplink.ts";
import { inTime, until } from "./waiting.ts";

const needed = ["root", "slirp4netns", "ip", "unshare", "nsenter", "python3", "bash"] as const;
const everywhere = rows({ needs: needed });
const once = rows({ needs: needed, how: "source" });

const slirp = "--net=internet:slirp4netns";
/** The gateway inside, which stands for the loopback interface outside where that may be reached. */
const inner = "10.0.2.2";

/** Runs a script of bash in a sandbox with these options. */
const inside = (up: Uplink, ns: Ns, options: readonly string[], script: string, more: RunOptions = {}) =>
	ns.run(["run", slirp, ...options, "--", "bash", "--norc", "-c", script], { before: up.here, ...more });

/** Those below this process, orphans too. */
const running = () =>
	descendants(process.pid).filter(
		({ pid, state }) => state !== "Z" && textOf(`/proc/${pid}/cmdline`).startsWith("slirp4netns\0"),
	);

everywhere("what is beyond is reached from inside", async (ns) => {
	await using up = await uplink();
	const script = `${asking("tcp", beyond.ipv4, beyondPort)}\n${asking("udp", beyond.ipv4, beyondPort)}`;
	for (const more of [[], ["--map-root-user", "--pid", "--mount-proc"], ["--user"]])
		expect(await inside(up, ns, more, script)).toMatchObject({
			code: 0,
			stdout: `beyond ${here.ipv4}\n`.repeat(2),
			stderr: "",
		});
	expect(running()).toEqual([]);
});

everywhere("what listens on the loopback interface outside is not reached, unless that is asked for", async (ns) => {
	await using up = await uplink();
	const lead = `for file in /proc/sys/net/ipv4/conf/*/route_localnet; do echo 1 > $file; done 2>/dev/null
		ip addr del 127.0.0.1/8 dev lo && ip route add 127.0.0.0/8 via ${inner} dev internet0
		${[inner, "127.0.0.1", "10.0.2.3"].map((address) => asking("tcp", address, loopbackPort, 1)).join("\n")}`;
	const ended = await inside(up, ns, ["--map-root-user"], lead);
	expect(ended.stdout).toBe("");
	expect(ended.stderr).toContain("Operation not permitted");
	const mapped = await inside(up, ns, ["--map-host"], asking("tcp", inner, loopbackPort));
	expect(mapped.stdout).toBe("loopback 127.0.0.1\n");
});

everywhere("it ends with the sandbox, however that ends", async (ns) => {
	await using up = await uplink();
	expect(await ns.run(["run", slirp, "/nowhere"], { before: up.here })).toMatchObject({ code: 127 });
	expect(running()).toEqual([]);
	for (const victim of ["the supervisor", "the helper", "all at once"] as const) {
		const child = ns.startNs(["run", slirp, "--", "bash", "--norc", "-c", "echo up; sleep 60"], { before: up.here });
		const reader = child.stdout.getReader();
		await inTime("the command", reader.read());
		const helper = running()[0]?.parent ?? 0;
		expect(processInfo(helper)).toMatchObject({ name: "ns-helper", parent: child.pid });
		const victims = { "the supervisor": [child.pid], "the helper": [helper], "all at once": [child.pid, helper] }[
			victim
		];
		for (const pid of victims) process.kill(pid, "SIGKILL");
		await until("none is left", () => running().length === 0);
		child.kill("SIGKILL");
		await inTime("its end", child.exited);
		await reader.cancel();
	}
});

everywhere("when it ends first that is said, and the sandbox goes on", async (ns) => {
	await using up = await uplink();
	const script = 'echo up; read -r go; echo "went on"; exit 7';
	const child = ns.startNs(["run", slirp, "--", "bash", "--norc", "-c", script], { before: up.here });
	const reader = child.stdout.getReader();
	await inTime("the command", reader.read());
	for (const { pid } of running()) process.kill(pid, "SIGKILL");
	const errors = child.stderr.getReader();
	const { value } = await inTime("the message", errors.read());
	expect(new TextDecoder().decode(value)).toBe(
		"ns: slirp4netns has ended: the sandbox goes on, without the internet\n",
	);
	child.stdin.write("go\n");
	await child.stdin.end();
	expect(await inTime("its end", child.exited)).toBe(7);
	await reader.cancel();
	await errors.cancel();
});

everywhere("rules, and names of a server on the loopback interface outside, are as with pasta", async (ns) => {
	await using up = await uplink();
	const refused = asking("tcp", beyond.ipv4, beyondPort, 1);
	expect(await inside(up, ns, ["--deny-out", "any"], refused)).toMatchObject({ code: 0, stdout: "" });
	const files = ns.directory("files");
	writeFileSync(join(files, "resolv.conf"), "nameserver 127.0.0.53\n");
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
	expect(await inside(up, ns, ["--mount"], script, { before })).toMatchObject({
		stdout: `nameserver 10.0.2.3\n${beyond.ipv4}\n`,
	});
});

once("what it cannot do, and that it is missing, are errors before anything is made", async (ns) => {
	await using up = await uplink();
	const published = await inside(up, ns, ["--publish", "8080:80"], "echo started");
	expect(published).toMatchObject({ code: 125, stdout: "" });
	expect(published.stderr).toContain("slirp4netns publishes no ports here");
	const hide = (program: string) => `mount --bind /dev/null ${Bun.which(program)}; exec "$@"`;
	const without = (program: string) => [...up.here, "unshare", "-m", "sh", "-c", hide(program), "sh"];
	const missing = await inside(up, ns, [], "echo started", { before: without("slirp4netns") });
	expect(missing).toMatchObject({ code: 125, stdout: "" });
	expect(missing.stderr).toContain("by slirp4netns, and there is no such program");
	const other = await ns.run(["run", "--net=internet", "true"], { before: without("pasta") });
	expect(other).toMatchObject({ code: 125 });
	expect(other.stderr).toContain("--net=internet:slirp4netns, which is there");
});

once("what it says of a failure is shown", async (ns) => {
	await using up = await uplink({ tun: "666" });
	const hide = 'mount -t tmpfs none /dev/net; touch /dev/net/tun; chmod 666 /dev/net/tun; exec "$@"';
	const before = [...up.here, "unshare", "-m", "sh", "-c", hide, "sh"];
	const ended = await inside(up, ns, [], "echo started", { before });
	expect(ended).toMatchObject({ code: 125, stdout: "" });
	expect(ended.stderr).toContain("wait until slirp4netns has connected the network");
	expect(ended.stderr).toContain("ENETDOWN");
	expect(running()).toEqual([]);
});
