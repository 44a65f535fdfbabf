import { describe, expect, test } from "bun:test";
import { stillHints } from "../../src/hints.ts";
import { mountHints } from "../../src/mounts/hints.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { failedStep } from "../../src/plan/failure.ts";
import { plan } from "../../src/plan/plan.ts";
import { forRoot } from "../plan/fixtures.ts";

const { steps } = plan(
	[
		mount({
			mounts: [
				{ type: "tmpfs", target: "/t" },
				{ type: "bind", source: { fd: 9 }, target: "/t/a" },
				{ type: "bind", source: "/s", target: "/t/b" },
				{ type: "overlay", lower: ["/l"], target: "/o" },
				{ type: "file", content: { file: "/f" }, target: "/t/f" },
				{ type: "symlink", to: "/x", target: "/t/l" },
				{ type: "mqueue", target: "/q" },
				{ type: "sys", target: "/sys" },
				{ type: "remount", target: "/r" },
			],
		}),
	],
	forRoot,
);
const failed = steps.flatMap((step) => step.calls.map((call) => failedStep(step, call)));

/** The hint for the first call of this name with these words that fails so. */
function hint(syscall: string, words: string, code: string): string | undefined {
	const one = failed.find((each) => each.syscall === syscall && each.call?.includes(words));
	return one && stillHints(one).find((each) => each.code === code)?.hint;
}

describe("the hints of mount rules", () => {
	const table = [
		["open_tree", "$source.1.path", "ENOENT", "what the descriptor is open on has no path any more"],
		["open_tree", "/s", "ENOENT", "/s does not exist"],
		["open_tree", "/s", "ELOOP", "the links at /s lead in a circle"],
		["open_tree", "/s", "EMFILE", "every source takes a descriptor"],
		["statx", "$source.1", "ESTALE", "what the descriptor is open on has no path any more"],
		["statx", "$parent", "EXDEV", "this lies on the caller's disk"],
		["sendfile", "", "EINVAL", "only what a plain file holds"],
		["sendfile", "", "ENOSPC", "the file system in memory is too small"],
		["sendfile", "", "EFBIG", "files of more than 2 GiB are not copied"],
		["unlinkat", "", "EISDIR", "a directory is there"],
		["symlinkat", "", "EEXIST", "something is there already"],
		["fsopen", "sysfs", "EPERM", "sysfs can only be mounted by who owns the network namespace: add --net"],
		["fsconfig", "lowerdir", "ENOENT", "overlays need /proc"],
		["fsconfig", "upperdir", "ENOENT", "overlays need /proc"],
		["mount_setattr", "$target", "EINVAL", "nothing is mounted right there"],
		["openat", '"/f"', "ELOOP", "the links at /f lead in a circle"],
		["openat", '"/l"', "EACCES", "/l may not be opened"],
		["openat2", "/t", "ENAMETOOLONG", "a name has at most 255 bytes"],
	] as const;
	for (const [syscall, words, code, start] of table) {
		test(`${code} of ${syscall} ${words}`, () => expect(hint(syscall, words, code)).toStartWith(start));
	}

	test("tell overlays from message queues by what the step does", () => {
		const create = (does: string) =>
			failed.find((one) => one.call?.includes("FSCONFIG_CMD_CREATE") && one.does.startsWith(does));
		const codes = (does: string) => stillHints(create(does) ?? { does: "", phase: "mounts" }).map(({ code }) => code);
		expect(codes("mount the message queues")).toEqual(["EPERM"]);
		expect(codes("mount an empty")).toEqual([]);
	});

	test("are sentences without an end", () => {
		for (const one of mountHints) expect(one.hint({ does: "", phase: "mounts", path: "/p" })).toMatch(/^[a-z/].*[^.]$/);
	});
});
