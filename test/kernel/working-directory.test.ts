import { expect } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { mount, NamespaceError, sandbox, user } from "nskit";
import { call, flags, ref, step } from "../../src/plan/step.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { isRoot } from "./checkout.ts";
import { everywhere, library } from "./harness.ts";

const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"], ["--tmpfs", "/mnt"]];

everywhere("the command starts where it is asked to, as that is called inside", async (ns) => {
	const folder = ns.directory("some where/below");
	symlinkSync(folder, `${ns.folder}/link`);
	for (const set of optionSets) {
		expect(await ns.output(["run", ...set, "--wd", folder, "pwd", "-P"])).toBe(`${folder}\n`);
		expect(await ns.output(["run", ...set, "-w", "some where", "pwd", "-P"])).toBe(`${ns.folder}/some where\n`);
		expect(await ns.output(["run", ...set, "--wd", "..", "pwd", "-P"], { cwd: folder })).toBe(
			`${ns.folder}/some where\n`,
		);
		expect(await ns.output(["run", ...set, "--wd=link", "pwd", "-P"])).toBe(`${folder}\n`);
		expect(await ns.output(["run", ...set, "--wd", "/proc/self", "sh", "-c", "pwd -P"])).toMatch(/^\/proc\/\d+\n$/);
	}
	// What is mounted inside is what counts.
	expect(await ns.output(["run", "--tmpfs", ns.folder, "--wd", ns.folder, "sh", "-c", "pwd; ls"])).toBe(
		`${ns.folder}\n`,
	);
	expect((await ns.run(["run", "--tmpfs", ns.folder, "--wd", folder, "pwd"])).code).toBe(125);
});

everywhere("a directory that is not there, is none or may not be entered is an error", async (ns) => {
	await Bun.write(`${ns.folder}/file`, "");
	symlinkSync("circle", `${ns.folder}/circle`);
	mkdirSync(`${ns.folder}/closed`, { mode: 0 });
	// Root of a new user namespace may enter every directory of the caller's own: this one has to be somebody else's.
	const othersFolder = isRoot && ns.who === "ordinary";
	const made = `${ns.folder}/was-run`;
	for (const set of optionSets) {
		for (const [directory, words] of [
			["/no/such", ["/no/such does not exist inside", "ENOENT"]],
			["file", ["is no directory inside", "ENOTDIR"]],
			["circle", ["in a circle", "ELOOP"]],
			["", ["the directory of --wd is empty"]],
			["x".repeat(5000), ["ENAMETOOLONG"]],
			...(othersFolder ? ([["closed", ["fchdir", "EACCES"]]] as const) : []),
		] as const) {
			const { code, stdout, stderr } = await ns.run(["run", ...set, "--wd", directory, "touch", made]);
			expect([set, directory, code, stdout]).toEqual([set, directory, 125, ""]);
			for (const word of words) expect(stderr).toContain(word);
		}
	}
	expect(await Bun.file(made).exists()).toBe(false);
});

everywhere("no descriptor of the caller's leads out (CVE-2024-21626)", async (ns) => {
	const root = ns.directory("root");
	for (const name of ["bin", "lib", "lib64", "usr", "proc"]) ns.directory(`root/${name}`);
	const open = 'for fd in $(seq 3 20); do eval "exec $fd</etc"; done; "$@"; exit $?';
	const binds = ["bin", "lib", "lib64", "usr"].flatMap((name) => ["--ro-bind", `/${name}`]);
	for (const set of [["--uts"], [], ["--root", root, ...binds]]) {
		const paths = [3, 4, 5, 7, 10, 20].map((fd) => `/proc/self/fd/${fd}`);
		for (const path of [...paths, "/proc/self/fd/7/..", "/proc/self/fd/7/../..", "/dev/fd/7"]) {
			const args = ["run", ...set, "--wd", path, "sh", "-c", "pwd; ls"];
			const { code, stdout, stderr } = await ns.shell(open, { bash: true, args });
			expect([set[0], path, code, stdout]).toEqual([set[0], path, 125, ""]);
			expect(stderr).toMatch(/ELOOP|ENOENT|EACCES/);
		}
		const links = ["/proc/self/cwd", "/proc/self/root", "/proc/1/cwd", "/proc/1/root/etc"];
		for (const path of links) expect((await ns.run(["run", ...set, "--wd", path, "pwd"])).code).toBe(125);
	}
});

/** Goes to a directory that no path leads to any more, and asks where that is, as the plan does after its own step. */
function lost(directory: string): Fragment {
	const path = { out: "path", size: 4096 } as const;
	return {
		module: "lost",
		steps: () => [
			step({
				phase: "directory",
				module: "lost",
				does: "get lost",
				why: "as a directory does that is moved while its path is followed",
				man: "getcwd(2)",
				calls: [
					call("mount", ["none", directory, "tmpfs", 0, null]),
					call("openat", [flags("AT_FDCWD"), directory, flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "lost" }),
					call("umount2", [directory, flags("MNT_DETACH")]),
					call("fchdir", [ref("lost")]),
					call("getcwd", [path, path.size], { check: { belowRoot: path.out } }),
				],
			}),
		],
	};
}

library("a working directory that is not below the root is an error", async () => {
	const box = sandbox(user(), mount(), lost("/mnt"));
	const error = await box.spawn(["pwd"]).catch((reason: unknown) => reason);
	expect(error).toBeInstanceOf(NamespaceError);
	expect(error).toMatchObject({ syscall: "getcwd", code: "EXDEV", hint: "the directory is not below the root inside" });
	const checked = sandbox(user(), mount()).plan(["pwd"], { cwd: "/usr" });
	const calls = checked.steps.flatMap((one) => one.calls).filter(({ name }) => name === "getcwd");
	expect(calls.map(({ check }) => check)).toEqual([{ belowRoot: "directory.path" }]);
});

library("the working directory of the library is checked, too", () => {
	const box = sandbox();
	expect(box.spawnSync(["pwd"], { cwd: "/usr" }).stdout?.toString()).toBe("/usr\n");
	expect(() => box.spawnSync(["pwd"], { cwd: "/proc/self/fd/0" })).toThrow(NamespaceError);
	expect(box.spawnSync(["sh", "-c", "echo $0"], { argv0: "other" }).stdout?.toString()).toBe("other\n");
});
