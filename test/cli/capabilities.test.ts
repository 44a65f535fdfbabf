import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { capabilityOptions, readCapabilities } from "../../cli/capabilities.ts";
import { options, optionsOf } from "../../cli/options.ts";
import { privilegeParts } from "../../cli/privileges.ts";
import { Reader } from "../../cli/reader.ts";

const reader = (words: string) => new Reader(readArgv(words.split(" ").filter(Boolean), optionsOf("run")).given, "/");

/** What is not said is left out. */
const read = (words: string) => JSON.parse(JSON.stringify(readCapabilities(reader(words))));

describe("the options for capabilities", () => {
	test("are options of `run` and `plan`", () => {
		for (const name of capabilityOptions)
			expect(options.find((one) => one.name === name)).toMatchObject({
				category: "privileges",
				commands: ["run", "plan"],
			});
	});

	test("ask for the module, once", () => {
		expect(privilegeParts(reader("--uts"))).toEqual({});
		for (const words of ["--cap-drop ALL", "--cap-add KILL --keep-caps", "--no-new-privs", "--new-privs"])
			expect(Object.keys(privilegeParts(reader(words)))).toEqual(["capabilities"]);
	});

	test("are read as they stand, lists joined in the order given", () => {
		expect(read("")).toEqual({});
		expect(read("--cap-drop ALL --cap-add net_raw,CAP_KILL --cap-add x")).toEqual({
			drop: ["ALL"],
			add: ["net_raw", "CAP_KILL", "x"],
		});
		expect(read("--keep-caps --disable-userns --securebits noroot,keep-caps")).toEqual({
			keep: true,
			disableUserNamespaces: true,
			secureBits: ["noroot", "keep-caps"],
		});
		expect(read("--cap-drop= --securebits=")).toEqual({ drop: [""], secureBits: [""] });
	});

	test("say yes and no to new privileges", () => {
		expect(read("--no-new-privs")).toEqual({ noNewPrivileges: true });
		expect(read("--new-privs")).toEqual({ noNewPrivileges: false });
	});
});
