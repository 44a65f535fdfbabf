import { describe, expect, test } from "bun:test";
import { needsHolder, pinnedKinds } from "../../src/named/pins.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";

const all = new Set(namespaceKinds);

describe("what is pinned", () => {
	test("is all but a PID namespace, where something can be mounted", () => {
		expect(pinnedKinds(all, true)).toEqual(["user", "mount", "net", "ipc", "uts", "cgroup", "time"]);
		expect(pinnedKinds(new Set(["uts", "net"]), true)).toEqual(["net", "uts"]);
	});

	test("is nothing where nothing can be mounted", () => expect(pinnedKinds(all, false)).toEqual([]));

	test("needs a process for a PID namespace, and where nothing is pinned", () => {
		expect(needsHolder(all, true)).toBe(true);
		expect(needsHolder(new Set(["net"]), true)).toBe(false);
		expect(needsHolder(new Set(["net"]), false)).toBe(true);
	});
});
