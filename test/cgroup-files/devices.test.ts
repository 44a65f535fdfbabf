import { expect } from "bun:test";
import { namesDevices, numberedDevices } from "../../src/cgroup-files/devices.ts";
import type { Problem } from "../../src/plan/types.ts";
import { needs } from "../needs.ts";

needs("linux")("devices that are named by paths get their numbers", () => {
	const problems: Problem[] = [];
	const { devices } = numberedDevices({ devices: ["/dev/null", "/dev/zero:wr", "standard", "c 1:9 r"] }, problems);
	expect(devices).toEqual(["c 1:3 rwm", "c 1:5 rw", "standard", "c 1:9 r"]);
	expect(problems).toEqual([]);
});

needs("linux")("what is no device, or none of that kind, is a problem", () => {
	const problems: Problem[] = [];
	const io = [{ device: "/dev/null" }, { device: "8:0" }, { device: "/no/such" }];
	expect(numberedDevices({ io, devices: ["/etc/passwd"] }, problems).io).toEqual([{ device: "8:0" }]);
	expect(problems.map(({ message }) => message)).toEqual([
		...['"/dev/null" is no block device', '"/no/such" is no block device', '"/etc/passwd" is no device'],
	]);
	expect(namesDevices({ io: [{ device: "8:0" }], devices: ["standard"] })).toBe(false);
	expect(namesDevices({ io })).toBe(true);
});
