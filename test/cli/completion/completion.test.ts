import { describe, expect, test } from "bun:test";
import { flagsOf, shells, valuesOf } from "../../../cli/completion/model.ts";
import { commandNames, optionsOf } from "../../../cli/options.ts";
import { capabilityNames } from "../../../src/linux/capabilities.ts";
import { needs } from "../../needs.ts";
import { offered } from "./complete.ts";

const names = ["web", "wob"];

/** A line as it is typed, and what is offered; zsh and fish offer a whole word where bash offers what is behind = */
const lines: readonly (readonly [line: string, offered: readonly string[]])[] = [
	["ns tr", ["tree"]],
	["ns com", ["commit", "completion"]],
	["ns --v", ["--version"]],
	["ns help inspe", ["inspect"]],
	["ns completion ", [...shells].toSorted()],
	["ns tree --by ", ["owner", "parent", "process"]],
	["ns run --map ", ["all", "auto", "extern", "none", "root", "self", "subids"]],
	["ns run --map-groups ", ["all", "auto", "subids"]],
	["ns run --net=i", ["--net=internet", "--net=ipvlan:"]],
	["ns run --stats=", ["--stats=json", "--stats=text"]],
	["ns run --resolv-conf ", ["copy"]],
	["ns run --device-allow ", ["none", "standard"]],
	["ns set w", names],
	["ns stats wo", ["wob"]],
	["ns top web wo", ["wob"]],
	["ns pause we", ["web"]],
	["ns resume web wo", ["wob"]],
	["ns run --net --map=r", ["--map=root"]],
	["ns run --no-n", ["--no-net", "--no-new-privs"]],
	["ns run --kill-signal SIGTE", ["SIGTERM"]],
	["ns run --cap-drop NET_RAW,SYS_PT", ["NET_RAW,SYS_PTRACE"]],
	["ns run --join ne", ["net:"]],
	["ns plan --propagation=sh", ["--propagation=shared"]],
	["ns run --stdin so", ["some-file"]],
	["ns run -r --stdin so", ["some-file"]],
	["ns run -- unshar", ["unshare"]],
	["ns run --net unshar", ["unshare"]],
	["ns run --map root unshar", ["unshare"]],
	["ns run -- cat so", ["some-file"]],
	["ns run cat --ma", []],
	["ns remove w", names],
	["ns remove web wo", ["wob"]],
	["ns enter w", names],
	["ns enter web unshar", ["unshare"]],
	["ns enter web -- unshar", ["unshare"]],
	["ns inspect wo", ["wob"]],
	["ns import oc", ["oci"]],
	["ns unsh", ["unshare"]],
	["ns run --join we", ["web"]],
	["ns run --join uts:w", ["uts:web", "uts:wob"]],
	["ns run --join=uts:we", ["--join=uts:web"]],
	["ns inspect --only process,net", ["process,network"]],
	["ns list --output TYPE,NPR", ["TYPE,NPROCS"]],
	["ns list --sort NPR", ["NPROCS"]],
	["ns run --rlimit nof", ["nofile="]],
	["ns nonsense x", []],
];

for (const shell of shells) {
	describe(`the completion of ${shell}`, () => {
		for (const [line, wanted] of lines) {
			needs(shell)(`${line}: ${wanted.join(" ") || "nothing"}`, () => {
				const seen = offered(shell, line, names).filter((one) => !(wanted.length === 0 && one.startsWith("some")));
				const bash = wanted.map((one) => one.replace(/^--[a-z-]+=/, "").replace(/^[a-z]+:(?=.)/, ""));
				expect(seen).toEqual([...(shell === "bash" ? bash : wanted)]);
			});
		}

		for (const command of commandNames) {
			needs(shell)(`offers every option of ${command}`, () => {
				const long = flagsOf(command).flatMap(({ flag }) => (flag.startsWith("--") ? [flag] : []));
				expect(offered(shell, `ns ${command} --`)).toEqual(expect.arrayContaining(long));
			});
		}

		needs(shell)("offers process ids where there can be one", () => {
			expect(offered(shell, `ns inspect ${process.pid}`)).toEqual([String(process.pid)]);
		});
	});
}

describe("what a value can be", () => {
	const value = (name: string) => {
		const option = optionsOf("run").find((one) => one.name === name);
		return option && valuesOf(option);
	};

	test("comes from the table, and from the kernel's names", () => {
		expect(value("setgroups")).toEqual({ are: "words", words: ["allow", "deny"], separator: undefined });
		expect(value("wd")).toEqual({ are: "directories" });
		expect(value("stdin")).toEqual({ are: "files" });
		expect(value("umask")).toEqual({ are: "nothing" });
		expect(value("join")).toEqual({ are: "joins" });
		expect(value("cap-add")).toMatchObject({ words: ["ALL", ...capabilityNames.map((name) => name.slice(4))] });
	});
});
