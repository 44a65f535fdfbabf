/** Control groups as a machine may have them. */
import type { ControlGroups, LegacyGroup, UnifiedGroup } from "../../src/cgroups/types.ts";

export const groups = (more: Partial<ControlGroups> = {}): ControlGroups => ({
	...{ mode: "none", legacy: [], unified: [], hidden: false, mounts: [], processors: "0-7" },
	...{ memory: 16 * 1024 ** 3, swap: 0, systemd: false },
	...more,
});

export const legacy = (controllers: string, more: Partial<LegacyGroup> = {}): LegacyGroup => ({
	...{
		version: 1,
		controllers: controllers.split(","),
		directory: `/v1/${controllers}`,
		readOnly: false,
		writable: true,
	},
	...more,
});

export const unified = (directory: string, more: Partial<UnifiedGroup> = {}): UnifiedGroup => ({
	...{ version: 2, directory, readOnly: false, writable: true, owned: true, controllable: true, isRoot: false },
	...{ controllers: ["cpu", "memory", "pids", "io", "cpuset"], enabled: [], processes: "others" },
	...more,
});
