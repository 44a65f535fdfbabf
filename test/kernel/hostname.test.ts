import { expect } from "bun:test";
import { hostname } from "node:os";
import { everywhere } from "./harness.ts";

everywhere("a host name set inside is not seen outside", async (ns) => {
	const before = hostname();
	expect(await ns.output(["run", "--uts", "sh", "-c", "hostname box; hostname"])).toBe("box\n");
	expect(hostname()).toBe(before);
});
