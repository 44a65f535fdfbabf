/** The preset with other options beside it: what is given opens what it names, and nothing else, and nothing in silence. */
import { expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere, rows } from "./harness.ts";
import { until } from "./waiting.ts";

const capabilities = ["grep", "-E", "Cap(Prm|Bnd)", "/proc/self/status"];

everywhere("--cap-drop ALL leaves nothing of what a profile adds", async (ns) => {
	writeFileSync(join(ns.folder, "open.json"), '{"capabilities": {"add": ["NET_RAW"]}}');
	const output = await ns.output(["run", "--profile", "open.json", "--all", "--cap-drop", "ALL", ...capabilities]);
	expect(output).toBe("CapPrm:\t0000000000000000\nCapBnd:\t0000000000000000\n");
});

everywhere("paths of Landlock that are given with --strict take the place of its /", async (ns) => {
	const refused = await ns.run(["run", "--strict", "--landlock-read", "/etc", "true"]);
	expect(refused.code).toBe(125);
	expect(refused.stderr).toContain("add --landlock-execute");
	const execute = ["/usr", "/bin", "/lib", "/lib64"].flatMap((path) => ["--landlock-execute", path]);
	const { code, stderr } = await ns.run(["run", "--strict", ...execute, "cat", "/etc/passwd"]);
	expect([code, stderr]).toEqual([1, "cat: /etc/passwd: Permission denied\n"]);
});

everywhere("a profile that extends strict hides nothing that --strict shows", async (ns) => {
	mkdirSync(join(ns.folder, "home/work"), { recursive: true });
	writeFileSync(join(ns.folder, "home/work/box.toml"), 'extends = "strict"\n');
	const [env, cwd] = [{ HOME: join(ns.folder, "home") }, join(ns.folder, "home/work")];
	expect(await ns.output(["run", "--strict", "--profile", "box.toml", "ls"], { env, cwd })).toBe("box.toml\n");
});

everywhere("strict on top of another profile is refused, because it would not be strict", async (ns) => {
	writeFileSync(join(ns.folder, "log.json"), '{"seccomp": {"log": true}}');
	const { code, stdout, stderr } = await ns.run(["run", "--profile", "log.json", "--profile", "strict", "echo", "ran"]);
	expect([code, stdout]).toEqual([125, ""]);
	expect(stderr).toContain("strict has to come first");
});

everywhere("--strict shows no home directory, also where HOME is a link to it", async (ns) => {
	mkdirSync(join(ns.folder, "home"));
	writeFileSync(join(ns.folder, "home/secret"), "secret");
	symlinkSync("home", join(ns.folder, "link"));
	const cwd = join(ns.folder, "home");
	const { code } = await ns.run(["run", "--strict", "cat", join(cwd, "secret")], {
		...{ cwd, env: { HOME: join(ns.folder, "link") } },
	});
	expect(code).toBe(1);
});

rows({ who: "root" })("root sees nothing of the machine's memory in the /proc of --strict", async (ns) => {
	const script = "cd /proc; for f in kcore keys kpage* slabinfo timer_list vmallocinfo; do head -c 8 $f; done";
	const { stdout, stderr } = await ns.run(["run", "--strict", "sh", "-c", script]);
	expect(stdout).toBe("");
	expect(stderr).toContain("kpagecount");
});

everywhere("--deny-set-id and a root in memory take nothing else away", async (ns) => {
	writeFileSync(join(ns.folder, "default.json"), '{"seccomp": {}}');
	const add = ["run", "--profile", "default.json", "--all", "--deny-set-id", "unshare", "--ipc", "true"];
	expect((await ns.run(add)).stderr).toContain("Operation not permitted");
	const { stderr } = await ns.run(["run", "--strict", "--root", "tmpfs", "touch", "/new"]);
	expect(stderr).toContain("Read-only file system");
});

everywhere("--landlock-bind none leaves no port of a profile's", async (ns) => {
	writeFileSync(join(ns.folder, "ports.json"), '{"landlock": {"bind": [8080]}}');
	const plan = async (...more: string[]) =>
		ns.output(["plan", "--profile", "ports.json", "--uts", "--landlock-best-effort", ...more, "true"]);
	expect(await plan()).toContain("port=8080");
	expect(await plan("--landlock-bind", "none")).not.toContain("port=8080");
});

rows({ who: "root" })("where /proc/sys is hidden or read-only, --strict says so and runs nothing", async (ns) => {
	for (const [make, hint] of [
		["mount -t tmpfs none /proc/sys", "/proc/sys is hidden here"],
		["mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys", "is mounted read-only here"],
	] as const) {
		const before = ["unshare", "-m", "sh", "-c", `${make}; exec "$@"`, "sh"];
		const { code, stdout, stderr } = await ns.run(["run", "--strict", "echo", "ran"], { before });
		expect([code, stdout]).toEqual([125, ""]);
		expect(stderr).toContain("cannot allow no further user namespaces");
		expect(stderr).toContain(hint);
	}
});

everywhere("a selftest that is broken off leaves nothing behind", async (ns) => {
	const folder = ns.directory("tmp");
	const running = ns.startNs(["selftest"], { env: { TMPDIR: folder } });
	await until("the first case has begun", () => existsSync(folder) && readdirSync(folder).length > 0);
	running.kill("SIGTERM");
	await running.exited;
	expect(running.signalCode ?? running.exitCode).toBe("SIGTERM");
	expect(readdirSync(folder)).toEqual([]);
});
