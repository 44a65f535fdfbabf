import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { MountRule } from "../../src/mounts/rules.ts";
import { type MountOptions, mount } from "../../src/namespaces/mount.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { plan } from "../../src/plan/plan.ts";
import { forRoot, stepsIn, texts } from "../plan/fixtures.ts";

/** What the mount module lets the command's process do. */
function calls(options: MountOptions, withPid = false): string[] {
	const { steps } = plan([mount(options), ...(withPid ? [pid()] : [])], forRoot);
	return steps.filter(({ module }) => module === "mount").flatMap((step) => texts(step.calls));
}

const makePrivate = 'mount(NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL)';
const mountProc = 'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)';
const clone = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE";
const open = (source: string, i: number) => `open_tree(AT_FDCWD, "${source}", ${clone}) = $source.${i}`;
const readOnly = (i: number) =>
	`mount_setattr($source.${i}, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY}, 32)`;
const into = (target: string) =>
	`openat2($root, "${target}", {flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24) = $target`;
const attach = (tree: string, target: string) =>
	`move_mount($${tree}, "", $${target}, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)`;
const placed = (i: number) => [attach(`source.${i}`, "target"), "close($target)"];
const newMount = (type: string, result: string, attributes: string) => [
	`fsopen("${type}", FSOPEN_CLOEXEC) = $fs`,
	`fsconfig($fs, FSCONFIG_SET_STRING, "source", "${type}", 0)`,
	"fsconfig($fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)",
	`fsmount($fs, FSMOUNT_CLOEXEC, ${attributes}) = $${result}`,
	"close($fs)",
];

describe("`mount`", () => {
	test("makes the tree private, and mounts /proc when there is a new PID namespace", () => {
		expect(calls({})).toEqual([makePrivate]);
		expect(calls({}, true)).toEqual([makePrivate, mountProc]);
		expect(calls({ proc: false }, true)).toEqual([makePrivate]);
	});

	test("sets the propagation that is asked for", () => {
		const first = (propagation: MountOptions["propagation"]) => calls({ propagation })[0];
		expect(first("slave")).toBe('mount(NULL, "/", NULL, MS_REC|MS_SLAVE, NULL)');
		expect(first("shared")).toBe('mount(NULL, "/", NULL, MS_REC|MS_SHARED, NULL)');
		expect(first("unchanged")).toBeUndefined();
	});

	test("opens every source before the first mount is made, and mounts in the order given", () => {
		const mounts: MountRule[] = [
			{ type: "bind", source: "/a", target: "/b" },
			{ type: "bind", source: "c", target: "/d", readOnly: true },
			{ type: "bind", source: "/b", target: "/a" },
		];
		expect(calls({ mounts })).toEqual([
			...[makePrivate, open("/a", 0), open("c", 1), readOnly(1), open("/b", 2)],
			'openat(AT_FDCWD, "/", O_PATH|O_DIRECTORY|O_CLOEXEC) = $root',
			...[into("/b"), ...placed(0), into("/d"), ...placed(1), into("/a"), ...placed(2)],
		]);
	});

	test("makes a root of a directory: attached first, /proc in it, rules in it, and the old root gone last", () => {
		const made = calls({ root: "/srv", mounts: [{ type: "bind", source: "/a", target: "/b" }] }, true);
		expect(made).toEqual([
			...[makePrivate, open("/a", 0)],
			'openat(AT_FDCWD, "/srv", O_PATH|O_DIRECTORY|O_CLOEXEC) = $place',
			`open_tree($place, "", AT_EMPTY_PATH|${clone}) = $root`,
			...[attach("root", "place"), "close($place)"],
			'openat2($root, "proc", {flags=O_PATH|O_DIRECTORY|O_CLOEXEC, resolve=RESOLVE_IN_ROOT|RESOLVE_NO_SYMLINKS}, 24) = $target',
			...newMount("proc", "proc", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC"),
			...[attach("proc", "target"), "close($target)", "close($proc)"],
			...[into("/b"), ...placed(0)],
			...["fchdir($root)", 'pivot_root(".", ".")', 'umount2(".", MNT_DETACH)', 'chdir("/")'],
		]);
	});

	test("mounts an empty file system without a source", () => {
		expect(calls({ mounts: [{ type: "tmpfs", target: "/t" }] })).toEqual([
			makePrivate,
			'openat(AT_FDCWD, "/", O_PATH|O_DIRECTORY|O_CLOEXEC) = $root',
			into("/t"),
			...newMount("tmpfs", "source.0", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV"),
			'statx($source.0, "", AT_EMPTY_PATH, STATX_BASIC_STATS|STATX_MNT_ID, &$statx)',
			...placed(0),
		]);
	});

	test("takes a root of slashes for the caller's own", () => {
		expect(calls({ root: "//" })).toEqual([makePrivate]);
	});

	test("does nothing in a mount namespace that is joined or left alone", () => {
		expect(calls({ join: 7 })).toEqual([]);
		expect(calls({ create: false })).toEqual([]);
	});

	test("goes to the working directory by its path inside when paths may mean something else there", () => {
		const moves = (options: MountOptions) =>
			stepsIn("directory", [mount(options)]).flatMap(({ calls }) => texts(calls));
		const there = [
			'chdir("/")',
			'openat2(AT_FDCWD, "/work", {flags=O_PATH|O_DIRECTORY|O_CLOEXEC, resolve=RESOLVE_NO_MAGICLINKS}, 24) = $directory',
			"fchdir($directory)",
		];
		expect([moves({}), moves({ root: "/" }), moves({ create: false })]).toEqual([[], [], []]);
		expect(moves({ join: 7 })).toEqual(there);
		expect(moves({ mounts: [{ type: "tmpfs", target: "/t" }] })).toEqual(there);
		expect(moves({ root: "/srv" })).toEqual(there);
		const optional = stepsIn("directory", [mount({ root: "/srv" })])[0]?.calls.map(({ mayFail }) => mayFail);
		expect(optional).toEqual([undefined, true, true]);
	});

	const path = fc.stringMatching(/^\/[a-c]$/);
	const rule: fc.Arbitrary<MountRule> = fc.oneof(
		fc.record({ type: fc.constant("bind" as const), source: path, target: path, readOnly: fc.boolean() }),
		fc.record({ type: fc.constant("tmpfs" as const), target: path }),
	);

	test("keeps the order of any rules, and closes what it opens", () => {
		const options = fc.record({ root: fc.option(fc.constant("/srv"), { nil: undefined }), mounts: fc.array(rule) });
		fc.assert(
			fc.property(options, fc.boolean(), ({ root, mounts }, withPid) => {
				const made = calls(root === undefined ? { mounts } : { root, mounts }, withPid);
				const named = (start: RegExp) => made.flatMap((text) => start.exec(text)?.[1] ?? []);
				expect(named(/^openat2\(\$root, "(\/.)"/)).toEqual(mounts.map(({ target }) => target));
				expect(named(/^open_tree\(AT_FDCWD, "(.*?)"/)).toEqual(
					mounts.flatMap((one) => (one.type === "bind" ? [String(one.source)] : [])),
				);
				const last = made.findLastIndex((text) => /^(open_tree|mount_setattr)\(/.test(text));
				const first = made.findIndex((text) => /^(move_mount|fsopen)\(|^mount\("/.test(text));
				expect(first < 0 || last < first || last < 0).toBe(true);
				const left = new Set<string>();
				for (const text of made) {
					const result = / = \$(\S+)$/.exec(text)?.[1];
					const closed = /^close\(\$(\S+)\)$/.exec(text)?.[1];
					if (result) left.add(result);
					if (closed) left.delete(closed);
				}
				// What is mounted stays open until every descriptor is closed, before the command.
				expect([...left].filter((name) => name !== "root" && !name.startsWith("source."))).toEqual([]);
			}),
		);
	});
});
