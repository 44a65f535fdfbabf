import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { readProfile } from "../../cli/fragments.ts";
import { lifetimeParts } from "../../cli/lifetime.ts";
import { optionsOf } from "../../cli/options.ts";
import { Reader } from "../../cli/reader.ts";
import { lifetime } from "../../src/process/lifetime.ts";

const given = (words: string) => readArgv(words === "" ? [] : words.split(" "), optionsOf("run")).given;
const read = (words: string) => {
	const { lifetime: options } = lifetimeParts(new Reader(given(words), "/work"));
	return options ? [lifetime(options).lifetime] : [];
};
const problems = (words: string) => readProfile(given(words), [], "/work").problems.map(({ message }) => message);

describe("the options of a lifetime", () => {
	test("make no module where none is given", () => {
		expect(read("")).toEqual([]);
		expect(read("--pid --hostname box")).toEqual([]);
	});

	test("are those of the module", () => {
		const same = (words: string, options: Parameters<typeof lifetime>[0]) =>
			expect([words, read(words)]).toEqual([words, [lifetime(options).lifetime]]);
		same("--timeout 1m --kill-signal INT --kill-after 2s", { timeout: "1m", killSignal: "INT", killAfter: "2s" });
		same("--die-with-parent --wait-all", { dieWithParent: true, waitAll: true });
		same("--info-fd 3 --status-fd 2147483647 --block-fd 0", { infoFd: 3, statusFd: 2147483647, blockFd: 0 });
		same("--lock-file a --lock-file /b", { lockFiles: ["/work/a", "/b"] });
		same("--daemon --pid-file run/x", { daemon: true, pidFile: "/work/run/x" });
	});

	test("take descriptors as digits alone", () => {
		for (const text of ["x", "1x", "-1", "+1", "01", "1.0", "0x3", "2147483648", "99999999999"]) {
			expect([text, problems(`--info-fd=${text}`)]).toEqual([text, [`--info-fd ${text} is no number of a descriptor`]]);
		}
		expect(problems("--status-fd= --block-fd=a")).toHaveLength(2);
	});
});
