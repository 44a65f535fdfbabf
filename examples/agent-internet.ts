/**
 * The tool call of an agent that may look things up: the internet, but nothing of the caller's own network, and limits of
 * memory, processes and time on all of it. `bun examples/agent-internet.ts "curl -s https://example.org"`; without a
 * command nothing is contacted. Needs pasta (Debian's package passt), and no rights.
 */
import assert from "node:assert/strict";
import { untrusted } from "nskit";

const [command = "cut -f1-3 /proc/net/route; cat /etc/resolv.conf"] = process.argv.slice(2);
const box = untrusted({
	profile: {
		net: { internet: true, resolv: "copy" },
		resources: { memory: "512M", pids: 64, cpus: 1, bestEffort: true },
		lifetime: { timeout: "20s" },
	},
});
const child = await box.spawn(["sh", "-c", `exec 2>&1; ${command}`], { stats: true });
let text = "";
for await (const bytes of child.stdout) {
	text += new TextDecoder().decode(bytes.subarray(0, 65_536 - text.length));
	if (text.length >= 65_536) child.kill("SIGKILL");
}
const code = await child.exited;
const { time, memory } = await child.stats;
console.log(`${text}exit code ${code}, ${time.wall} µs, ${memory.peak ?? "?"} bytes`);

// A default route leads out; what listens on 127.0.0.1 out here is not reached, because that address is inside.
const route = box.spawnSync(["sh", "-c", "cut -f2 /proc/net/route"], { stdout: "pipe" });
assert.match(String(route.stdout), /^00000000$/m, "there is a default route");
const local = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("private") });
const reach = `exec 3<>/dev/tcp/127.0.0.1/${local.port}`;
assert.notEqual(await (await box.spawn(["bash", "-c", reach], { stderr: "ignore" })).exited, 0, "not reached");
await local.stop(true);
