import { describe, expect, test } from "bun:test";
import type { MountRule } from "../../src/mounts/rules.ts";
import { ruleParts } from "../../src/mounts/steps.ts";
import { context, texts } from "../plan/fixtures.ts";

/** The calls of one rule on the caller's root: those before the first mount, and those in its turn. */
function calls(rule: MountRule, root?: string): { opens: string[]; mounts: string[] } {
	const { opens, mounts } = ruleParts([rule], context, root);
	const short = (text: string) =>
		text
			.replace("{flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24", "in root")
			.replace("MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH", "empty paths");
	const all = (parts: typeof opens) => parts.flatMap((part) => texts(part.calls)).map(short);
	return { opens: all(opens), mounts: all(mounts) };
}

const attach = (tree: string) => `move_mount($${tree}, "", $target, "", empty paths)`;
const target = (path: string) => `openat2($root, "${path}", in root) = $target`;
const clone = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC";

describe("a bind", () => {
	test("takes its flags before it is attached, all of them in one call", () => {
		const flags = { readOnly: true, noSuid: true, noDev: true, noExec: true, noSymlinks: true };
		const names = ["RDONLY", "NOSUID", "NODEV", "NOEXEC", "NOSYMFOLLOW"].map((name) => `MOUNT_ATTR_${name}`).join("|");
		expect(calls({ type: "bind", source: "/s", target: "/a", ...flags })).toEqual({
			opens: [
				`open_tree(AT_FDCWD, "/s", ${clone}|AT_RECURSIVE) = $source.0`,
				`mount_setattr($source.0, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=${names}}, 32)`,
			],
			mounts: [target("/a"), attach("source.0"), "close($target)"],
		});
	});

	test("of a descriptor opens its path, and looks whether it is the same file", () => {
		expect(calls({ type: "bind", source: { fd: 9 }, target: "/a" }).opens).toEqual([
			'statx(9, "", AT_EMPTY_PATH, STATX_BASIC_STATS|STATX_MNT_ID, &$statx.given)',
			'readlinkat(AT_FDCWD, "/proc/self/fd/9", &$source.0.path, 4095)',
			`open_tree(AT_FDCWD, &$source.0.path, ${clone}|AT_RECURSIVE) = $source.0`,
			'statx($source.0, "", AT_EMPTY_PATH, STATX_BASIC_STATS|STATX_MNT_ID, &$statx)',
		]);
	});
});

describe("a mask", () => {
	test("is an empty file or an empty directory, whichever the kernel takes", () => {
		const { opens, mounts } = calls({ type: "mask", target: "/m" });
		expect(mounts).toEqual([
			...[target("/m"), `${attach("source.0.file")} = $hidden`, attach("source.0.directory"), "close($target)"],
		]);
		expect(opens).toContain('mkdirat($stage, "masked-directory", 0)');
		expect(opens.slice(-4)).toEqual(["fchdir($stage)", 'umount2(".", MNT_DETACH)', 'chdir("/")', "close($stage)"]);
	});
});

describe("what is read-only", () => {
	test("is a mount of its own with all below it, or the one mount that is there", () => {
		expect(calls({ type: "read-only", target: "/r" }).mounts).toEqual([
			target("/r"),
			`open_tree($target, "", AT_EMPTY_PATH|${clone}|AT_RECURSIVE) = $source.0`,
			'mount_setattr($source.0, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY}, 32)',
			...[attach("source.0"), "close($source.0)", "close($target)"],
		]);
		expect(calls({ type: "remount", target: "/r" }).mounts).toEqual([
			target("/r"),
			'mount_setattr($target, "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY}, 32)',
			"close($target)",
		]);
	});
});

describe("a file", () => {
	const file = (more: object): MountRule => ({ type: "file", target: "/f", content: "text", ...more }) as MountRule;

	test("takes the place of one where nothing may be made, and is never in a place that others see", () => {
		const { opens, mounts } = calls(file({ mode: 0o600, readOnly: true }));
		expect(mounts).toEqual([target("/f"), attach("source.0"), "close($target)"]);
		expect(opens).toContain('openat($stage, "source.0", O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600) = $file');
		expect(opens).toContain(
			'mount_setattr($source.0, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY}, 32)',
		);
	});

	test("is made anew in a private root, closed to others until it has its owner and mode", () => {
		expect(calls(file({ uid: 7, mode: 0o640 }), "root").mounts).toEqual([
			'unlinkat($root, "f", 0) = $made',
			'openat($root, "f", O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600) = $file',
			'write($file, "text", 4) = $written',
			'fchownat($file, "", 7, -1, AT_EMPTY_PATH)',
			"fchmod($file, 0640)",
			"close($file)",
		]);
	});

	test("is a copy of all that another holds, which is opened before the first mount", () => {
		const { opens, mounts } = calls(file({ content: { file: "/c" } }), "root");
		expect(opens).toEqual(['openat(AT_FDCWD, "/c", O_RDONLY|O_NONBLOCK|O_CLOEXEC) = $source.0.content']);
		expect(mounts.filter((text) => text.startsWith("sendfile"))).toEqual([
			"sendfile($file, $source.0.content, NULL, 2147479552)",
			"sendfile($file, $source.0.content, NULL, 2147479552) = $written",
		]);
		expect(calls(file({ content: "" }), "root").mounts.some((text) => /^(write|sendfile)/.test(text))).toBe(false);
	});
});

describe("a directory", () => {
	test("gets owner and mode by a descriptor of itself, once it is known to be private", () => {
		const { mounts } = calls({ type: "directory", target: "/d", mode: 0o700, gid: 3 }, "root");
		expect(mounts.slice(-8)).toEqual([
			expect.stringContaining('openat2($root, "/d", {flags=O_PATH|O_DIRECTORY|O_CLOEXEC'),
			expect.stringContaining("statx($parent"),
			'openat($parent, ".", O_RDONLY|O_DIRECTORY|O_CLOEXEC) = $made',
			'fchownat($made, "", -1, 3, AT_EMPTY_PATH)',
			"fchmod($made, 0700)",
			...["close($made)", "close($parent)", "umask($umask)"],
		]);
	});
});

describe("a minimal /dev", () => {
	const { opens, mounts } = calls({ type: "dev", target: "/dev" });

	test("has the caller's devices, opened before anything can stand in their place", () => {
		const names = ["null", "zero", "full", "random", "urandom", "tty"];
		expect(opens).toEqual(names.map((name) => `open_tree(AT_FDCWD, "/dev/${name}", ${clone}) = $source.0.${name}`));
		for (const name of names) expect(mounts).toContain(`move_mount($source.0.${name}, "", $point, "", empty paths)`);
	});

	test("takes no other devices, and has terminals and memory of its own", () => {
		const made = mounts.filter((text) => text.startsWith("fsmount"));
		expect(made).toEqual([
			"fsmount($fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC) = $source.0",
			"fsmount($fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOEXEC) = $pts",
			"fsmount($fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV) = $shm",
		]);
		expect(mounts).toContain('fsconfig($fs, FSCONFIG_SET_FLAG, "newinstance", NULL, 0)');
	});
});

describe("an overlay", () => {
	test("opens its layers at numbers of their own, a kept one by descriptor and through no link", () => {
		const { opens } = calls({ type: "overlay", lower: ["/l"], target: "/o", writes: { keep: "/k" } });
		expect(opens.filter((text) => !text.startsWith("close"))).toEqual([
			...['openat(AT_FDCWD, "/l", O_PATH|O_DIRECTORY|O_CLOEXEC) = $layer', "dup3($layer, 64, O_CLOEXEC) = $moved"],
			'openat(AT_FDCWD, "/k", O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC) = $layer.directory',
			'openat($layer.directory, "upper", O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC) = $layer',
			"dup3($layer, 65, O_CLOEXEC) = $moved",
			'openat(AT_FDCWD, "/k", O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC) = $layer.directory',
			'openat($layer.directory, "work", O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC) = $layer',
			"dup3($layer, 66, O_CLOEXEC) = $moved",
		]);
	});

	test("follows no redirections that somebody else has written into a layer", () => {
		const { mounts } = calls({ type: "overlay", lower: ["/l"], target: "/o" });
		for (const [name, value] of [
			["redirect_dir", "nofollow"],
			["metacopy", "off"],
		] as const)
			expect(mounts).toContain(`fsconfig($fs, FSCONFIG_SET_STRING, "${name}", "${value}", 0)`);
	});
});
