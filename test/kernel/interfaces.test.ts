import { expect } from "bun:test";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { everywhere, rows } from "./harness.ts";
import { interfaces } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

rows({ needs: ["ip"] })("a network namespace has a loopback interface that is up, and nothing else", async (ns) => {
	const lines = (await ns.output(["run", "--net", "ip", "-o", "link"])).trim().split("\n");
	expect(lines.length).toBe(1);
	expect(lines[0]).toMatch(/^1: lo: <LOOPBACK,UP,LOWER_UP> /);
	expect(await ns.output(["run", "--net", "ip", "-o", "-4", "addr"])).toMatch(/ lo +inet 127\.0\.0\.1\/8 /);
	expect(await ns.output(["run", "--net", "ip", "route"])).toBe("");
	expect(interfaces()).toContain("lo");
});

rows({ needs: ["ip"] })("the loopback interface stays down when that is asked for", async (ns) => {
	expect(await ns.output(["run", "--net", "--no-loopback", "ip", "-o", "link"])).toMatch(/^1: lo: <LOOPBACK> .*DOWN/);
});

everywhere("a server inside is reached from inside and not from outside", async (ns) => {
	// The same port is taken outside: so both answer, each in its own world.
	const outside = Bun.listen({
		hostname: "127.0.0.1",
		port: 0,
		socket: { open: (socket) => void socket.end("outside"), data() {} },
	});
	try {
		const serve = [checkout().bun, join(checkout().project, "test/kernel/fixtures/serve.ts"), String(outside.port)];
		const server = ns.startNs(["run", "--net", ...serve]);
		const reader = server.stdout.getReader();
		const first = await inTime("an answer inside", reader.read());
		expect(new TextDecoder().decode(first.value)).toBe("inside\n");
		expect(await ask(outside.port)).toBe("outside");
		await server.stdin.end();
		expect(await inTime("the end of the server", server.exited)).toBe(0);
	} finally {
		outside.stop(true);
	}
});

async function ask(port: number): Promise<string> {
	let answer = "";
	await Bun.connect({
		hostname: "127.0.0.1",
		port,
		socket: {
			data: (_, bytes) => {
				answer += new TextDecoder().decode(bytes);
			},
		},
	});
	return until("an answer", () => answer);
}
