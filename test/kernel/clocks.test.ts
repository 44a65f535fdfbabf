import { expect } from "bun:test";
import { everywhere } from "./harness.ts";
import { textOf } from "./outside.ts";

const uptime = (text: string): number => Number.parseFloat(text);
const here = (): number => uptime(textOf("/proc/uptime"));
const day = 86_400;

everywhere("the boot-time clock is a day ahead inside, and not outside", async (ns) => {
	const before = here();
	const inside = uptime(await ns.output(["run", "--boottime", "+1d", "cat", "/proc/uptime"]));
	const after = here();
	// Both sides are cut to hundredths of a second.
	expect(inside - day).toBeGreaterThanOrEqual(before - 0.02);
	expect(inside - day).toBeLessThanOrEqual(after + 0.02);
	expect(after).toBeLessThan(before + day);
});

everywhere("offsets may be negative and have nanoseconds", async (ns) => {
	const offsets = async (...options: string[]) =>
		(await ns.output(["run", "--time", ...options, "cat", "/proc/self/timens_offsets"])).trim().split(/\s+/);
	expect(await offsets("--monotonic", "-1.5s", "--boottime", "1h0.000000001s")).toEqual([
		...["monotonic", "-2", "500000000"],
		...["boottime", "3600", "1"],
	]);
	expect(await offsets()).toEqual(["monotonic", "0", "0", "boottime", "0", "0"]);
});

everywhere("a command that becomes another program stays in its clocks", async (ns) => {
	const inside = await ns.output(["run", "--time", "--boottime", "10d", "sh", "-c", "sh -c 'cat /proc/uptime'"]);
	expect(uptime(inside)).toBeGreaterThan(10 * day);
	expect(here()).toBeLessThan(uptime(inside));
});
