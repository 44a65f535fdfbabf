/**
 * A network of one's own: the network namespace.
 *
 * It has its own interfaces, addresses, routes and ports. A new one has a loopback interface that is down, and nothing
 * else: no way out. The sandbox brings the loopback up, so that programs inside can talk to each other.
 */
import assert from "node:assert/strict";
import { net, sandbox } from "nskit";

const box = sandbox(net());
const table = String(box.spawnSync(["cat", "/proc/net/dev"]).stdout);
const interfaces = [...table.matchAll(/^\s*(\S+):/gm)].map(([, name]) => name);
console.log(`interfaces inside: ${interfaces}`);
assert.deepEqual(interfaces, ["lo"]);

// A server inside, which asks itself: that works only when the loopback is up.
const server = `
	const { url } = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hello from inside") });
	console.log(url.href, await (await fetch(url)).text());
`;
const child = await box.spawn([process.execPath, "-e", server]);
const { value = new Uint8Array() } = await child.stdout.getReader().read();
const [url = "", ...answer] = new TextDecoder().decode(value).trim().split(" ");
console.log(`asked inside:  ${url} says ${answer.join(" ")}`);
assert.equal(answer.join(" "), "hello from inside");

const reached = await fetch(url).then(
	(response) => response.text(),
	(error) => error.code,
);
console.log(`asked outside: ${reached}`);
assert.notEqual(reached, "hello from inside", "127.0.0.1 is another one out here");
child.kill();
await child.exited;
