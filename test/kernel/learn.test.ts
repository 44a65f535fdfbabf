import { expect } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MountRule } from "nskit";
import { everywhere, type Ns, rows } from "./harness.ts";
import { descendants } from "./outside.ts";
import { interrupts, keys, Terminal } from "./terminal.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

interface Written {
	readonly extends: string;
	readonly net?: boolean;
	readonly mount?: { readonly mounts: readonly MountRule[] };
	readonly limits: Readonly<Record<string, { readonly atMost: number }>>;
}

const text = (ns: Ns, name: string): string => readFileSync(join(ns.folder, name), "utf8");

/** Without a language of its own a program reads no files about it, which are others on every machine. */
const env = { LC_ALL: undefined };

/** The rules of a profile as short lines, those of the test's folder by their names in it. */
function rules(ns: Ns, { mount }: Written): string[] {
	const short = (path: string) => (path.startsWith("/") ? path.replace(ns.folder, ".") : `./${path}`);
	return (mount?.mounts ?? []).map((rule) =>
		rule.type === "bind"
			? `${rule.readOnly ? "read" : "write"} ${short(rule.target)}`
			: `${rule.type} ${short(rule.target)}`,
	);
}

everywhere("a run is learned from: what it read, listed, wrote and made, and its limits", async (ns) => {
	for (const name of ["data", "listed", "out", "unused"]) mkdirSync(join(ns.directory(name)), { recursive: true });
	for (const name of ["data/one", "data/other", "listed/x", "changed"]) writeFileSync(join(ns.folder, name), "text\n");
	Bun.spawnSync(["chmod", "-R", "a+rwX", ns.folder]);
	const script = "cat data/one >/dev/null; ls listed; echo more >> changed; echo new > out/new; cat out/new; exit 0";
	expect(await ns.output(["run", "--learn", "p.json", "sh", "-c", script], { env })).toBe("x\nnew\n");
	const profile = JSON.parse(text(ns, "p.json")) as Written;
	expect(profile.extends).toBe("strict");
	expect(profile).not.toHaveProperty("net");
	expect(rules(ns, profile)).toEqual(["write ./changed", "read ./data/one", "read ./listed", "write ./out"]);
	expect(profile.limits).toMatchObject({ cpu: { atMost: 10 }, nproc: { atMost: 32 } });
	expect(profile.limits.as?.atMost).toBeGreaterThan(2 ** 27);
	expect(readdirSync(ns.folder).filter((name) => name.startsWith("p.json"))).toEqual(["p.json"]);
});

everywhere("each kind of file is one that its parser reads, with what was learned from on top", async (ns) => {
	const parsers = {
		...{ toml: Bun.TOML.parse, yaml: Bun.YAML.parse, json5: Bun.JSON5.parse, json: JSON.parse },
		jsonc: Bun.JSONC.parse,
	};
	writeFileSync(join(ns.folder, 'odd "name"\\'), "");
	for (const [ending, parse] of Object.entries(parsers)) {
		await ns.output(["run", "--learn", `p.${ending}`, "cat", 'odd "name"\\'], { env });
		const written = text(ns, `p.${ending}`);
		expect(rules(ns, parse(written) as Written)).toEqual(['read ./odd "name"\\']);
		if (ending !== "json") expect(written).toMatch(/^(#|\/\/) Learned from a run of cat\.$/m);
	}
});

everywhere(
	"the exit code, the signal and the streams are the command's, and the file says how it ended",
	async (ns) => {
		const failed = await ns.run(["run", "--learn", "p.toml", "sh", "-c", "cat; exit 7"], { stdin: "input" });
		expect(failed).toMatchObject({ code: 7, stdout: "input" });
		expect(failed.stderr).toContain("exit code 7");
		expect(text(ns, "p.toml")).toContain("# The run ended with the exit code 7");
		for (const signal of ["SIGTERM", "SIGKILL", "SIGSEGV", "SIGINT"] as const) {
			const ended = await ns.run(["run", "--learn", "p.toml", "sh", "-c", `ulimit -c 0; kill -${signal.slice(3)} $$`]);
			expect([signal, ended.signal]).toEqual([signal, signal]);
			expect(text(ns, "p.toml")).toContain(`# The run ended by ${signal}`);
		}
	},
);

everywhere("a run that is interrupted leaves what was learned so far", async (ns) => {
	writeFileSync(join(ns.folder, "seen"), "");
	for (const signal of ["SIGINT", "SIGTERM"] as const) {
		const child = ns.startNs(["run", "--learn", "p.toml", "sh", "-c", "cat seen; echo started; exec sleep 1000"]);
		await new Transcript(child.stdout).has("started");
		await until("sleep", () => descendants(child.pid).some(({ name }) => name === "sleep"));
		child.kill(signal);
		await inTime("the end", child.exited);
		expect(child.signalCode).toBe(signal);
		expect(text(ns, "p.toml")).toContain(`# The run ended by ${signal}`);
		expect(text(ns, "p.toml")).toContain('source = "seen"');
	}
});

everywhere("the file is replaced at the end and no earlier", async (ns) => {
	writeFileSync(join(ns.folder, "p.toml"), "other");
	expect(await ns.output(["run", "--learn", "p.toml", "cat", "p.toml"])).toBe("other");
	expect(text(ns, "p.toml")).toContain('extends = "strict"');
});

everywhere(
	"what cannot be learned is said before anything is run, and what cannot be run leaves no file",
	async (ns) => {
		mkdirSync(join(ns.folder, "folder.toml"));
		writeFileSync(join(ns.folder, "other"), "other");
		symlinkSync("other", join(ns.folder, "link.toml"));
		const ways: [string[], RegExp][] = [
			[["--learn", "p.txt"], /does not tell how to write it/],
			[["--learn", "none/p.toml"], /cannot be written: ENOENT/],
			[["--learn", "folder.toml"], /something else than a plain file/],
			[["--learn", "link.toml"], /something else than a plain file/],
			[["--learn", "/proc/p.toml"], /cannot be written|EACCES|ENOENT/],
			[["--learn", "p.toml", "--daemon"], /outlives its caller|background/],
			[["--learn", "p.toml", "--pty"], /terminal/],
			[["--learn", "p.toml", "--status-fd", "1"], /cannot be given descriptors/],
		];
		for (const [options, message] of ways.filter(
			([options]) => ns.who === "ordinary" || !options.includes("/proc/p.toml"),
		)) {
			const { code, stdout, stderr } = await ns.run(["run", ...options, "echo", "ran"]);
			expect([options, code, stdout]).toEqual([options, 125, ""]);
			expect(stderr).toMatch(message);
		}
		expect((await ns.run(["run", "--learn", "p.toml", "/nonesuch/x"])).code).toBe(127);
		expect(readdirSync(ns.folder).includes("p.toml")).toBe(false);
		expect(text(ns, "other")).toBe("other");
	},
);

everywhere("a network that was wanted is in the profile, with its hosts", async (ns) => {
	await ns.run(["run", "--learn", "p.toml", "bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/80"]);
	expect(text(ns, "p.toml")).toContain("192.0.2.1:80");
	expect((Bun.TOML.parse(text(ns, "p.toml")) as Written).net).toBe(false);
});

rows({ needs: ["script"] })("at a terminal, it is interrupted, stopped and continued as without", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of ["", "--uts"]) {
		terminal.type(`ns run ${options} --learn p.toml sh -c 'echo started; exec sleep 1000'\n`);
		await terminal.hasKeys("sleep");
		terminal.type(keys.suspend);
		await terminal.sees("prompt> ");
		await terminal.stands("sleep");
		terminal.type("fg\n");
		await terminal.hasKeys("sleep");
		terminal.type(keys.interrupt);
		await terminal.sees("prompt> ");
		expect((await terminal.does("echo code $?")).trim()).toBe("code 130");
		expect(text(ns, "p.toml")).toContain("# The run ended by SIGINT");
	}
	terminal.type("ns run --strict --learn p.toml sh -c 'echo $((40 + 2))x'\n");
	await terminal.sees("42x");
	await terminal.sees("prompt> ");
	terminal.type(`ns run --learn p.toml bash -c '${interrupts}'\n`);
	await terminal.sees("ready\n");
	for (const count of [1, 2, 3]) {
		terminal.type(keys.interrupt);
		await terminal.sees(`got ${count}\n`);
	}
	terminal.type(keys.quit);
	await terminal.sees("prompt> ");
	expect((await terminal.does("echo code $?")).trim()).toBe("code 5");
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});
