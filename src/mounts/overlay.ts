import { call, flags, ref } from "../plan/step.ts";
import type { Call, Host } from "../plan/types.ts";
import { attach, look, newMount, openDirectory, remember } from "./calls.ts";
import type { OverlayMount } from "./rules.ts";

/** The first descriptor number used for layers: below lie the few that are open when sources are opened. */
const firstNumber = 64;

/** Whether overlays mark what they hide by user attributes; else by trusted ones, which only root outside may set. */
export const usesUserAttributes = (kernel: number, privateIds: boolean): boolean =>
	privateIds || kernel >= tmpfsHasUserAttributes;

/** The kernel since which tmpfs(5) has user extended attributes. */
const tmpfsHasUserAttributes = 606;

/** The kernel since which each layer can be named on its own; before, fsconfig(2) takes 255 bytes for all. */
const addsLayers = 608;

/** The most directories that an overlay on this kernel can show. */
export const mostLayers = (kernel: number): number => (kernel >= addsLayers ? 500 : 13);

/** A directory that an overlay is made of, at a descriptor whose number the plan knows. */
interface Layer {
	readonly path: string;
	/** Opened inside this directory. */
	readonly from?: string;
	readonly number: number;
}

/**
 * overlayfs(5) takes its layers by path. The paths of open descriptors are used, so that nothing can come between, and
 * no character of a name has a meaning; so their numbers have to be known beforehand.
 */
export class Layers {
	private next = firstNumber;

	/** `held` are numbers that are taken. */
	constructor(private readonly held: readonly number[]) {}

	number(): number {
		while (this.held.includes(this.next)) this.next++;
		return this.next++;
	}
}

/** What an overlay opens before the first mount, and what it does in its turn. */
export function overlay(
	rule: OverlayMount,
	id: string,
	layers: Layers,
	{ kernel, privateIds }: Pick<Host, "kernel"> & { readonly privateIds: boolean },
): { opens: Call[]; calls: Call[] } {
	const { lower, writes = "memory" } = rule;
	const lowers = lower.map((path): Layer => ({ path, number: layers.number() }));
	const kept = typeof writes === "object" ? keptLayers(writes.keep, layers) : [];
	const opens = [...lowers, ...kept].flatMap(openLayer);
	const options: [string, string | true][] =
		kernel >= addsLayers
			? lowers.map((layer) => ["lowerdir+", pathOf(layer)])
			: [["lowerdir", lowers.map(pathOf).join(":")]];
	const upper = kept[0] ?? { path: "upper", number: layers.number() };
	const work = kept[1] ?? { path: "work", number: layers.number() };
	if (writes !== "nowhere") {
		options.push(["upperdir", pathOf(upper)], ["workdir", pathOf(work)]);
		options.push(["redirect_dir", "nofollow"], ["metacopy", "off"], ["index", "off"]);
	}
	if (usesUserAttributes(kernel, privateIds)) options.push(["userxattr", true]);
	const top = lowers[0] as Layer;
	return {
		opens,
		calls: [
			...(writes === "memory" ? layerInMemory(top, upper, work) : []),
			...newMount("overlay", id, "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV", options),
			...(writes === "memory" ? [remember(id)] : []),
			attach(id, "target"),
			...[...lowers, upper, work].map(({ number }) => call("close", [number], { mayFail: true })),
		],
	};
}

const pathOf = ({ number }: Layer): string => `/proc/self/fd/${number}`;

function keptLayers(directory: string, layers: Layers): Layer[] {
	return ["upper", "work"].map((name) => ({ path: name, from: directory, number: layers.number() }));
}

function openLayer({ path, from, number }: Layer): Call[] {
	const place = from === undefined ? [] : [openDirectory(from, "layer.directory")];
	return [
		...place,
		from === undefined
			? call("openat", [flags("AT_FDCWD"), path, flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "layer" })
			: openDirectory(path, "layer", "layer.directory"),
		...atNumber(number),
		...(from === undefined ? [] : [call("close", [ref("layer.directory")])]),
	];
}

/** It may have that number already: the caller may have left many descriptors open. */
const atNumber = (number: number): Call[] => [
	call("dup3", [ref("layer"), number, flags("O_CLOEXEC")], { mayFail: ["EINVAL"], result: "moved" }),
	call("close", [ref("layer")], { onlyIf: "moved" }),
];

/**
 * A layer in memory, below the overlay's own mount: the upper directory looks like the lower one, because the overlay
 * takes mode and owner from it. An owner without an id inside cannot be given; then it belongs to who makes the sandbox.
 */
const layerInMemory = (lower: Layer, upper: Layer, work: Layer): Call[] => [
	...newMount("tmpfs", "memory", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV", [["mode", "700"]]),
	attach("memory", "target"),
	call("mkdirat", [ref("memory"), "upper", 0o700]),
	call("mkdirat", [ref("memory"), "work", 0o700]),
	call("fcntl", [lower.number, flags("F_DUPFD_CLOEXEC"), 3], { result: "lower" }),
	look("lower", "statx", { check: { statx: "statx", as: "lower.is" } }),
	call("close", [ref("lower")]),
	call("fchownat", [ref("memory"), "upper", ref("lower.is.uid"), ref("lower.is.gid"), 0], {
		mayFail: ["EINVAL", "EPERM"],
		result: "owned",
	}),
	call("fchmodat", [ref("memory"), "upper", ref("lower.is.mode")]),
	openDirectory("upper", "layer", "memory"),
	...atNumber(upper.number),
	openDirectory("work", "layer", "memory"),
	...atNumber(work.number),
	call("close", [ref("memory")]),
];
