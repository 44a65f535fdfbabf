import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readlinkSync } from "node:fs";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { PlanError } from "../../src/plan/errors.ts";
import type { Fragment, Problem } from "../../src/plan/types.ts";
import { check } from "../../src/preflight/check.ts";
import { passDescriptors } from "../../src/process/pass.ts";
import { needs } from "../needs.ts";
import { rootHost } from "../plan/fixtures.ts";

function found(...fragments: Fragment[]): readonly Problem[] {
	try {
		check(fragments, { ...rootHost, pid: process.pid });
		return [];
	} catch (error) {
		if (error instanceof PlanError) return error.problems;
		throw error;
	}
}

describe("`check` of joins", () => {
	needs("linux")("takes namespaces of the right kind: by path, process or descriptor", () => {
		const fd = openSync("/proc/self/ns/net", "r");
		expect(found(net({ join: "/proc/self/ns/net" }), uts({ join: process.pid }), mount())).toEqual([]);
		expect(found(net({ join: { fd } }))).toEqual([]);
	});

	needs("linux")("refuses other files, and namespaces of another kind, all at once", () => {
		const codes = found(net({ join: "/dev/null" }), mount({ join: "/proc/self/ns/uts" }));
		expect(codes).toEqual([
			{
				code: "NOT_A_NAMESPACE",
				message: "/dev/null is no namespace, and a net namespace is to be joined",
				hint: "such files are /proc/PID/ns/net and what is bound to them",
			},
			{
				code: "NOT_A_NAMESPACE",
				message: expect.stringMatching(
					/^\/proc\/self\/ns\/uts is the namespace uts:\[\d+\], and a mount namespace is to be joined$/,
				),
				hint: "such files are /proc/PID/ns/mnt and what is bound to them",
			},
		]);
	});

	needs("linux")("refuses a descriptor that is not open, by its number", () => {
		const closed = 1_000_000;
		expect(found(uts({ join: { fd: closed } }))).toEqual([
			{
				code: "DESCRIPTOR_CLOSED",
				message: `--join uts: there is no descriptor ${closed}`,
				hint: "it has to be open in the process that joins",
			},
		]);
	});

	test("leaves what cannot be opened to the step that opens it", () => {
		expect(found(net({ join: "/no/such/file" }), net({ join: 2 ** 31 - 1 }))).toEqual([]);
	});
});

describe("`check` of descriptors to pass on", () => {
	const missing = (...numbers: number[]): string[] => {
		try {
			check([passDescriptors(numbers.map((from) => ({ from, to: from }))), mount()], rootHost);
			return [];
		} catch (error) {
			if (error instanceof PlanError) return error.problems.map(({ code, message }) => `${code} ${message}`);
			throw error;
		}
	};

	needs("linux")("takes what is open", () => {
		const fd = openSync("/etc", "r");
		expect(missing(0, 1, 2, fd)).toEqual([]);
		closeSync(fd);
	});

	needs("linux")("names each that is not open, or belongs to Bun itself", () => {
		const own = [3, 4, 5, 6, 7, 8, 9, 10].find((fd) => {
			try {
				return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventpoll]";
			} catch {
				return false;
			}
		});
		const wrong = [999_999, 2 ** 31 - 1, own ?? 999_998];
		expect(missing(0, ...wrong)).toEqual(
			wrong.map((fd) => `DESCRIPTOR_CLOSED --pass-fd ${fd}: there is no descriptor ${fd}`),
		);
	});
});
