/** Devices that limits name by their paths. */
import type { IoLimit, ResourceOptions } from "../cgroups/types.ts";
import type { Problem } from "../plan/types.ts";

/** Whether these options name a device by its path. */
export const namesDevices = ({ io = [], devices = [] }: ResourceOptions): boolean =>
	io.some(({ device }) => device.startsWith("/")) || devices.some((one) => one.startsWith("/"));

/** The options with the numbers of devices in place of their paths. What is no such device is a problem, and left out. */
export function numberedDevices(options: ResourceOptions, problems: Problem[]): ResourceOptions {
	const io: IoLimit[] = [];
	for (const one of options.io ?? []) {
		const found = one.device.startsWith("/") ? lookAt(one.device, "b", problems) : { numbers: one.device };
		if (found) io.push({ ...one, device: found.numbers });
	}
	const devices: string[] = [];
	for (const one of options.devices ?? []) {
		const [, path, access = "rwm"] = /^(\/.*?)(?::([rwm]{1,3}))?$/.exec(one) ?? [];
		const found = path === undefined ? undefined : lookAt(path, "any", problems);
		if (path === undefined) devices.push(one);
		else if (found) devices.push(`${found.kind} ${found.numbers} ${inOrder(access)}`);
	}
	return { ...options, io: options.io && io, devices: options.devices && devices };
}

/** As the kernel writes it. */
const inOrder = (access: string): string => ["r", "w", "m"].filter((one) => access.includes(one)).join("");

function lookAt(path: string, kind: "b" | "any", problems: Problem[]): { kind: string; numbers: string } | undefined {
	const stat = process.getBuiltinModule("node:fs").statSync(path, { throwIfNoEntry: false });
	const is = stat?.isBlockDevice() ? "b" : stat?.isCharacterDevice() ? "c" : undefined;
	if (stat && is !== undefined && (kind === "any" || is === kind)) {
		// As gnu_dev_major(3) and gnu_dev_minor(3), for the numbers that the kernel gives out.
		const major = Number((BigInt(stat.rdev) >> 8n) & 0xfffn);
		const minor = Number((BigInt(stat.rdev) & 0xffn) | ((BigInt(stat.rdev) >> 12n) & 0xfff00n));
		return { kind: is, numbers: `${major}:${minor}` };
	}
	const message = `${JSON.stringify(path)} is no ${kind === "b" ? "block device" : "device"}`;
	problems.push({ code: "RESOURCE_INVALID", message, hint: "lsblk lists block devices, and ls -l /dev all of them" });
	return undefined;
}
