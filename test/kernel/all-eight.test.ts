import { expect } from "bun:test";
import { everywhere, type Ns } from "./harness.ts";
import { namespacesOf } from "./outside.ts";

const names = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"];

/** The namespaces of a command run with these options that are others than ours. */
async function othersOf(ns: Ns, options: readonly string[]): Promise<string[]> {
	const script = 'for name; do readlink "/proc/self/ns/$name"; done';
	const lines = (await ns.output(["run", ...options, "--", "sh", "-c", script, "sh", ...names])).trim().split("\n");
	const outside = namespacesOf("self");
	expect(lines.map((line) => line.split(":")[0])).toEqual(names);
	return names.filter((name, i) => lines[i] !== outside[name]);
}

everywhere("six namespaces at once", async (ns) => {
	const six = ["--user", "--mount", "--uts", "--pid", "--ipc", "--net"];
	expect(await othersOf(ns, six)).toEqual(["user", "mnt", "pid", "net", "ipc", "uts"]);
});

everywhere("all eight namespaces when none is named, and by name", async (ns) => {
	for (const options of [[], ["--all"], ["-UmpniuCT"]])
		expect([options, await othersOf(ns, options)]).toEqual([options, names]);
});

everywhere("all but the one that is taken away", async (ns) => {
	expect(await othersOf(ns, ["--no-net"])).toEqual(names.filter((name) => name !== "net"));
	expect(await othersOf(ns, ["--all", "--no-cgroup"])).toEqual(names.filter((name) => name !== "cgroup"));
});

everywhere("one namespace alone, with a user namespace only for who needs one", async (ns) => {
	const options = ["--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup", "--time"];
	const owner = ns.who === "root" ? [] : ["user"];
	for (const [i, option] of options.entries()) {
		expect(await othersOf(ns, [option, ...(option === "--pid" ? ["--mount"] : [])])).toEqual(
			option === "--pid" ? [...owner, "mnt", "pid"] : [...owner, names[i + 1] ?? ""],
		);
	}
	expect(await othersOf(ns, ["--user"])).toEqual(["user"]);
});
