import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, flagValue } from "../../src/linux/constants.ts";
import { needs } from "../needs.ts";

const headers = [
	...[
		"sched",
		"signal",
		"fcntl",
		"sys/file",
		"sys/stat",
		"sys/wait",
		"sys/mount",
		"sys/mman",
		"sys/prctl",
		"sys/resource",
		"sys/socket",
		"sys/stat",
		"net/if",
	],
	...["linux/openat2", "linux/close_range", "linux/netlink", "linux/rtnetlink", "linux/memfd", "linux/types"],
	...["linux/seccomp", "linux/audit", "linux/stat", "sys/ioctl", "linux/if_link", "linux/if_tun"],
	...["linux/magic", "linux/nsfs", "linux/sched", "linux/sockios", "linux/if_addr", "linux/veth"],
	...["linux/personality", "linux/keyctl", "linux/ioprio", "linux/capability", "linux/securebits"],
	...["time", "sys/stat", "sys/signalfd", "sys/timerfd", "netinet/in", "linux/landlock"],
];

/** What the C headers say of each constant; 0 for those they do not have. */
function fromHeaders(): Map<string, number> {
	const folder = mkdtempSync(join(tmpdir(), "nskit-constants-"));
	try {
		const includes = headers.map((name) => `#if __has_include(<${name}.h>)\n#include <${name}.h>\n#endif\n`).join("");
		const isEnum =
			/^(FSCONFIG|RTM|IFLA|IFA|RTA|RTN|RT|VETH|PER|ADDR|IOPRIO)_|^LANDLOCK_RULE_PATH|^(UNAME26|MMAP_PAGE|SHORT_INODE|WHOLE_|STICKY_)/;
		const lines = Object.keys(constants).map((name) => {
			const print = `printf("${name} %lld\\n", (long long)${name});`;
			return isEnum.test(name) ? print : `#ifdef ${name}\n${print}\n#endif`;
		});
		const source = `#define _GNU_SOURCE\n#include <stdio.h>\n${includes}\nint main(void) {\n${lines.join("\n")}\n}\n`;
		writeFileSync(join(folder, "c.c"), source);
		const compiled = Bun.spawnSync(["gcc", "-o", join(folder, "c"), join(folder, "c.c")]);
		expect([compiled.exitCode, compiled.stderr.toString()]).toEqual([0, ""]);
		const { stdout } = Bun.spawnSync([join(folder, "c")]);
		return new Map(
			[...stdout.toString().matchAll(/^(\w+) (-?\d+)$/gm)].map(([, name = "", value]) => [name, Number(value)]),
		);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

describe("the kernel's constants", () => {
	needs(
		"gcc",
		"headers",
		"x64",
	)("have the values that the C headers have", () => {
		const theirs = fromHeaders();
		const differ = Object.entries(constants).filter(([name, value]) => theirs.has(name) && theirs.get(name) !== value);
		expect(differ).toEqual([]);
		const unknown = Object.keys(constants).filter((name) => !theirs.has(name));
		// Newer than Debian 12's headers, or the kernel's own.
		const newer = ["MFD_EXEC", "PID_FS_MAGIC"];
		expect(unknown.filter((name) => !newer.includes(name) && !name.startsWith("LANDLOCK_"))).toEqual([]);
	});
});

describe("`flagValue`", () => {
	test("joins names", () => {
		expect(flagValue("MS_REC|MS_PRIVATE", "x64")).toBe(0x44000);
		expect(flagValue("CLONE_NEWNS", "arm64")).toBe(0x20000);
		expect(flagValue("O_RDONLY", "arm64")).toBe(0);
	});

	test("knows where arm64 differs", () => {
		expect(flagValue("O_DIRECTORY", "x64")).toBe(0o200000);
		expect(flagValue("O_PATH|O_DIRECTORY|O_CLOEXEC", "arm64")).toBe(0o10000000 | 0o40000 | 0o2000000);
	});

	test("throws a TypeError that names what it does not know", () => {
		expect(() => flagValue("MS_REC|MS_NONE", "x64")).toThrow(new TypeError("no constant is called MS_NONE"));
		expect(() => flagValue("", "x64")).toThrow(TypeError);
	});
});
