import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { sourcesIn } from "../../scripts/sources.ts";
import { type Syscall, syscallName, syscallNumber, syscallSince } from "../../src/linux/syscalls.ts";
import { needs } from "../needs.ts";

/** All names: those the table of the source begins its lines with. */
const names = (sourcesIn("src/linux").find(({ path }) => path.endsWith("syscalls.ts"))?.text ?? "")
	.split("\n")
	.flatMap((line) => (/^\t(\w+): \[\d+, \d+, \d+\],$/.exec(line)?.[1] ?? []) as Syscall[]);

/** The numbers in a header of the kernel's. */
function numbersIn(header: string): Map<string, number> {
	const text = readFileSync(header, "utf8");
	return new Map(
		[...text.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)].map(([, name = "", nr]) => [name, Number(nr)]),
	);
}

const headers = {
	x64: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
	arm64: "/usr/include/asm-generic/unistd.h",
} as const;

describe("the numbers of system calls", () => {
	for (const arch of ["x64", "arm64"] as const) {
		const it = arch === "x64" ? needs("headers", "x64") : needs("headers");
		it(`are those of the kernel's header for ${arch}`, () => {
			const theirs = numbersIn(headers[arch]);
			expect(names.length).toBeGreaterThan(40);
			const numberOf = (name: string) => theirs.get(name) ?? newerThanHeaders[name];
			const differ = names.filter((name) => numberOf(name) !== syscallNumber(name, arch));
			expect(differ).toEqual([]);
		});

		test(`lead back to their names for ${arch}`, () => {
			for (const name of names) expect(syscallName(syscallNumber(name, arch), arch)).toBe(name);
			expect(syscallName(9999, arch)).toBeUndefined();
		});
	}

	test("come with the kernel that brought them, where that is newer than Linux 3.10", () => {
		const newer = names.filter((name) => syscallSince(name) > 0);
		expect(newer).toContain("close_range");
		expect(Object.fromEntries(newer.map((name) => [name, syscallSince(name)]))).toEqual(
			Object.fromEntries(newer.map((name) => [name, broughtBy[name]])) as Record<Syscall, number>,
		);
		expect(names.filter((name) => name in broughtBy)).toEqual(newer);
	});
});

/** What Debian 12's headers do not have yet: the same numbers on all architectures. */
const newerThanHeaders: Readonly<Record<string, number>> = { lsm_list_modules: 461 };

/** From the manual pages. */
const broughtBy: Readonly<Record<string, number>> = {
	...{
		renameat2: 315,
		memfd_create: 317,
		seccomp: 317,
		execveat: 319,
		copy_file_range: 405,
		statx: 411,
		pidfd_send_signal: 501,
		pidfd_open: 503,
		pidfd_getfd: 506,
		clone3: 503,
	},
	...{ open_tree: 502, move_mount: 502, fsopen: 502, fsconfig: 502, fsmount: 502, fspick: 502, openat2: 506 },
	...{ pidfd_getfd: 506 },
	...{ faccessat2: 508, close_range: 509, mount_setattr: 512 },
	...{ landlock_create_ruleset: 513, landlock_add_rule: 513, landlock_restrict_self: 513 },
	...{ lsm_list_modules: 608 },
};
