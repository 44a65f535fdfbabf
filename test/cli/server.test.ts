import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { readProfile } from "../../cli/fragments.ts";
import { optionsOf } from "../../cli/options.ts";
import { Reader } from "../../cli/reader.ts";
import { serverParts } from "../../cli/server.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { plan } from "../../src/plan/plan.ts";
import { planText } from "../../src/plan/text.ts";
import { type ServerOptions, server } from "../../src/process/server.ts";
import { codes, forRoot } from "../plan/fixtures.ts";

const given = (words: string) => readArgv(words === "" ? [] : words.split(" "), optionsOf("run")).given;
const read = (words: string) => {
	const { server: options } = serverParts(new Reader(given(words), "/work"));
	return options ? [server(options)] : [];
};
const problems = (words: string) => readProfile(given(words), [], "/work").problems.map(({ code }) => code);
const text = (fragments: Parameters<typeof plan>[0]) => planText(plan([pid(), ...fragments], forRoot));

describe("the options of a server", () => {
	test("make no module where none is given", () => {
		expect(read("")).toEqual([]);
		expect(read("--pid --timeout 1s")).toEqual([]);
	});

	test("are those of the module", () => {
		const same = (words: string, options: ServerOptions) => {
			expect([words, read(words)[0]?.server]).toEqual([words, server(options).server]);
			expect([words, text(read(words))]).toEqual([words, text([server(options)])]);
		};
		same("--again", { again: true });
		same("--again=3 --delay 2s", { again: true, times: 3, delay: "2s" });
		same("--listen 4000", { listen: { port: 4000 } });
		same("--listen 4000 --most 2", { listen: { port: 4000 }, most: 2 });
		same("--listen 0.0.0.0:4000", { listen: { port: 4000, address: "0.0.0.0" } });
		same("--listen [::1]:4000", { listen: { port: 4000, address: "::1" } });
	});

	test("take numbers as digits alone, and an address with colons in brackets", () => {
		for (const word of ["0", "", "x", "-1", "+1", "01", "1.0", "1e1", "0x3", "99999999999999999"]) {
			expect([word, codes(read(`--again=${word}`))]).toEqual([word, ["TIMES_INVALID"]]);
			expect([word, codes(read(`--listen=${word}`))]).toEqual([word, ["PORT_INVALID"]]);
			expect([word, codes(read(`--listen 1 --most=${word}`))]).toEqual([word, ["MOST_INVALID"]]);
		}
		expect(problems("--listen ::1:80")).toEqual(["ADDRESS_INVALID"]);
		for (const word of [":80", "[127.0.0.1]:80", "[::1]80", "localhost:80", "[]:80"])
			expect([word, codes(read(`--listen ${word}`))]).not.toEqual([word, []]);
	});

	test("leave nothing to say of the streams that the connection is", () => {
		expect(problems("--listen 80 --stdin a --stdout b --stderr-to-stdout")).toEqual(Array(3).fill("SERVER_STREAM"));
		expect(problems("--listen 80 --stderr log --append")).toEqual([]);
		expect(problems("--again --stdout b")).toEqual([]);
	});
});
