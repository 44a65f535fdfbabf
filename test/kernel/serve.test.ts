/** A server of sandboxes: one for each connection. On the loopback interface alone, at ports that are free. */
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pid, sandbox, server } from "../../src/index.ts";
import { everywhere, library, type Ns, type Running, rows } from "./harness.ts";
import { descendants, haveEnded, textOf } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

const loopback = "127.0.0.1";

/** A port that nobody listens on now. */
function freePort(hostname = loopback): number {
	const socket = Bun.listen({ hostname, port: 0, socket: { data() {} } });
	const { port } = socket;
	socket.stop(true);
	return port;
}

/** A connection: what it has got so far, and whether the other side has ended it. */
class Client {
	text = "";
	ended = false;
	private socket: Bun.Socket | undefined;

	/** Asks again until somebody listens. */
	static async connect(port: number, hostname = loopback): Promise<Client> {
		const client = new Client();
		const over = () => {
			client.ended = true;
		};
		const data = (_: unknown, bytes: Uint8Array) => {
			client.text += new TextDecoder().decode(bytes);
		};
		const socket = { data, close: over, error: over };
		client.socket = await until("a connection", () => Bun.connect({ hostname, port, socket }).catch(() => undefined));
		return client;
	}

	say(text: string): void {
		this.socket?.write(text);
	}

	/** Everything until the other side ends. */
	async all(): Promise<string> {
		await until("the end of the connection", () => this.ended);
		return this.text;
	}

	close(): void {
		this.socket?.terminate();
	}
}

const serving = (ns: Ns, port: number | string, ...more: string[]): Running =>
	ns.startNs(["run", "--listen", String(port), ...more]);

async function end(child: Running): Promise<void> {
	child.kill("SIGTERM");
	await inTime("the end of the server", child.exited);
	expect(child.signalCode).toBe("SIGTERM");
}

everywhere("each connection gets a sandbox and an answer of its own, and nothing else of the server's", async (ns) => {
	const port = freePort();
	const script = 'echo log $$ >&2; read name; echo "$name $$ $(readlink /proc/self/ns/pid)"; ls /proc/$$/fd';
	const child = serving(ns, port, "--pid", "--mount", "sh", "-c", script);
	const log = new Transcript(child.stderr);
	const clients = await Promise.all([1, 2, 3].map(() => Client.connect(port)));
	clients.forEach((client, i) => {
		client.say(`client${i}\n`);
	});
	const answers = await Promise.all(clients.map((client) => client.all()));
	const spaces = answers.map((answer, i) => {
		const [, name, space] = /^(\w+) 2 (pid:\[\d+\])\n0\n1\n2\n$/.exec(answer) ?? [answer];
		expect([answer, name]).toEqual([answer, `client${i}`]);
		return space;
	});
	expect(new Set(spaces).size).toBe(3);
	await until("three lines", () => log.text === "log 2\nlog 2\nlog 2\n");
	await until("all are reaped", () => descendants(child.pid).length === 0);
	await end(child);
});

everywhere("who says nothing holds nobody up, and is ended with the server", async (ns) => {
	for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const) {
		const port = freePort();
		const child = serving(ns, port, "--pid", "sh", "-c", "trap '' TERM INT HUP; echo in; read x; echo got $x");
		const slow = [await Client.connect(port), await Client.connect(port)];
		for (const client of slow) await until("the command", () => client.text === "in\n");
		const quick = await Client.connect(port);
		quick.say("word\n");
		expect(await quick.all()).toBe("in\ngot word\n");
		const inside = descendants(child.pid).map((one) => one.pid);
		expect(inside.length).toBeGreaterThanOrEqual(6);
		child.kill(signal);
		await inTime("the end", child.exited);
		expect(child.signalCode).toBe(signal);
		await until("nothing is left", () => haveEnded(inside));
		for (const client of slow) expect(await client.all()).toBe("in\n");
	}
});

everywhere("no more than asked for are served at a time, and the others wait", async (ns) => {
	for (const most of ["1", "2"]) {
		const port = freePort();
		const log = `log${most}`;
		const script = `echo begin >>${log}; read x; echo end >>${log}; echo done`;
		const child = serving(ns, port, "--most", most, "--uts", "sh", "-c", script);
		const clients = [];
		for (let i = 0; i < 5; i++) clients.push(await Client.connect(port));
		for (const client of clients) client.say("\n");
		for (const client of clients) expect(await client.all()).toBe("done\n");
		let [now, peak] = [0, 0];
		for (const line of readFileSync(join(ns.folder, log), "utf8").trim().split("\n")) {
			now += line === "begin" ? 1 : -1;
			peak = Math.max(peak, now);
		}
		expect([now, peak <= Number(most)]).toEqual([0, true]);
		await end(child);
	}
});

everywhere("the socket is on the loopback interface alone unless another address is said", async (ns) => {
	/** The addresses that are listened on at a port, as /proc/net has them. */
	const listens = (port: number) => {
		const hex = port.toString(16).toUpperCase().padStart(4, "0");
		const all = `${textOf("/proc/net/tcp")}${textOf("/proc/net/tcp6")}`;
		return [...all.matchAll(new RegExp(` ([0-9A-F]+):${hex} [0-9A-F]+:0000 0A `, "g"))].map(([, address]) => address);
	};
	for (const [address, hostname, shown] of [
		["", loopback, "0100007F"],
		["127.0.0.2:", "127.0.0.2", "0200007F"],
		["[::1]:", "::1", "00000000000000000000000001000000"],
	] as const) {
		if (hostname === "::1" && textOf("/proc/net/if_inet6") === "") continue;
		const port = freePort(hostname);
		const child = serving(ns, `${address}${port}`, "--net", "cat");
		const client = await Client.connect(port, hostname);
		client.say("back\n");
		await until("the answer", () => client.text === "back\n");
		expect([address, listens(port)]).toEqual([address, [shown]]);
		client.close();
		await end(child);
	}
});

everywhere("a port in use is one error, and so is an address of somebody else", async (ns) => {
	const taken = Bun.listen({ hostname: loopback, port: 0, socket: { data() {} } });
	try {
		const used = await ns.run(["run", "--listen", String(taken.port), "true"]);
		expect(used).toMatchObject({ code: 125, stdout: "" });
		expect(used.stderr).toMatch(
			/^ns: cannot listen on 127.0.0.1:\d+: .*EADDRINUSE.*\nhint: somebody listens there.*\n$/,
		);
		const strange = await ns.run(["run", "--listen", `192.0.2.1:${taken.port}`, "true"]);
		expect([strange.code, strange.stderr]).toEqual([125, expect.stringContaining("does not have the address")]);
		const daemon = await ns.run(["run", "--daemon", "--listen", String(taken.port), "true"]);
		expect([daemon.code, daemon.stderr]).toEqual([125, expect.stringContaining("EADDRINUSE")]);
	} finally {
		taken.stop(true);
	}
});

everywhere("a command that cannot be executed costs its connection, and the server goes on", async (ns) => {
	const port = freePort();
	const child = serving(ns, port, "--pid", "./late");
	const log = new Transcript(child.stderr);
	expect(await (await Client.connect(port)).all()).toBe("");
	await log.has("cannot run ./late: ENOENT");
	await ns.command(["sh", "-c", "printf '#!/bin/sh\\necho here\\n' >late; chmod +x late"]);
	expect(await (await Client.connect(port)).all()).toBe("here\n");
	await end(child);
});

everywhere("standard descriptors that the caller has closed are no connection's", async (ns) => {
	const port = freePort();
	const args = ["run", "--listen", String(port), "sh", "-c", "ls /proc/$$/fd; echo lost >&2"];
	const child = ns.start(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", ...ns.program, ...args]);
	for (let i = 0; i < 2; i++) expect(await (await Client.connect(port)).all()).toBe("0\n1\n2\n");
	await end(child);
});

everywhere(
	"a server in the background can be connected to when ns has ended, and ends with its sandboxes",
	async (ns) => {
		const port = freePort();
		const args = ["run", "--daemon", "--pid-file", "pid", "--listen", String(port), "--pid", "cat"];
		expect(await ns.shell('"$@" >out 2>&1', { args })).toMatchObject({ code: 0 });
		const file = join(ns.folder, "pid");
		const server = Number(readFileSync(file, "utf8"));
		const client = await Client.connect(port);
		client.say("a\n");
		await until("the answer", () => client.text === "a\n");
		const again = await Client.connect(port);
		again.close();
		await until("one is left", () => descendants(server).length === 3);
		expect(Number(readFileSync(file, "utf8"))).toBe(server);
		const all = [server, ...descendants(server).map((one) => one.pid)];
		process.kill(server, "SIGTERM");
		await until("nothing is left", () => haveEnded(all) && textOf(file) === "");
		await client.all();
	},
);

rows({ who: "ordinary" })(
	"a sandbox with the caller's process ids gets hold of nothing of the server's",
	async (ns) => {
		const port = freePort();
		const script = "read server; ls /proc/$server/fd /proc/$server/cwd/ 2>&1; kill -0 $PPID && echo there";
		const child = serving(ns, port, "--uts", "sh", "-c", script);
		const client = await Client.connect(port);
		client.say(`${child.pid}\n`);
		const answer = await client.all();
		expect(answer.match(/Permission denied/g)).toHaveLength(2);
		expect(answer).not.toMatch(/^\d+$/m);
		await end(child);
	},
);

library("`spawn` resolves when connections are taken, and its end is that of all", async () => {
	const port = freePort();
	const box = sandbox(pid(), server({ listen: { port }, most: 2 }));
	const child = await box.spawn(["cat"]);
	const client = await Client.connect(port);
	client.say("word");
	await until("the answer", () => client.text === "word");
	await expect(box.spawn(["cat"])).rejects.toThrow("EADDRINUSE");
	const inside = descendants(child.pid).map((one) => one.pid);
	child.kill();
	await inTime("the end", child.exited);
	await until("nothing is left", () => haveEnded(inside));
	await client.all();
});
