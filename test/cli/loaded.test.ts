/**
 * What `ns run` and `ns enter` load before they know what is asked for: each file takes time at every start. What is only
 * needed now and then is loaded where it is needed, by `require` or `import()`; what always is belongs into these lists.
 */
import { describe, expect, test } from "bun:test";
import { bySomeStarts } from "../../scripts/build.ts";
import { loadedWith, sourcesIn } from "../../scripts/sources.ts";

const sources = sourcesIn("src", "cli");

/** Files by their folder. */
type Files = Readonly<Record<string, string>>;

const files = (listed: Files): string[] =>
	Object.entries(listed)
		.flatMap(([folder, names]) => names.split(" ").map((name) => `${folder}/${name}.ts`))
		.toSorted();

/** What every start loads, and so `ns run COMMAND`. */
const always: Files = {
	cli: "args argv categories command-names command environment fragments namespaces ns numbers reader request rights run usage",
	"cli/dropin": "names",
	src: "bytes descriptors ffi hints host nearest",
	"src/launch": "become image",
	"src/linux": "capabilities constants errno mask syscalls",
	"src/mounts": "calls hints",
	"src/namespaces": "cgroup duration idmap ipc mount net pid time use user uts",
	"src/plan": "context errors failure namespaces phases plan step supervision text",
	"src/preflight": "check descriptors joins",
	"src/privileges": "hardening-hints hints landlock-hints",
	"src/process": "command descriptors directory hints injection join limits processes signals terminal",
	"src/profile": "above command environment fragments",
	"src/seccomp": "bpf refusal",
	"src/stub": "arguments assembler command compile elf header instruction listing",
	"src/stub/routines":
		"background check decimal exec length lifeline machine reap report retry siginfo signals supervise terminal",
	"src/targets": "kernel",
};

/** What `ns enter` loads besides. */
const entering: Files = {
	cli: "enter entry",
	src: "pidfd",
	"src/linux": "proc",
	"src/process": "entry identity",
	"src/targets": "choose enter fragments ids open process words",
};

/** What the name of a target loads besides. */
const naming: Files = {
	"src/keeper": "entry errors identity look open place running",
	"src/named": "mark names pins record state",
	"src/overlay": "files",
};

/** What limits load besides: in `dist/ns` a part of the one file (scripts/build.ts). */
const limiting: Files = {
	cli: "control-groups",
	"src/cgroup-files": "look sweep",
	"src/cgroups": "account choose layout machine names refusals settings values wanted",
	"src/linux": "proc",
	"src/overlay": "files",
	"src/process": "helper lifetime-background resources resources-end resources-freezer resources-steps",
	"src/stub/routines": "compose counts stay",
};

const loaded = (...paths: string[]): string[] => [...new Set(paths.flatMap((path) => loadedWith(path, sources)))];
const more = (paths: readonly string[], before: readonly string[]): string[] =>
	paths.filter((path) => !before.includes(path)).toSorted();

describe("what is loaded", () => {
	const run = loaded("cli/ns.ts");
	const enter = loaded("cli/ns.ts", "cli/enter.ts");
	const name = loaded("cli/ns.ts", "cli/enter.ts", "src/keeper/open.ts", "src/keeper/errors.ts");

	test("at every start is what is listed here", () => {
		expect(run.toSorted()).toEqual(files(always));
	});

	test("by `ns enter` besides is what is listed here", () => {
		expect(more(enter, run)).toEqual(files(entering));
	});

	test("for the name of a target besides is what is listed here", () => {
		expect(more(name, enter)).toEqual(files(naming));
	});

	test("for limits besides is what is listed here", () => {
		expect(more(loaded("cli/ns.ts", ...bySomeStarts.limits), run)).toEqual(files(limiting));
	});

	test("of the runtime's own modules is only bun:ffi", () => {
		const outside = /^import (?!type\b).* from "(?!\.)(.*)";$/gm;
		const found = sources.filter(({ path }) => name.includes(path)).flatMap(({ text }) => [...text.matchAll(outside)]);
		expect(found.map(([, module]) => module)).toEqual(["bun:ffi"]);
	});

	test("is seen: `loadedWith` follows imports of values at the beginning of a file, and nothing else", () => {
		const made = [
			{ path: "a.ts", text: 'import { b } from "./b.ts"; import type { T } from "./t.ts"; b; require("./late.ts");' },
			{ path: "b.ts", text: 'export { c } from "./c.ts"; import("./late.ts");' },
		];
		expect(loadedWith("a.ts", made)).toEqual(["a.ts", "b.ts", "c.ts"]);
	});
});
