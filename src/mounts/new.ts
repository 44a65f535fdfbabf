/** Rules that mount file systems of the sandbox's own. */
import { attach, attributes, labelled, newMount, remember } from "./calls.ts";
import { makeDevices, openDevices } from "./dev.ts";
import { type Made, placed, type Tools } from "./made.ts";
import { overlay as makeOverlay } from "./overlay.ts";
import type { DevMount, KernelMount, OverlayMount, TmpfsMount } from "./rules.ts";

export function tmpfs(rule: TmpfsMount, tools: Tools): Made {
	const { target, size, mode, ...asked } = rule;
	const options: (readonly [string, string])[] = labelled(tools.context.fileLabel);
	if (size !== undefined) options.push(["size", String(size)]);
	if (mode !== undefined) options.push(["mode", mode.toString(8)]);
	// Always without set-user-ID and devices. Read-only comes last, once nothing has to be made in it.
	const names = attributes({ ...asked, readOnly: false, noSuid: true, noDev: true });
	return {
		does: `mount an empty file system at ${target}`,
		why: "what lies there is hidden, and what is written is gone at the end",
		man: "tmpfs(5)",
		calls: placed(tools, target, "directory", [
			...newMount("tmpfs", tools.id, names, options),
			remember(tools.id),
			attach(tools.id, "target"),
		]),
		mounts: "private",
	};
}

export function overlay(rule: OverlayMount, tools: Tools): Made {
	const { lower, target, writes = "memory" } = rule;
	const { host, creates } = tools.context;
	const made = makeOverlay(rule, tools.id, tools.layers, { kernel: host.kernel, privateIds: creates.has("user") });
	return {
		does: `mount an overlay of ${lower.join(", ")} at ${target}`,
		why: overlayReason(writes),
		man: "mount(8)",
		opens: {
			does: `open ${lower.join(", ")}`,
			why: "layers are taken as they are now",
			man: "openat(2)",
			calls: made.opens,
		},
		opensWhen: "first",
		calls: placed(tools, target, "directory", made.calls),
		mounts: writes === "memory" ? "private" : "foreign",
	};
}

function overlayReason(writes: NonNullable<OverlayMount["writes"]>): string {
	if (writes === "memory") return "what is written lies in memory, and is gone at the end";
	return writes === "nowhere" ? "several directories are shown as one" : `what is written lies in ${writes.keep}`;
}

export function dev({ target, size }: DevMount, tools: Tools): Made {
	const hasConsole = tools.context.session === "pty";
	return {
		does: `make a minimal ${target}`,
		why: "the devices that every program counts on, and no others",
		man: "null(4)",
		opens: {
			does: "open the caller's devices",
			why: "what a new root calls /dev/null may be something else",
			man: "open_tree(2)",
			calls: openDevices(tools.id, hasConsole),
		},
		calls: placed(
			tools,
			target,
			"directory",
			makeDevices(tools.id, { hasConsole, label: tools.context.fileLabel, size }),
		),
		mounts: "private",
	};
}

const kernelMounts = {
	mqueue: {
		does: "mount the message queues",
		why: "those of the IPC namespace",
		man: "mq_overview(7)",
		attributes: "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC",
		fileSystem: "mqueue",
	},
	sys: {
		does: "mount a new sysfs",
		why: "it shows the interfaces of the network namespace",
		man: "sysfs(5)",
		attributes: "MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC",
		fileSystem: "sysfs",
	},
} as const;

export function kernel({ type, target }: KernelMount, tools: Tools): Made {
	const { does, why, man, attributes: names, fileSystem } = kernelMounts[type];
	return {
		...{ does: `${does} at ${target}`, why, man },
		calls: placed(tools, target, "directory", [...newMount(fileSystem, tools.id, names), attach(tools.id, "target")]),
		mounts: "foreign",
	};
}
