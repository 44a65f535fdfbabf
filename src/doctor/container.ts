/** What kind of container or machine this process runs in, by what they leave behind. Nothing of it is proof. */
import type { Host } from "../plan/types.ts";
import type { Sight } from "./types.ts";

/** In words; `undefined` where nothing is to be seen. */
export function containerOf(sight: Sight, { kernelRelease }: Pick<Host, "kernelRelease">): string | undefined {
	const found = marks.find(([, is]) => is(sight))?.[0];
	if (found !== undefined) return found;
	if (/microsoft/i.test(kernelRelease)) return "WSL, the Linux of Windows";
	return sight.read("/proc/version")?.includes("gVisor") ? "gVisor" : undefined;
}

/** What the first process was told, which only its user may read. */
const told = (sight: Sight): string | undefined =>
	/(?:^|\0)container=([^\0]*)/.exec(sight.read("/proc/1/environ") ?? "")?.[1] ??
	sight.read("/run/systemd/container")?.trim() ??
	sight.variable("container");

const groupsName = (sight: Sight, what: RegExp): boolean => what.test(sight.read("/proc/self/cgroup") ?? "");

/** The first that fits counts. */
const marks: readonly (readonly [name: string, is: (sight: Sight) => boolean])[] = [
	[
		"a pod of Kubernetes",
		(sight) => sight.variable("KUBERNETES_SERVICE_HOST") !== undefined || groupsName(sight, /kubepods/),
	],
	["a Podman container", (sight) => sight.exists("/run/.containerenv") || told(sight) === "podman"],
	[
		"a Docker container",
		(sight) => sight.exists("/.dockerenv") || told(sight) === "docker" || groupsName(sight, /\/docker[/-]/),
	],
	["an LXC container", (sight) => /^lxc/.test(told(sight) ?? "") || groupsName(sight, /\/lxc(\.|\/)/)],
	["a container of systemd-nspawn", (sight) => told(sight) === "systemd-nspawn"],
	["a Flatpak sandbox", (sight) => sight.exists("/.flatpak-info")],
	["a container of another kind", (sight) => (told(sight) ?? "") !== ""],
];
