/**
 * Two sandboxes on one private switch: a server in one, and a client in the other that reaches it by its address.
 *
 * The bridge `lab` is made with the first sandbox and goes with the last. It lies in the network of whoever starts them,
 * which takes CAP_NET_ADMIN there: root has that, and so has everybody in a network of one's own, as this example does.
 */
import assert from "node:assert/strict";
import { net, pid, sandbox, user } from "nskit";

const hasOwn = process.env.HAS_OWN_NETWORK === "1";
if (!hasOwn) {
	const env = { ...process.env, HAS_OWN_NETWORK: "1" };
	const own = sandbox(user(), net()).spawnSync([process.execPath, import.meta.path], {
		env,
		stdout: "inherit",
		stderr: "inherit",
	});
	process.exit(own.exitCode ?? 1);
}

const onBridge = (address: string) => net({ links: [{ kind: "bridge", bridge: "lab", addresses: [`${address}/24`] }] });
const serve = `
	Bun.serve({ hostname: "10.77.0.2", port: 80, fetch: () => new Response("hello over the bridge") });
	console.log("ready");
`;
const server = await sandbox(pid(), onBridge("10.77.0.2")).spawn([process.execPath, "-e", serve]);
await server.stdout.getReader().read();

const ask = 'console.log(await (await fetch("http://10.77.0.2")).text())';
const client = sandbox(pid(), onBridge("10.77.0.3"));
const answer = String(client.spawnSync([process.execPath, "-e", ask]).stdout).trim();
console.log(`the client got: ${answer}`);
assert.equal(answer, "hello over the bridge");

// An address that is taken on the bridge is an error before anything is made.
const third = sandbox(pid(), onBridge("10.77.0.2"));
assert.throws(() => third.spawnSync(["true"]), /has the address 10\.77\.0\.2 already/);
server.kill();
await server.exited;
