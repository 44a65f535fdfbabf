import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlanError } from "../../src/plan/errors.ts";
import { loadSeccomp } from "../../src/preflight/seccomp.ts";
import type { SeccompOptions } from "../../src/privileges/types.ts";

const folder = mkdtempSync(join(tmpdir(), "nskit-seccomp-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

function problemsOf(options: SeccompOptions): string[] {
	try {
		loadSeccomp(options);
	} catch (error) {
		if (error instanceof PlanError) return error.problems.map(({ code, message }) => `${code} ${message}`);
		throw error;
	}
	return [];
}

describe("loadSeccomp()", () => {
	test("reads a profile and programs, and leaves the rest", () => {
		const path = file(
			"good.json",
			'{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"value": 18446744073709551615}]}',
		);
		const program = new Uint8Array([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);
		const fd = openSync(file("program", program), "r");
		try {
			const read = loadSeccomp({ file: path, programs: [{ fd }, program], log: true });
			expect(read.profile).toEqual({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ value: 2n ** 64n - 1n }] } as never);
			expect(read.programs?.map((one) => [...(one as Uint8Array)])).toEqual([[...program], [...program]]);
			expect({ log: read.log, file: read.file }).toEqual({ log: true, file: undefined });
		} finally {
			closeSync(fd);
		}
		expect(loadSeccomp({ denySetId: true })).toEqual({ denySetId: true });
	});

	test("says what could not be read", () => {
		const large = file("large", new Uint8Array(8 * 4096 + 1));
		const fd = openSync(large, "r");
		const directory = openSync(folder, "r");
		try {
			expect(
				problemsOf({
					file: join(folder, "none.json"),
					programs: [{ fd: 987654 }, { fd }, { fd: -1 }, { fd: directory }],
				}),
			).toEqual([
				expect.stringMatching(/^SECCOMP_UNREADABLE the seccomp profile .*none\.json: .*ENOENT/),
				"DESCRIPTOR_CLOSED the seccomp program in descriptor 987654: there is no such descriptor",
				`SECCOMP_TOO_LONG the seccomp program in descriptor ${fd}: it has more than 32768 bytes`,
				"DESCRIPTOR_INVALID the seccomp program in descriptor -1: this is no number of a descriptor",
				expect.stringMatching(/^SECCOMP_UNREADABLE .*EISDIR/),
			]);
		} finally {
			closeSync(fd);
			closeSync(directory);
		}
		expect(problemsOf({ file: file("bad.json", '{"defaultAction": \n}') })).toEqual([
			expect.stringMatching(/^SECCOMP_PROFILE_INVALID .*bad\.json: no JSON: line 2, column 1: a value is missing$/),
		]);
	});
});
