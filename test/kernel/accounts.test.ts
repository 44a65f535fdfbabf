/** An /etc/passwd and /etc/group of the sandbox's own. */
import { expect } from "bun:test";
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accounts, withEtc } from "./etc.ts";
import { everywhere, rows } from "./harness.ts";

everywhere("the mapped user has a name inside, and the files outside stay as they are", async (ns) => {
	const before = readFileSync("/etc/passwd", "utf8");
	const env = { HOME: "/tmp/h" };
	const show = ["sh", "-c", "id -un; id -gn; cat /etc/passwd /etc/group"];
	expect(await ns.output(["run", "--map", "root", "--accounts", ...show], { env })).toBe(
		"root\nroot\n" + "root:x:0:0::/tmp/h:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nroot:x:0:\nnogroup:x:65534:\n",
	);
	const named = ["--map", "7:8", "--accounts=me:home=/m,shell=/bin/me"];
	expect(await ns.output(["run", ...named, ...show], { env })).toBe(
		"me\nme\nme:x:7:8::/m:/bin/me\nnobody:x:65534:65534::/:/bin/false\nme:x:8:\nnogroup:x:65534:\n",
	);
	expect(readFileSync("/etc/passwd", "utf8")).toBe(before);
});

everywhere("in an empty root they are made, and say whom the command becomes", async (ns) => {
	const root = ["--root", "tmpfs", "--ro-bind", "/usr", "--symlink", "usr/bin:/bin", "--symlink", "usr/lib:/lib"];
	const args = [...root, "--symlink", "usr/lib64:/lib64", "--map", "3:4", "--accounts=me"];
	expect(await ns.output(["run", ...args, "sh", "-c", "id -un; id -gn; stat -c %a:%U /etc/passwd"])).toBe(
		"me\nme\n644:me\n",
	);
});

rows({ who: "ordinary", needs: ["root", "uidmap", "unshare"] })(
	"with subordinate ids root has a line besides the user that the command becomes",
	async (ns) => {
		const before = withEtc(ns, accounts(ns, "ann:200000:2000\n"));
		const args = ["--map", "auto", "--setuid", "1000", "--setgid", "1000", "--accounts"];
		expect(await ns.output(["run", ...args, "sh", "-c", "id -un; id -gn; head -n 2 /etc/passwd"], { before })).toBe(
			`user\nuser\nuser:x:1000:1000::${ns.account.home}:/bin/sh\nroot:x:0:0::/root:/bin/sh\n`,
		);
		const self = ["--map", "subids", "--accounts", "id", "-un"];
		expect(await ns.output(["run", ...self], { before })).toBe("ann\n");
	},
);

everywhere("no link leads them to another file", async (ns) => {
	const root = ns.directory("root");
	for (const name of ["etc", "usr", "proc"]) mkdirSync(join(root, name));
	for (const [to, from] of [
		["usr/bin", "bin"],
		["usr/lib", "lib"],
		["usr/lib64", "lib64"],
	] as const)
		symlinkSync(to, join(root, from));
	const outside = join(ns.folder, "outside");
	writeFileSync(outside, "outside");
	symlinkSync(outside, join(root, "etc/passwd"));
	writeFileSync(join(root, "etc/group"), "theirs");
	const { code, stderr } = await ns.run(["run", "--root", root, "--bind", "/usr", "--accounts", "true"]);
	expect([code, stderr !== ""]).toEqual([125, true]);
	expect(readFileSync(outside, "utf8")).toBe("outside");
	expect(readFileSync(join(root, "etc/group"), "utf8")).toBe("theirs");
	expect(lstatSync(join(root, "etc/passwd")).isSymbolicLink()).toBe(true);
});

everywhere("what is no name is refused", async (ns) => {
	const { code, stderr } = await ns.run(["run", "--accounts=a b", "true"]);
	expect(code).toBe(125);
	expect(stderr).toContain('"a b" is no name for a user');
});
