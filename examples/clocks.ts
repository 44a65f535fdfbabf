/**
 * Clocks of one's own: the time namespace.
 *
 * The monotonic clock and the time since boot can be shifted, for example for a program that was moved here from a
 * machine that had been running longer. The time of day stays the machine's. Offsets can be written only until the first
 * process is inside.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { sandbox, time } from "nskit";

const seconds = (uptime: unknown) => Number(String(uptime).split(" ")[0]);
const day = 24 * 60 * 60;

const outside = seconds(readFileSync("/proc/uptime"));
const inside = seconds(sandbox(time({ boottime: "1d" })).spawnSync(["cat", "/proc/uptime"]).stdout);
console.log(`up for ${outside} seconds outside, ${inside} inside`);
assert.ok(Math.abs(inside - outside - day) < 60, "a day ahead");

const later = seconds(readFileSync("/proc/uptime"));
assert.ok(later - outside < 60, "outside, the clock is as it was");

// The other way the machine would have to be older than a day: a clock must not become negative.
const before = sandbox(time({ boottime: -Math.floor(later / 2) })).spawnSync(["cat", "/proc/uptime"]);
console.log(`and half as old as it is: ${seconds(before.stdout)}`);
assert.ok(seconds(before.stdout) < later);
