import { describe, expect, test } from "bun:test";
import { mount } from "../../src/namespaces/mount.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { type LabelOptions, label } from "../../src/privileges/label.ts";
import { identity } from "../../src/process/identity.ts";
import { codes, forRoot, script, stepsIn, texts } from "../plan/fixtures.ts";

const lines = (options: LabelOptions) =>
	plan([label(options)], forRoot)
		.steps.filter(({ module }) => module === "label")
		.flatMap(({ calls }) => texts(calls));
const how = "{flags=O_WRONLY|O_CLOEXEC, resolve=RESOLVE_BENEATH|RESOLVE_NO_XDEV|RESOLVE_NO_MAGICLINKS}, 24";
const proc = [
	'openat(AT_FDCWD, "/proc", O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC) = $label.proc',
	"fstatfs($label.proc, &$label.kind)",
];
const exec = `openat2($label.proc, "thread-self/attr/exec", ${how})`;
const withoutResult = (all: readonly string[]) => all.map((line) => line.replace(/ = \$\S+$/, ""));

describe("`label`", () => {
	test("asks for an AppArmor profile by its own file, or by the one of old kernels", () => {
		const text = '"exec /usr/bin/a b", 17)';
		expect(withoutResult(lines({ apparmor: "/usr/bin/a b" }))).toEqual([
			...withoutResult(proc),
			`openat2($label.proc, "thread-self/attr/apparmor/exec", ${how})`,
			exec,
			"close($label.proc)",
			`write($label.own, ${text}`,
			`write($label.file, ${text}`,
		]);
		// Only one of the two is opened and written to.
		const calls = plan([label({ apparmor: "a" })], forRoot).steps.flatMap(({ module, calls }) =>
			module === "label" ? calls : [],
		);
		expect(
			calls.flatMap(({ onlyIf, onlyIfFailed }) => ((onlyIf ?? onlyIfFailed) ? [[onlyIf, onlyIfFailed]] : [])),
		).toEqual([
			[undefined, "label.own"],
			["label.own", undefined],
			[undefined, "label.own"],
		]);
	});

	test("asks for an SELinux context", () => {
		expect(withoutResult(lines({ selinux: "u:r:t:s0:c1,c2" }))).toEqual([
			...withoutResult(proc),
			exec,
			"close($label.proc)",
			'write($label.file, "u:r:t:s0:c1,c2", 14)',
		]);
	});

	test("is opened before anything is mounted, and asked for behind a change of ids", () => {
		const all = script(
			plan(
				[label({ selinux: "u:r:t" }), mount({ mounts: [{ type: "tmpfs", target: "/proc" }] }), identity({ uid: 5 })],
				{
					...forRoot,
				},
			),
		);
		const at = (text: string) => all.findIndex((line) => line.includes(text));
		const order = ["thread-self", 'fsopen("tmpfs"', "setresuid(5", "write($label.file", "close_range(3, ~0U, 0)"].map(
			at,
		);
		expect(order).not.toContain(-1);
		expect(order.slice(0, 4)).toEqual(order.slice(0, 4).toSorted((a, b) => a - b));
		expect(all.findLastIndex((line) => line.includes("close_range(3"))).toBeGreaterThan(order[3] ?? 0);
	});

	test("gives the files of new file systems in memory their label", () => {
		const files = "u:object_r:t:s0:c1,c2";
		const fragments: Fragment[] = [
			mount({
				root: { type: "tmpfs" },
				mounts: [
					{ type: "tmpfs", target: "/tmp" },
					{ type: "dev", target: "/dev" },
				],
			}),
		];
		const options = (more: Fragment[]) =>
			script(plan([...fragments, ...more], forRoot)).filter((line) => line.includes('"context"'));
		expect(options([])).toEqual([]);
		// The root, /tmp, /dev and its shm.
		expect(options([label({ files })])).toEqual(
			Array(4).fill(`command: fsconfig($fs, FSCONFIG_SET_STRING, "context", "${files}", 0)`),
		);
		expect(stepsIn("credentials", [mount(), label({ files })])).toEqual([]);
	});

	test("says what cannot be a label", () => {
		const bad = ["", " a", "a ", "a\nb", "a\0", "a\u007f", "x".repeat(4001)];
		for (const apparmor of bad) expect([apparmor, codes([label({ apparmor })])]).toEqual([apparmor, ["LABEL_INVALID"]]);
		for (const apparmor of ["a", "/usr/bin/a b", "a//b", "docker-default", "x".repeat(4000)])
			expect([apparmor, codes([label({ apparmor })])]).toEqual([apparmor, []]);
		for (const selinux of ["", "a", "a:b", "a:b:", ":b:c", "a:b c:d", "a:b:c:", "a:b:c\0", "exec a:b:c"])
			expect([selinux, codes([label({ selinux })])]).toEqual([selinux, ["LABEL_INVALID"]]);
		expect(codes([label({ files: "x" }), mount()])).toEqual(["LABEL_INVALID"]);
		expect(codes([label({ apparmor: "a", selinux: "a:b:c" })])).toEqual(["LABELS_OF_BOTH"]);
		expect(codes([label({ files: "a:b:c" }), uts()])).toEqual(["LABEL_WITHOUT_MOUNT"]);
		expect(codes([label({ files: "a:b:c" }), mount()])).toEqual([]);
	});
});
