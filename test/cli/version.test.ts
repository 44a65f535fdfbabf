import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { commandNames } from "../../cli/options.ts";
import { type Features, versionText } from "../../cli/version.ts";
import { namespaceKinds, namespaces } from "../../src/plan/namespaces.ts";

describe("`versionText`", () => {
	test("is a line, and with --json what can be done here", () => {
		expect(versionText([], "1.2.3")).toBe("ns 1.2.3\n");
		const found = JSON.parse(versionText(["--json"], "1.2.3")) as Features;
		expect(found).toMatchObject({ version: "1.2.3", commands: [...commandNames], architectures: ["x64", "arm64"] });
		expect(Object.keys(found)).toEqual(["version", "commands", "architectures", "kernel", "linux"]);
		expect(found.linux.namespaces).toEqual([...namespaceKinds]);
		expect(found.linux.capabilities).toBe(41);
		expect(found.linux.seccomp.actions).toContain("SCMP_ACT_ERRNO");
		expect(found.kernel.architecture).toBe(process.arch);
		for (const { kind, file } of namespaces)
			expect(found.kernel.namespaces[kind]).toBe(existsSync(`/proc/self/ns/${file}`));
	});

	test("takes no other word", () => {
		expect(() => versionText(["--jsn", "x"], "1.2.3")).toThrow('--version takes no "--jsn"');
	});
});
