/** `ns run --name`: a running sandbox is found by its name, and nothing else has it. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { named, openNamed, pid, sandbox, user, uts } from "../../src/index.ts";
import { everywhere, type Ns, rows, until } from "./harness.ts";

let count = 0;
/** Others test beside us, and have the same directory of names. */
const fresh = () => `running-${process.pid}-${++count}`;

/** Where the names of the test's user are. */
const place = (ns: Ns) => (ns.who === "root" ? "/run/nskit" : `${ns.folder}/nskit`);
/** An ordinary user gets a directory of its own for names, and root has that of the machine. */
const env = (ns: Ns) => ({ XDG_RUNTIME_DIR: ns.who === "root" ? undefined : ns.folder });
const isThere = (ns: Ns, name: string) => existsSync(`${place(ns)}/${name}`);
const run = (ns: Ns, ...args: string[]) => ns.run(args, { env: env(ns) });

/** Starts a sandbox that says when it runs, and waits for that. */
async function start(ns: Ns, name: string, ...more: string[]) {
	const script = "hostname inside; echo ready; exec sleep 60";
	const child = ns.startNs(["run", "--name", name, ...more, "--", "sh", "-c", script], { env: env(ns) });
	const reader = child.stdout.getReader();
	await reader.read();
	reader.releaseLock();
	return child;
}

describe("a name", () => {
	everywhere("leads to what runs, and is gone with it", async (ns) => {
		const name = fresh();
		const child = await start(ns, name);
		expect(isThere(ns, name)).toBe(true);
		expect(await run(ns, "enter", name, "hostname")).toMatchObject({ code: 0, stdout: "inside\n" });
		expect((await run(ns, "inspect", name, "--json")).code).toBe(0);
		expect((await run(ns, "list", "--named")).stdout).toContain(name);
		expect((await run(ns, "completion", "names")).stdout.split("\n")).toContain(name);
		child.kill("SIGTERM");
		expect(await child.exited).toBe(143);
		expect(isThere(ns, name)).toBe(false);
		const after = await run(ns, "enter", name, "hostname");
		expect(after).toMatchObject({ code: 125 });
		expect(after.stderr).toContain(`nothing is called "${name}"`);
	});

	everywhere("is not given twice, neither to a sandbox nor to namespaces that stay", async (ns) => {
		const name = fresh();
		const child = await start(ns, name);
		for (const args of [
			["run", "--name", name, "--", "true"],
			["create", name, "--uts"],
		]) {
			const again = await run(ns, ...args);
			expect(again.code).toBe(125);
			expect(again.stderr).toContain(`${name} is taken: it is the running sandbox of process`);
		}
		expect(isThere(ns, name)).toBe(true);
		child.kill("SIGTERM");
		await child.exited;
	});

	everywhere("that stays is not given to a sandbox", async (ns) => {
		const name = fresh();
		expect((await run(ns, "create", name, "--uts")).code).toBe(0);
		const refused = await run(ns, "run", "--name", name, "--", "true");
		expect(refused).toMatchObject({ code: 125 });
		expect(refused.stderr).toContain(`${name} is taken`);
		expect((await run(ns, "remove", name)).code).toBe(0);
		expect((await run(ns, "run", "--name", name, "--", "true")).code).toBe(0);
	});

	everywhere("of a killed supervisor is given back by the helper", async (ns) => {
		const name = fresh();
		const child = await start(ns, name);
		const supervisor = Number(
			readFileSync(`${place(ns)}/${name}`, "utf8")
				.split("\n")[2]
				?.split(" ")[0],
		);
		process.kill(supervisor, "SIGKILL");
		await child.exited;
		await until("the name is gone", () => !isThere(ns, name));
	});

	everywhere("that was left by a killed helper is known as that, and taken", async (ns) => {
		const name = fresh();
		const child = await start(ns, name);
		const supervisor =
			readFileSync(`${place(ns)}/${name}`, "utf8")
				.split("\n")[2]
				?.split(" ")[0] ?? "";
		const helper = children(supervisor).find((one) => comm(one) === "ns-helper");
		process.kill(Number(helper), "SIGKILL");
		process.kill(Number(supervisor), "SIGKILL");
		await child.exited;
		expect(isThere(ns, name)).toBe(true);
		expect((await run(ns, "enter", name, "true")).code).toBe(125);
		expect((await run(ns, "run", "--name", name, "--", "true")).code).toBe(0);
		expect(isThere(ns, name)).toBe(false);
	});

	everywhere("is given back when the command cannot be executed, and when it fails", async (ns) => {
		const name = fresh();
		expect((await run(ns, "run", "--name", name, "--", "/nowhere/at-all")).code).toBe(127);
		expect(isThere(ns, name)).toBe(false);
		expect((await run(ns, "run", "--name", name, "--", "sh", "-c", "exit 3")).code).toBe(3);
		expect(isThere(ns, name)).toBe(false);
	});

	everywhere("of a running sandbox ends it by ns remove, and not by --all", async (ns) => {
		const name = fresh();
		const child = await start(ns, name);
		if (ns.who === "ordinary") expect((await run(ns, "remove", "--all")).code).toBe(0);
		expect(isThere(ns, name)).toBe(true);
		expect(await run(ns, "remove", name)).toMatchObject({ code: 0, stderr: "" });
		expect(await child.exited).toBe(143);
		expect(isThere(ns, name)).toBe(false);
	});

	rows({ who: "root" })("of a sandbox that is paused ends it too", async (ns) => {
		const name = fresh();
		const child = await start(ns, name, "--pids", "50");
		expect(await run(ns, "pause", name)).toMatchObject({ code: 0 });
		expect((await run(ns, "top", name)).stdout).toContain(`${name} `);
		expect(await run(ns, "remove", name)).toMatchObject({ code: 0, stderr: "" });
		expect(await child.exited).toBe(143);
		expect(isThere(ns, name)).toBe(false);
	});

	everywhere("leads to what runs also without a PID namespace, and without an init", async (ns) => {
		for (const kinds of [
			["--user", "--uts"],
			["--user", "--uts", "--pid", "--no-init"],
		]) {
			const name = fresh();
			const child = await start(ns, name, ...kinds);
			expect(await run(ns, "enter", name, "hostname")).toMatchObject({ code: 0, stdout: "inside\n" });
			expect((await run(ns, "remove", name, "--grace", "0")).code).toBe(0);
			await child.exited;
			expect(isThere(ns, name)).toBe(false);
		}
	});

	everywhere("is one for one sandbox, and none of other words", async (ns) => {
		for (const [args, said] of [
			[["--name", fresh(), "--again"], "a server starts many"],
			[["--name", "1234"], "a number is a process id"],
			[["--name", "../x"], "cannot be a name"],
			[["--name", ""], "cannot be a name"],
			[["--name", "net"], "it is a type of namespace"],
		] as const) {
			const refused = await run(ns, "run", ...args, "--", "true");
			expect(refused.code).toBe(125);
			expect(refused.stderr).toContain(said);
		}
	});

	everywhere("is no record that somebody else could have written", async (ns) => {
		const name = fresh();
		const child = await start(ns, name);
		const text = readFileSync(`${place(ns)}/${name}`, "utf8");
		const [linked, open] = [fresh(), fresh()];
		symlinkSync(`${place(ns)}/${name}`, `${place(ns)}/${linked}`);
		writeFileSync(`${place(ns)}/${open}`, text, { mode: 0o666 });
		for (const one of [linked, open]) expect((await run(ns, "enter", one, "true")).code).toBe(125);
		await ns.command(["rm", `${place(ns)}/${linked}`, `${place(ns)}/${open}`], {
			env: env(ns),
			...(ns.who === "ordinary" && { before: [] }),
		});
		if (existsSync(`${place(ns)}/${open}`)) Bun.spawnSync(["rm", `${place(ns)}/${linked}`, `${place(ns)}/${open}`]);
		child.kill("SIGTERM");
		await child.exited;
	});
});

const children = (pid: string) => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
const comm = (pid: string) => readFileSync(`/proc/${pid}/comm`, "utf8").trim();

describe("the library", () => {
	test("gives a name by the module `named`, for one at a time", async () => {
		const name = fresh();
		const box = sandbox(named(name), user(), pid(), uts({ hostname: "inside" }));
		const child = await box.spawn(["sleep", "60"]);
		await expect(box.spawn(["true"])).rejects.toThrow(/is taken: it is the running sandbox/);
		expect(() => openNamed(name)).toThrow(/NAME_RUNNING/);
		child.kill();
		await child.exited;
		expect(box.spawnSync(["hostname"]).stdout?.toString()).toBe("inside\n");
		const left = existsSync("/run/nskit") ? readdirSync("/run/nskit") : [];
		expect(left).not.toContain(name);
	});
});
