import { expect } from "bun:test";
import { rows } from "./harness.ts";
import { textOf } from "./outside.ts";
import { until } from "./waiting.ts";

const withQueues = rows({ needs: ["ipcs"] });

/** The keys in what `ipcs -q` prints. */
const keys = (text: string): string[] => text.split("\n").flatMap((line) => /^0x[0-9a-f]+/.exec(line)?.[0] ?? []);
/** The key of the queue that `ipcmk -Q; ipcs -q` has made, in what both print. */
function keyOfMade(text: string): string {
	const id = /id: (\d+)/.exec(text)?.[1];
	return new RegExp(`^(0x[0-9a-f]+) +${id} `, "m").exec(text)?.[1] ?? "no queue was made";
}
/** The keys that the kernel lists here. */
const keysHere = (): number[] =>
	textOf("/proc/sysvipc/msg")
		.trim()
		.split("\n")
		.slice(1)
		.map((line) => Number(line.trim().split(/\s+/)[0]));

withQueues("a message queue made outside is not seen inside", async (ns) => {
	const made = keyOfMade((await ns.command(["sh", "-c", "ipcmk -Q; ipcs -q"])).stdout);
	try {
		expect(keys(await ns.output(["run", "--ipc", "ipcs", "-q"]))).toEqual([]);
		expect(keys((await ns.command(["ipcs", "-q"])).stdout)).toContain(made);
	} finally {
		await ns.command(["ipcrm", "-Q", made]);
	}
});

withQueues("a message queue made inside is seen there alone, and is gone with its namespace", async (ns) => {
	const inside = ns.startNs(["run", "--ipc", "sh", "-c", "ipcmk -Q; ipcs -q; echo ready; read _ || true"]);
	const reader = inside.stdout.getReader();
	let text = "";
	await until("a queue inside", async () => {
		text += new TextDecoder().decode((await reader.read()).value);
		return text.includes("ready");
	});
	const made = keyOfMade(text);
	expect(keys(text)).toEqual([made]);
	expect(keysHere()).not.toContain(Number(made));
	const joined = ["run", "--join", `ipc:${inside.pid}`, ...(ns.who === "root" ? [] : ["--join", `user:${inside.pid}`])];
	expect(keys(await ns.output([...joined, "ipcs", "-q"]))).toEqual([made]);
	await inside.stdin.end();
	expect(await inside.exited).toBe(0);
	expect(keys(await ns.output(["run", "--ipc", "ipcs", "-q"]))).toEqual([]);
	expect(keysHere()).not.toContain(Number(made));
});
