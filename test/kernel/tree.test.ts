/** `ns tree` on this machine: a sandbox stands where the kernel says that it belongs. */
import { describe, expect } from "bun:test";
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { TreeJson } from "../../src/survey/tree-json.ts";
import { everywhere, type Ns, rows } from "./harness.ts";
import { until } from "./waiting.ts";

const inode = (pid: number, file: string): number => Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/${file}`))?.[0]);

/** A process in a user and a network namespace of its own. */
async function inside(ns: Ns): Promise<number> {
	const child = ns.start(["unshare", "-Urn", "sleep", "60"]);
	const here = inode(process.pid, "net");
	await until("a network namespace", () => inode(child.pid, "net") !== here);
	await until("the command", () => readFileSync(`/proc/${child.pid}/comm`, "utf8") === "sleep\n");
	return child.pid;
}

const tree = async (ns: Ns, ...words: string[]): Promise<TreeJson> =>
	JSON.parse(await ns.output(["tree", "--json", ...words])) as TreeJson;

describe("ns tree", () => {
	everywhere("shows a network namespace below the user namespace that owns it, below the machine's", async (ns) => {
		const pid = await inside(ns);
		const { rows } = await tree(ns, "--type", "net");
		const row = rows.find((one) => one.inode === inode(pid, "net"));
		expect(row).toMatchObject({ type: "namespace", kind: "net", processes: 1, pid, command: "sleep 60" });
		const owner = rows[row?.above ?? -1];
		expect(owner).toMatchObject({ kind: "user", inode: inode(pid, "user"), ownerUid: ns.account.uid });
		expect(rows[owner?.above ?? -1]).toMatchObject({ kind: "user", inode: inode(process.pid, "user"), own: true });
	});

	everywhere("shows by process what it does not share with its parent", async (ns) => {
		const pid = await inside(ns);
		const { rows } = await tree(ns, "--by=process", String(pid));
		const enters = rows.find((one) => one.pid === pid)?.enters?.map(({ kind }) => kind);
		expect(enters).toEqual(["user", "net"]);
	});

	everywhere("limits the tree to a namespace, and says when there is none", async (ns) => {
		const pid = await inside(ns);
		const { stdout: text } = await ns.run(["tree", `net:[${inode(pid, "net")}]`]);
		expect(text.split("\n").slice(0, 3)).toEqual([
			expect.stringMatching(/^user \d+ {2}yours/),
			expect.stringMatching(/^└─ user \d+/),
			`   └─ net ${inode(pid, "net")}  one process  ${pid} sleep 60`,
		]);
		const ended = await ns.run(["tree", "no-such-name"]);
		expect(ended).toMatchObject({ code: 125, stdout: "" });
		expect(ended.stderr).toStartWith(
			'ns: there is no process, namespace or name "no-such-name" that can be seen\nhint: ',
		);
	});

	rows({ how: "source" })(
		"writes a picture, has no colours in a pipe, and ASCII where the locale has no more",
		async (ns) => {
			const file = join(ns.folder, "tree.svg");
			const shown = async (words: string[], env = {}) => (await ns.run(words, { env })).stdout;
			expect(await shown(["tree", "--svg", "tree.svg"])).toBe("");
			expect(readFileSync(file, "utf8")).toStartWith('<?xml version="1.0" encoding="UTF-8"?>\n<svg ');
			expect(await shown(["tree", "--svg", "-"])).toEndWith("</svg>\n");
			expect(await shown(["tree"], { LC_ALL: "C" })).toMatch(/^[\n -~]*$/);
			const ended = await ns.run(["tree", "--svg", "no/such/x.svg", "--by", "owner"]);
			expect(ended).toMatchObject({ code: 125, stdout: "" });
			expect(ended.stderr).toContain("the picture cannot be written");
		},
	);

	rows({ how: "source" })("says everything that is wrong with its words at once", async (ns) => {
		const { stderr, code } = await ns.run(["tree", "--by", "x", "--type", "nett", "--svg", "-", "--json", "a", "b"]);
		expect(code).toBe(125);
		expect(stderr.split("\n").filter((line) => line.startsWith("ns: "))).toHaveLength(4);
	});

	rows({ how: "source" })("help, version and completions are there in the program too", async (ns) => {
		expect(await ns.output(["help", "--man", "tree"])).toContain("\n.SH NAME\nns\\-tree \\- ");
		expect(JSON.parse(await ns.output(["--version", "--json"]))).toHaveProperty("kernel.namespaces.user", true);
		expect(await ns.output(["completion", "bash"])).toContain("complete -F _ns ns\n");
		expect(await ns.output(["completion", "names"])).toMatch(/^([A-Za-z0-9][\w.-]*\n)*$/);
		expect((await ns.run(["completion"], { env: { SHELL: "/bin/zsh" } })).stderr).toBe(
			"ns: completion needs a shell\nhint: such as ns completion zsh\n",
		);
		expect((await ns.run(["completion", "tcsh", "x"])).code).toBe(125);
	});
});
