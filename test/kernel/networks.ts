/**
 * A host and an internet for tests of the network: two network namespaces with a cable between them, kept by processes
 * that end with the test. Nothing of the machine's own network is touched.
 */
import { expect } from "bun:test";
import { join } from "node:path";
import { type Ended, type Ns, type Running, until } from "./harness.ts";
import { linkOf } from "./outside.ts";

const folder = join(import.meta.dir, "fixtures");

export class Networks {
	private constructor(
		private readonly ns: Ns,
		private readonly keepers: Readonly<Record<"host" | "internet", number>>,
	) {}

	/** The host has 192.0.2.1 and 2001:db8::1 on `up0`, the internet .9 and ::9; forwarding is off, and policies are open. */
	static async make(ns: Ns): Promise<Networks> {
		const networks = new Networks(ns, { host: await keeper(ns), internet: await keeper(ns) });
		await networks.script(
			"host",
			`ip link add up0 type veth peer name up0 netns ${networks.keepers.internet}
			ip link set lo up; echo 0 > /proc/sys/net/ipv6/conf/up0/accept_dad; ip addr add 192.0.2.1/24 dev up0; ip addr add 2001:db8::1/64 dev up0 nodad; ip link set up0 up
			echo 0 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv6/conf/all/forwarding`,
		);
		await networks.script(
			"internet",
			`ip link set lo up; echo 0 > /proc/sys/net/ipv6/conf/up0/accept_dad
			ip addr add 192.0.2.9/24 dev up0; ip addr add 2001:db8::9/64 dev up0 nodad; ip link set up0 up`,
		);
		return networks;
	}

	/** The beginning of a command line that is run there. */
	inside(where: "host" | "internet"): string[] {
		return ["nsenter", `--net=/proc/${this.keepers[where]}/ns/net`];
	}

	/** Runs a script of the shell there, which has to go well. */
	async script(where: "host" | "internet", text: string): Promise<string> {
		const ended = await this.ns.command(["sh", "-ec", text], { before: this.inside(where) });
		expect(ended).toMatchObject({ code: 0, stderr: "" });
		return ended.stdout;
	}

	/** Runs `ns` there to its end. */
	run(args: readonly string[]): Promise<Ended> {
		return this.ns.run(args, { before: this.inside("host") });
	}

	/** Starts a server there, and waits until it listens. */
	async serve(where: "host" | "internet", ports: readonly string[]): Promise<Running> {
		return ready(this.ns.start([...server, ...ports], { before: this.inside(where) }));
	}

	/** Starts `ns run` on the host with these options and a server, and waits until that listens. */
	async sandbox(args: readonly string[], ports: readonly string[]): Promise<Running> {
		return ready(this.ns.startNs(["run", ...args, "--", ...server, ...ports], { before: this.inside("host") }));
	}

	/** What servers answer to somebody there. */
	async ask(where: "host" | "internet", ...servers: readonly string[]): Promise<string[]> {
		const ended = await this.ns.command([...client, ...servers], { before: this.inside(where) });
		expect(ended).toMatchObject({ code: 0, stderr: "" });
		return ended.stdout.trim().split("\n");
	}

	/** What the host has that a sandbox could leave behind: tables, interfaces, sockets. */
	left(): Promise<string> {
		return this.script(
			"host",
			"nft list ruleset; ip -o link | cut -d: -f2; ss -Hantu | grep -v TIME-WAIT | sed 's,  *, ,g; s, $,,' || true",
		);
	}
}

export const server = ["python3", join(folder, "echo.py")];
export const client = ["python3", join(folder, "ask.py")];

/** Ends a server, and tells what it has written: a line for each who asked. */
export async function asked(server: Running): Promise<string> {
	server.kill();
	await server.exited;
	const reader = server.stdout.getReader();
	let said = "";
	for (;;) {
		const { value, done } = await reader.read();
		if (done) break;
		said += new TextDecoder().decode(value);
	}
	reader.releaseLock();
	return said;
}

/** A process in a network namespace of its own. */
async function keeper(ns: Ns): Promise<number> {
	const child = ns.start(["sleep", "600"], { before: ["unshare", "-n"] });
	const own = linkOf("/proc/self/ns/net");
	await until("a network namespace", () => !["", own].includes(linkOf(`/proc/${child.pid}/ns/net`)));
	return child.pid;
}

async function ready(child: Running): Promise<Running> {
	const reader = child.stdout.getReader();
	let said = "";
	while (!said.includes("ready")) {
		const { value, done } = await reader.read();
		if (done) throw new Error(`${await child.stderr.text()} (exit code ${await child.exited})`);
		said += new TextDecoder().decode(value);
	}
	reader.releaseLock();
	return child;
}
