import { expect } from "bun:test";
import { identity, pid, sandbox } from "nskit";
import { everywhere, library, type Ns, rows } from "./harness.ts";
import { isDumpable } from "./libc.ts";
import { descendants, haveEnded, textOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

const show = ["sh", "-c", "grep -E '^(Uid|Gid|Groups|CapEff)' /proc/self/status"];
const shown = (uid: number, gid: number, groups: string, capabilities: RegExp): RegExp =>
	new RegExp(
		`^Uid:${`\\t${uid}`.repeat(4)}\\nGid:${`\\t${gid}`.repeat(4)}\\nGroups:\\t${groups} ?\\nCapEff:\\t${capabilities.source}\\n$`,
	);
const none = /0{16}/;
const all = ["--map-users", "0:0:70000", "--map-groups", "0:0:70000", "--setgroups", "allow"];
const ids = ["--setuid", "1234", "--setgid", "5678"];

rows({ who: "root" })("root's command becomes the user, the group and the groups asked for", async (ns) => {
	for (const set of [["--uts"], ["--pid", "--mount"], ["--pid", "--mount", "--no-init"], all]) {
		expect(await ns.output(["run", ...set, ...ids, ...show])).toMatch(shown(1234, 5678, "", none));
		const groups = ["--groups", "7,69999,0"];
		expect(await ns.output(["run", ...set, ...ids, ...groups, ...show])).toMatch(shown(1234, 5678, "0 7 69999", none));
		const only = await ns.output(["run", ...set, "--setgid", "5", ...show]);
		expect(only).toMatch(shown(0, 5, "", /0*[1-9a-f][0-9a-f]*/));
	}
});

rows({ who: "root" })("root's groups are not kept by another user, and what is root's is out of reach", async (ns) => {
	const before = ["setpriv", "--groups=4,24,27"];
	const secret = `${ns.folder}/secret`;
	const script = `umask 077; echo secret >${secret}; chmod 711 ${ns.folder}; exec "$@"`;
	const options = { before, args: ["run", "--uts", ...ids, "sh", "-c", `id -G; cat ${secret}`] };
	const { code, stdout } = await ns.shell(script, options);
	expect([code, stdout]).toEqual([1, "5678\n"]);
});

rows({ who: "root" })("another user can look at its own process as ever", async (ns) => {
	for (const set of [["--uts"], ["--pid", "--mount", "--no-init"]]) {
		const own = await ns.output(["run", ...set, ...ids, "readlink", "/proc/self/exe"]);
		expect(own).toEndWith("/readlink\n");
	}
});

everywhere("whoever the caller is, the own id inside can be asked for", async (ns) => {
	const { uid, gid } = ns.account;
	const kept = ns.who === "root" ? "0" : "65534";
	const zero = await ns.output(["run", "--setuid", "0", "--setgid", "0", "sh", "-c", "id -u; id -g"]);
	expect([zero, kept]).toEqual(["0\n0\n", kept]);
	const self = ["run", "--map", "self", "-S", `${uid}`, "-G", `${gid}`, "sh", "-c", "id -u; id -g"];
	expect(await ns.output(self)).toBe(`${uid}\n${gid}\n`);
});

everywhere("ids that are none, or not mapped, are refused before anything is done", async (ns) => {
	const wrong = [
		"1x",
		"-1",
		"4294967295",
		"4294967296",
		"",
		"1:",
		" 1",
		"0x1",
		"+1",
		"01",
		"1.0",
		"1e3",
		"no-such-user",
	];
	for (const option of ["--setuid", "--setgid", "--groups"]) {
		for (const value of wrong) {
			const { code, stdout, stderr } = await ns.run(["plan", option, value, "true"]);
			expect([option, value, code, stdout]).toEqual([option, value, 125, ""]);
			expect(stderr).toStartWith(`ns: ${option} ${JSON.stringify(value)} is no id\n`);
		}
	}
	const refused = async (words: string, ...args: string[]) => {
		const { code, stdout, stderr } = await ns.run(["run", ...args, "touch", "was-run"]);
		expect([args, code, stdout]).toEqual([args, 125, ""]);
		expect(stderr).toContain(words);
	};
	await refused("--setuid", "--setuid", "1x");
	await refused("--groups", "--groups", "1,,2");
	await refused("the new user namespace has no user 5", "--setuid", "5");
	await refused("the new user namespace has no group 5", "--setgid", "5");
	await refused("the new user namespace forbids setgroups", "--groups", "0");
	await refused("the new user namespace has no user 0", "--map", "none", "--setuid", "0");
	expect(await Bun.file(`${ns.folder}/was-run`).exists()).toBe(false);
});

rows({ who: "ordinary" })("in a joined user namespace the kernel says what is not mapped or forbidden", async (ns) => {
	const target = ns.startNs(["run", "--user", "--uts", "sleep", "1000"]);
	await until("the namespace", () => textOf(`/proc/${target.pid}/comm`) === "sleep\n");
	const joined = ["run", "--join", `user:${target.pid}`];
	const unmapped = await ns.run([...joined, "--setuid", "5", "true"]);
	expect([unmapped.code, unmapped.stdout]).toEqual([125, ""]);
	expect(unmapped.stderr).toContain("setresuid(5, 5, 5): EINVAL");
	expect(unmapped.stderr).toContain("this id is not mapped in the user namespace");
});

rows({ who: "root" })("in a joined user namespace an id has to be mapped, and a right is needed", async (ns) => {
	const target = ns.startNs(["run", "--user", "--map-users", "0:0:10", "--map-groups", "0:0:10", "sleep", "1000"]);
	await until("the namespace", () => textOf(`/proc/${target.pid}/comm`) === "sleep\n");
	const joined = ["run", "--join", `user:${target.pid}`];
	expect(await ns.output([...joined, "--setuid", "5", "--setgid", "6", ...show])).toMatch(shown(5, 6, "", none));
	for (const [option, call] of [
		["--setuid", "setresuid(11, 11, 11): EINVAL"],
		["--setgid", "setresgid(11, 11, 11): EINVAL"],
		["--groups", "setgroups(1, [11]): EINVAL"],
	] as const) {
		const { code, stderr } = await ns.run([...joined, option, "11", "true"]);
		expect([option, code]).toEqual([option, 125]);
		expect(stderr).toContain(call);
		expect(stderr).toContain("mapped in the user namespace");
	}
});

/** Kills the supervisor of a running command and waits until the command has ended, too. */
async function killedWith(ns: Ns, options: readonly string[]): Promise<void> {
	const child = ns.startNs(["run", ...options, ...ids, "sleep", "1000"]);
	const commands = () => descendants(child.pid).filter(({ name }) => name === "sleep");
	await until("the command", () => commands().length === 1);
	const pids = commands().map((one) => one.pid);
	expect(textOf(`/proc/${pids[0]}/status`)).toContain("\nUid:\t1234\t");
	child.kill("SIGKILL");
	await inTime("the end of the supervisor", child.exited);
	await until("the end of the command", () => haveEnded(pids), 5_000).finally(() => {
		for (const one of pids) if (!haveEnded([one])) process.kill(one, "SIGKILL");
	});
}

rows({ who: "root" })("a command that has become another user ends with a killed supervisor", async (ns) => {
	const target = ns.start(["sleep", "1000"]);
	for (const options of [
		["--pid", "--mount", "--no-init"],
		["--pid", "--mount"],
		["--join", `pid:${target.pid}`],
	]) {
		await killedWith(ns, options);
	}
});

rows({ who: "root" })("the supervisor passes signals to a command that has become another user", async (ns) => {
	for (const options of [["--pid", "--mount", "--no-init"], ["--pid", "--mount"], all]) {
		const script = 'trap "echo got; exit 7" TERM; echo ready; while :; do sleep 0.01; done';
		const child = ns.startNs(["run", ...options, ...ids, "bash", "-c", script]);
		const reader = child.stdout.getReader();
		let text = "";
		await until("ready", async () => {
			const { value } = await reader.read();
			text += new TextDecoder().decode(value);
			return text.includes("ready");
		});
		reader.releaseLock();
		child.kill("SIGTERM");
		expect([options, await inTime("the end", child.exited)]).toEqual([options, 7]);
	}
});

library(
	"the library's command becomes the user asked for, and Bun stays as it was",
	async () => {
		const before = textOf("/proc/self/status").match(/^(Uid|Gid|Groups|CapEff):.*$/gm);
		for (const box of [
			sandbox(identity({ uid: 1234, gid: 5678 })),
			sandbox(pid(), identity({ uid: 1234, gid: 5678 })),
		]) {
			expect(box.spawnSync(show).stdout?.toString()).toMatch(shown(1234, 5678, "", none));
			const child = await box.spawn(show, { stdout: "pipe" });
			expect(await child.stdout.text()).toMatch(shown(1234, 5678, "", none));
			expect(await child.exited).toBe(0);
		}
		expect(textOf("/proc/self/status").match(/^(Uid|Gid|Groups|CapEff):.*$/gm)).toEqual(before);
		expect(isDumpable()).toBe(true);
	},
	"root",
);
