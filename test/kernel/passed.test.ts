import { expect } from "bun:test";
import { join } from "node:path";
import { PlanError, passDescriptors, sandbox } from "nskit";
import { checkout } from "./checkout.ts";
import { everywhere, library, rows } from "./harness.ts";

const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"], ["--user", "--map", "self", "--mount"]];
/** Says where the descriptors of the command lead. */
const lines = 'for (0 .. 199) { my $to = readlink "/proc/self/fd/$_"; print "$_ $to\\n" if defined $to }';
const show = ["perl", "-e", lines];
const others = (text: string): string[] =>
	text
		.trim()
		.split("\n")
		.filter((line) => !/^[012] /.test(line));

rows({ needs: ["perl"] })("descriptors get the numbers asked for, all others are closed", async (ns) => {
	const opening = 'exec 3</etc 4</usr 5</proc 9</var 20</; "$@"; exit $?';
	const shown = async (...options: string[]) => {
		const { code, stdout, stderr } = await ns.shell(opening, { bash: true, args: ["run", ...options, ...show] });
		expect([options, code, stderr]).toEqual([options, 0, ""]);
		return others(stdout);
	};
	const pass = (...values: string[]) => values.flatMap((value) => ["--pass-fd", value]);
	for (const set of optionSets) {
		expect(await shown(...set)).toEqual([]);
		expect(await shown(...set, ...pass("3"))).toEqual(["3 /etc"]);
		expect(await shown(...set, ...pass("9"))).toEqual(["9 /var"]);
		expect(await shown(...set, ...pass("20:3", "4:11"))).toEqual(["3 /", "11 /usr"]);
		expect(await shown(...set, ...pass("3:4", "4:3"))).toEqual(["3 /usr", "4 /etc"]);
		expect(await shown(...set, ...pass("3:4", "4:9", "9:3", "3:20"))).toEqual([
			"3 /var",
			"4 /etc",
			"9 /usr",
			"20 /etc",
		]);
		expect(await shown(...set, ...pass("3:100", "3", "3:101"))).toEqual(["3 /etc", "100 /etc", "101 /etc"]);
	}
});

everywhere("a descriptor can take the place of a standard one", async (ns) => {
	const script = 'exec 5>out 6<<<hello; "$@"; exit $?';
	for (const set of optionSets) {
		const args = [
			"run",
			...set,
			"--pass-fd",
			"6:0",
			"--pass-fd",
			"5:1",
			"--pass-fd",
			"1:2",
			"sh",
			"-c",
			"cat; echo x >&2",
		];
		const { code, stdout } = await ns.shell(script, { bash: true, args });
		expect([set, code, stdout, await Bun.file(`${ns.folder}/out`).text()]).toEqual([set, 0, "x\n", "hello\n"]);
	}
});

everywhere("a pipe that is passed is held by the command alone", async (ns) => {
	// The command closes it, and goes on only when the reader has seen the end.
	const command = ["sh", "-c", "echo hello >&7; exec 7>&-; read x <seen; exit 3"];
	const script = 'mkfifo pipe seen; { cat pipe; echo >seen; } & "$@" 7>pipe; code=$?; wait; rm pipe seen; exit $code';
	for (const set of optionSets) {
		const args = ["run", ...set, "--pass-fd", "7", ...command];
		const { code, stdout } = await ns.shell(script, { bash: true, args });
		expect([set, code, stdout]).toEqual([set, 3, "hello\n"]);
	}
});

everywhere("a descriptor that is not open, or cannot be, is refused before anything is run", async (ns) => {
	for (const set of [[], ["--uts"]]) {
		for (const [value, words] of [
			["3", "there is no descriptor 3"],
			["4", "there is no descriptor 4"],
			["5:6", "there is no descriptor 5"],
			["99", "there is no descriptor 99"],
			["2147483647", "there is no descriptor 2147483647"],
			["2147483648", "2147483648 cannot be a descriptor"],
			["0:99999999999", "99999999999 cannot be a descriptor"],
			["0:1000000000", "not below the limit of open files"],
			["", 'pass-fd "" names no descriptor'],
			["-1", "names no descriptor"],
			["1:", "names no descriptor"],
			["1:2:3", "names no descriptor"],
			["03", "names no descriptor"],
			["x", "names no descriptor"],
		] as const) {
			const { code, stdout, stderr } = await ns.run(["run", ...set, "--pass-fd", value, "touch", "was-run"]);
			expect([value, code, stdout]).toEqual([value, 125, ""]);
			expect(stderr).toContain(words);
		}
		const twice = await ns.run(["run", ...set, "--pass-fd", "1:5", "--pass-fd", "2:5", "touch", "was-run"]);
		expect([twice.code, twice.stderr]).toEqual([125, expect.stringContaining("two descriptors are to be 5")]);
	}
	expect(await Bun.file(`${ns.folder}/was-run`).exists()).toBe(false);
});

rows({ needs: ["perl"] })("become passes descriptors on, too", async (ns) => {
	const { bun, project } = checkout();
	const argv = [bun, join(project, "test/kernel/fixtures/become.ts"), "passing", ...show];
	const { code, stdout } = await ns.command(argv);
	expect([code, others(stdout)]).toEqual([0, ["7 /etc", "8 /usr"]]);
});

library("spawn and spawnSync refuse what they cannot pass on", async () => {
	const box = sandbox(passDescriptors([{ from: 1, to: 5 }]));
	expect(() => box.spawnSync(["true"])).toThrow(PlanError);
	expect(await box.spawn(["true"]).catch((error: unknown) => error)).toBeInstanceOf(PlanError);
	expect(box.plan(["true"]).steps.length).toBeGreaterThan(0);
});
