/** What was learned of a run lets the same run pass, and nothing of it can be left out. */
import { expect } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MountRule } from "nskit";
import type { ProfileFile } from "../../src/profile/types.ts";
import { everywhere, type Ns, type RunOptions, rows } from "./harness.ts";

const env = { LC_ALL: undefined };

interface Learned extends ProfileFile {
	readonly mount: { readonly mounts: readonly MountRule[] };
	readonly seccomp: { readonly allow: readonly string[] };
}

/** Learns a run, and runs the same with what was learned. */
async function again(ns: Ns, words: readonly string[], options: RunOptions = {}, more: readonly string[] = []) {
	const file = join(ns.folder, "p.json");
	const before = { env, ...options };
	const first = await ns.output(["run", ...more, "--learn", file, "--", ...words], before);
	expect(await ns.output(["run", "--profile", file, "--", ...words], before)).toBe(first);
	return { out: first, profile: JSON.parse(readFileSync(file, "utf8")) as Learned };
}

/** The profile without each of its rules, allowed calls and other tables. Limits only take away. */
function lessOne({ mount, seccomp, limits, ...others }: Learned): Learned[] {
	const mounts = mount?.mounts ?? [];
	const allow = seccomp?.allow ?? [];
	const whole = { ...others, mount: { mounts }, seccomp: { ...seccomp, allow }, limits };
	return [
		...mounts.map((rule) => ({ ...whole, mount: { mounts: mounts.filter((one) => one !== rule) } })),
		...allow.map((name) => ({ ...whole, seccomp: { allow: allow.filter((one) => one !== name) } })),
		...(others.net === undefined ? [] : [{ ...whole, net: true }]),
	];
}

/** Without any one thing of what was learned the run ends in another way. */
async function expectSmallest(ns: Ns, profile: Learned, words: readonly string[], out: string, cwd = ns.folder) {
	for (const less of lessOne(profile)) {
		writeFileSync(join(ns.folder, "less.json"), JSON.stringify(less));
		const ended = await ns.run(["run", "--profile", join(ns.folder, "less.json"), "--", ...words], { env, cwd });
		expect([less.mount.mounts, less.seccomp, less.net, ended.code === 0 && ended.stdout === out]).toEqual([
			...[less.mount.mounts, less.seccomp, less.net, false],
		]);
	}
}

/** A program that makes a call which the built-in filter refuses, with a question that needs no rights. */
const keyring = '#!/usr/bin/perl\nprint syscall(250, 0, -3, 1) > 0 ? "key\\n" : "none\\n";\n';

function makeTree(ns: Ns): void {
	for (const name of ["data", "listed", "out", "far/deep", "tools"])
		mkdirSync(join(ns.folder, name), { recursive: true });
	const files = { "data/a b": "one\n", "listed/x": "x\n", "far/deep/two": "two\n", changed: "before\n" };
	for (const [name, text] of Object.entries(files)) writeFileSync(join(ns.folder, name), text);
	symlinkSync("far/deep", join(ns.folder, "link"));
	symlinkSync("../far/deep/two", join(ns.folder, "listed/to-two"));
	writeFileSync(join(ns.folder, "tools/key"), keyring);
	chmodSync(join(ns.folder, "tools/key"), 0o755);
	Bun.spawnSync(["chmod", "-R", "a+rwX", ns.folder]);
}

const script = `set -e
cat "data/a b"; ls listed; cat listed/to-two; cat link/../deep/two
(cd link; pwd -P; cat two); readlink link; tools/key
cat changed; : >> changed; rm -rf out/*; echo new > out/new; mkdir out/d; mv out/new out/d/; cat out/d/new
cat /etc/debian_version; test -d tools; test ! -e data/missing`;

rows({ needs: ["x64", "perl"] })("what a script needed, and nothing less", async (ns) => {
	makeTree(ns);
	const words = ["sh", "-c", script];
	const { out, profile } = await again(ns, words);
	expect(out).toContain("\nkey\n");
	expect(profile.seccomp).toEqual({ allow: ["keyctl"] });
	expect(profile.mount.mounts.map(({ type, target }) => `${type} ${target.replace(`${ns.folder}/`, "")}`)).toEqual([
		...["symlink link", "bind /etc/debian_version", "bind changed", "bind data/a b", "bind far/deep/two"],
		...["bind listed", "bind out", "bind tools/key"],
	]);
	await expectSmallest(ns, profile, words, out);
});

everywhere("a network that was wanted", async (ns) => {
	const words = ["sh", "-c", "readlink /proc/self/ns/net | wc -l; (exec 3<>/dev/tcp/127.0.0.1/1) 2>/dev/null; true"];
	const script = words[2] ?? "";
	const { profile } = await again(ns, ["bash", "-c", script], {}, ["--no-net"]);
	expect(profile.net).toBe(false);
});

rows({ needs: ["x64", "perl"] })(
	"of a run in the strict preset: what that had to be given, and what it was refused",
	async (ns) => {
		makeTree(ns);
		const bind = ["--bind", `${ns.folder}/out:${ns.folder}/out`];
		const words = ["sh", "-c", "cat listed/x; echo x > out/y; tools/key || true"];
		const file = join(ns.folder, "p.json");
		expect(await ns.output(["run", "--strict", ...bind, "--learn", file, "--", ...words], { env })).toBe("x\nnone\n");
		expect(await ns.output(["run", "--profile", file, "--", ...words], { env })).toBe("x\nkey\n");
		const { mount, seccomp } = JSON.parse(readFileSync(file, "utf8")) as Learned;
		expect(mount.mounts.map(({ target }) => target)).toEqual(["listed/x", "out", "tools/key"]);
		expect(seccomp).toEqual({ allow: ["keyctl"] });
	},
);

everywhere("of what lies where the preset shows nothing: below the home directory, and below /tmp", async (ns) => {
	const { home } = ns.account;
	for (const top of [home, "/tmp"]) {
		const folder = mkdtempSync(join(top, "learn-"));
		try {
			writeFileSync(join(folder, "in"), "text\n");
			Bun.spawnSync(["chmod", "-R", "a+rwX", folder]);
			const { out, profile } = await again(ns, ["sh", "-c", "cat in ./in; pwd; echo > new; rm new"], { cwd: folder });
			expect(out).toBe(`text\ntext\n${folder}\n`);
			expect(profile.mount.mounts.map(({ target }) => target)).toEqual([folder]);
		} finally {
			rmSync(folder, { recursive: true });
		}
	}
});

rows({ needs: ["perl"] })("of perl, with a module of its own, found from where it is", async (ns) => {
	for (const name of ["app/lib", "app/bin"]) mkdirSync(join(ns.folder, name), { recursive: true });
	writeFileSync(join(ns.folder, "app/lib/Own.pm"), "package Own; our $value = 42; 1;\n");
	const program = '#!/usr/bin/env perl\nuse FindBin qw($RealBin);\nuse lib "$RealBin/../lib";\nuse Own;\n';
	writeFileSync(join(ns.folder, "app/bin/main"), `${program}print "$Own::value\\n";\n`, { mode: 0o755 });
	symlinkSync("app/bin/main", join(ns.folder, "start"));
	Bun.spawnSync(["chmod", "-R", "a+rX", ns.folder]);
	const { out, profile } = await again(ns, ["./start"]);
	expect(out).toBe("42\n");
	expect(profile.mount.mounts.map(({ type, target }) => `${type} ${target.replace(`${ns.folder}/`, "")}`)).toEqual([
		...["symlink start", "bind app/bin/main", "bind app/lib/Own.pm"],
	]);
});

rows({ timeout: 90_000 })("of bun, with a file that it imports", async (ns) => {
	writeFileSync(join(ns.folder, "other.ts"), "export const value: number = 42;\n");
	writeFileSync(join(ns.folder, "main.ts"), 'import { value } from "./other.ts";\nconsole.log(value);\n');
	Bun.spawnSync(["chmod", "-R", "a+rX", ns.folder]);
	const bun = Bun.which("bun") ?? "bun";
	expect((await again(ns, [bun, "main.ts"])).out).toBe("42\n");
});
