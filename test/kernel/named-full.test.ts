/** Names where there is no room for them, or no place: each file that is made may be the one too many. */
import { expect } from "bun:test";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { become, ordinary } from "./checkout.ts";
import { type Ended, type Ns, rows } from "./harness.ts";
import { onStage } from "./named-stage.ts";

const root = rows({ how: "source", who: "root", timeout: 120_000 });

/** Makes a name in a file system with these options, as root in /run, or as an ordinary user in a directory of its own. */
function createdIn(ns: Ns, options: string, user: readonly string[], fill = "true"): Promise<Ended> {
	const runtime = ns.directory("runtime");
	chmodSync(ns.folder, 0o755);
	const place = user.length === 0 ? "/run" : runtime;
	const script = [
		`mount -t tmpfs -o ${options} tmpfs ${place}; cd ${place}; ${fill}`,
		'"$@" create full --net --uts --pid; code=$?',
		// What is there when it has failed, and when it is removed.
		'[ $code = 0 ] && { "$@" remove full || echo not removed; }',
		`find ${place} -mindepth 1 ! -path /run/netns ! -name fill; grep -E "nsfs.*/full|/full.*nsfs" /proc/self/mountinfo; exit $code`,
	].join("\n");
	const words = [...user, "env", `XDG_RUNTIME_DIR=${runtime}`, ...ns.program];
	return ns.command(["unshare", "--mount", "sh", "-c", script, "sh", ...words]);
}

for (const [who, user, mode, most] of [
	["root", [], "mode=755", 16],
	["an ordinary user", become(ordinary()), `mode=700,uid=${ordinary().uid}`, 12],
] as const) {
	root(`a name of ${who} leaves nothing where one of its files cannot be made`, async (ns) => {
		let failed = 0;
		for (let files = 1; files <= most; files++) {
			const { code, stdout, stderr } = await createdIn(ns, `${mode},nr_inodes=${files}`, user);
			expect([files, stdout]).toEqual([files, ""]);
			if (code === 0) break;
			failed++;
			expect([files, code]).toEqual([files, 125]);
			expect(stderr).toMatch(
				/^ns: cannot (take|make|pin|write) .*: (mkdirat|openat2|symlinkat|write)\(.*\): ENOSPC\n$/,
			);
		}
		expect(failed).toBeGreaterThan(2);
		expect(failed).toBeLessThan(most);
		const fill = "head -c 8192 /dev/zero >fill";
		const { code, stdout, stderr } = await createdIn(ns, `${mode},size=8k`, user, fill);
		expect([code, stdout]).toEqual([125, ""]);
		expect(stderr).toMatch(/^ns: cannot write .*state\.json: write\(.*\): ENOSPC\n$/);
	});
}

root("where /run is read-only, a process keeps the name, and that is said", async (ns) => {
	const runtime = ns.directory("own");
	chmodSync(runtime, 0o700);
	const script =
		'mount -t tmpfs -o ro tmpfs /run; "$@" create "kept-$$" --uts; "$@" remove "kept-$$"; ls "$XDG_RUNTIME_DIR"';
	const words = ["env", `XDG_RUNTIME_DIR=${runtime}`, "unshare", "--mount", "sh", "-c", script, "sh", ...ns.program];
	const { code, stdout, stderr } = await ns.command(words);
	expect([code, stdout]).toEqual([0, ""]);
	expect(stderr).toMatch(/^ns: warning: nothing can be mounted in \/run\/nskit: a process keeps kept-\d+, and .*\n$/);
});

rows({ how: "source", who: "ordinary" })("XDG_RUNTIME_DIR is a directory, and neither a link nor relative", (ns) =>
	onStage(ns, async (stage) => {
		const real = ns.directory("real");
		chmodSync(real, 0o700);
		const link = join(ns.folder, "link");
		symlinkSync(real, link);
		const create = (path: string) =>
			stage.command(["env", `XDG_RUNTIME_DIR=${path}`, ...ns.program, "create", "web", "--uts"]);
		for (const path of [link, `${link}/`, `${link}//`, join(real, "none"), "/dev/null"])
			expect([path, (await create(path)).stderr]).toEqual([
				path,
				`ns: XDG_RUNTIME_DIR=${path} is no directory that can be entered\nhint: unset it, or make it yours alone\n`,
			]);
		for (const path of ["real", "./real", "../x"])
			expect((await create(path)).stderr).toStartWith(`ns: XDG_RUNTIME_DIR=${path} is no absolute path\n`);
		expect((await create("/")).stderr).toContain("belongs to the user id 0");
		expect(await stage.shell(`find ${real} -mindepth 1 -name nskit`)).toBe("");
	}),
);
