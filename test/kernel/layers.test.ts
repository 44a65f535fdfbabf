/** `ns diff`, `ns commit` and `ns discard` with layers that real overlays have made. */
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { quoted, rows } from "./harness.ts";
import { kindFor, layered, script, shown, typeScript } from "./layers.ts";

const withOverlays = rows({ needs: ["unshare"] });

const before = `
echo one > same; echo one > written; echo one > permitted; echo one > touched; echo one > removed; : > empty
mkdir -p kept/inner gone/inner replaced/inner file-there moved/inner
for d in kept gone replaced moved; do echo one > $d/a; echo two > $d/inner/b; done
echo one > file-there/a; echo one > directory-there; ln -s same link; mkfifo pipe
echo one > "$(printf 'not\\377text')"; chmod 1777 kept
`;
const changes = `
: >> same; echo two > written; chmod 600 permitted; touch -d @5 touched; rm removed
echo new > added; mkdir -p new/inner; echo new > new/inner/file; : > nothing
rm -r gone; rm -r replaced; mkdir replaced; echo three > replaced/c; mkdir replaced/inner; echo three > replaced/inner/d
rm -r file-there; echo file > file-there; rm directory-there; mkdir directory-there; echo x > directory-there/x
mv moved/inner away 2>/dev/null; rm -r moved
echo three > kept/inner/b; ln -sfn written link; ln -s /etc/passwd outside; rm pipe; mkfifo other
echo two > "$(printf 'not\\377text')"; : > "$(printf 'new\\377\\033[31m')"
truncate -s 50M sparse; printf end >> sparse; chmod 755 kept; ln added hard
`;
const differences = [
	"A added|A away|A away/b|M directory-there (type)|A directory-there/x|M file-there (type)|D gone|A hard",
	"M kept (mode)|M kept/inner/b (content)|M link (content)|D moved|A new|A new/inner|A new/inner/file",
	"A new\\udcff\\u001b[31m|A nothing|M not\\udcfftext (content)|A other|A outside|M permitted (mode)|D pipe|D removed",
	"D replaced/a|A replaced/c|D replaced/inner/b|A replaced/inner/d|A sparse|M touched (time)|M written (content)",
].flatMap((line) => line.split("|"));

withOverlays("diff tells every change, commit makes the directory below the same as what was seen", async (ns) => {
	const { layer, lower, seen } = await layered(ns, before, changes);
	const was = await shown(ns, lower);
	expect((await ns.output(["diff", layer])).trimEnd().split("\n")).toEqual(differences);
	const json = JSON.parse(await ns.output(["diff", "--json", layer])) as unknown[];
	expect(json).toContainEqual({ path: "not\udcfftext", kind: "changed", type: "file", what: ["content"] });
	expect(await ns.run(["diff", layer, "--exit-code"])).toMatchObject({ code: 1, stderr: "" });
	expect(await shown(ns, lower)).toBe(was);

	expect(await ns.output(["commit", layer, "--keep"])).toBe(`${differences.length} changes in ${lower}\n`);
	expect(await shown(ns, lower)).toBe(seen);
	expect(statSync(join(lower, "sparse")).blocks).toBeLessThan(1000);
	expect(await ns.run(["diff", "--exit-code", layer])).toMatchObject({ code: 0, stdout: "", stderr: "" });
	expect(await ns.output(["commit", layer])).toBe(`0 changes in ${lower}\n`);
	expect(await shown(ns, lower)).toBe(seen);
	expect(existsSync(layer)).toBe(false);
});

withOverlays("discard takes the layer away and nothing else", async (ns) => {
	const deep = "i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i + 1)); done; : > end; chmod 0 .";
	const { layer, lower } = await layered(ns, before, `${changes}${deep}`);
	const was = await shown(ns, lower);
	await script(
		ns,
		`echo mine > layer/mine; mkdir secret; echo s > secret/s; ln -s "$PWD/secret" layer/upper/to-secret`,
	);
	const { code, stderr } = await ns.run(["diff", layer]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("more than 256 levels deep")]);
	expect(await ns.output(["discard", layer])).toBe("");
	expect(readdirSync(layer)).toEqual(["mine"]);
	expect(readdirSync(join(ns.folder, "secret"))).toEqual(["s"]);
	expect(await shown(ns, lower)).toBe(was);
	expect(await ns.run(["discard", layer])).toMatchObject({ code: 125, stderr: expect.stringContaining("no layer") });
	expect(readdirSync(layer)).toEqual(["mine"]);
	await script(ns, "rm layer/mine; rmdir layer");
});

withOverlays("a layer that is in use is neither committed nor discarded", async (ns) => {
	const { layer, lower } = await layered(ns, "echo one > a", "echo two > a");
	const user = ns.start(["flock", "--shared", layer, "sh", "-c", "echo locked; read _ || true"]);
	const reader = user.stdout.getReader();
	expect(new TextDecoder().decode((await reader.read()).value)).toBe("locked\n");
	for (const command of ["commit", "discard"]) {
		const { code, stderr } = await ns.run([command, layer]);
		expect([code, stderr]).toEqual([125, expect.stringContaining(`the layer ${layer} is in use`)]);
	}
	const again = `prepareLayer("${layer}", "${lower}", { userxattr: ${kindFor(ns) === "user"} })`;
	const { stderr } = await typeScript(ns, `import { prepareLayer } from "nskit"; ${again}`);
	expect(stderr).toContain(`the layer ${layer} is in use`);
	expect(await ns.output(["diff", layer])).toBe("M a (content)\n");
	expect(readFileSync(join(lower, "a"), "utf8")).toBe("one\n");
	await user.stdin.end();
	await user.exited;
	reader.releaseLock();
	expect(await ns.output(["commit", layer])).toBe(`1 changes in ${lower}\n`);
	expect(readFileSync(join(lower, "a"), "utf8")).toBe("two\n");
});

withOverlays("mistakes are said at once, and change nothing", async (ns) => {
	await script(ns, "mkdir plain; echo x > plain/file; ln -s plain link; mkdir open; chmod 777 open; mkdir broken");
	await script(ns, `echo '{"version":2,"lower":"/"}' > broken/layer.json`);
	for (const [args, ...words] of [
		[["diff"], "diff needs a directory", "ns diff [OPTIONS] DIR"],
		[["commit"], "commit needs a directory"],
		[["discard", ""], "the name of the directory is empty"],
		[["diff", "--jsn", "plain", "--keep", "x"], "unknown option --jsn", "unknown option --keep", 'not "x"'],
		[["commit", "plain", "more", "words"], 'not "more"', 'not "words"'],
		[["discard", "plain", "--json"], "unknown option --json"],
		[["dif", "plain"], "did you mean ns diff?"],
		[["diff", "nowhere"], "nowhere is no directory"],
		[["commit", "plain/file"], "plain/file is no directory"],
		[["commit", "link"], "link is no directory", "symbolic link"],
		[["commit", "link/"], "link/ is no directory"],
		[["discard", "open"], "others may write to open", "chmod go-w"],
		[["discard", "plain"], "plain is no layer"],
		[["diff", "broken"], "broken/layer.json is not what nskit writes"],
		[["discard", "broken"], "broken/layer.json is not what nskit writes"],
		[["diff", "/\u001b[31m"], "/\\u001b[31m is no directory"],
	] as const) {
		const { code, stdout, stderr } = await ns.run(args);
		expect([args, code, stdout]).toEqual([args, 125, ""]);
		for (const word of words) expect([args, stderr]).toEqual([args, expect.stringContaining(word)]);
		expect(stderr).not.toContain("this is a bug");
	}
	expect(readdirSync(join(ns.folder, "plain"))).toEqual(["file"]);
	expect(readdirSync(join(ns.folder, "broken"))).toEqual(["layer.json"]);
	expect(await ns.output(["diff", "plain", "--help"])).toStartWith("Show what the layer in DIR changes");
});

/** A default ACL that lets the user 1234 write, as the kernel keeps it. acl(5). */
function defaultAcl(): string {
	const entries: [tag: number, permissions: number, id: number][] = [
		[0x01, 7, 0xffffffff],
		[0x02, 7, 1234],
		[0x04, 5, 0xffffffff],
		[0x10, 7, 0xffffffff],
		[0x20, 0, 0xffffffff],
	];
	const bytes = Buffer.alloc(4 + 8 * entries.length);
	bytes.writeUInt32LE(2);
	entries.forEach(([tag, permissions, id], i) => {
		bytes.writeUInt16LE(tag, 4 + 8 * i);
		bytes.writeUInt16LE(permissions, 6 + 8 * i);
		bytes.writeUInt32LE(id, 8 + 8 * i);
	});
	return bytes.toString("base64");
}

rows({ who: "root", needs: ["unshare"] })(
	"owners and access control lists come with the files, and no others",
	async (ns) => {
		const { bun, project } = checkout();
		const set = `import { fromBytes } from "${project}/src/bytes.ts"; import { openPath } from "${project}/src/overlay/files.ts";
		import { setXattrs } from "${project}/src/overlay/xattrs.ts";
		const acl = fromBytes(Buffer.from("${defaultAcl()}", "base64"));
		setXattrs(openPath(process.argv[1] ?? "", "O_PATH"), new Map([["system.posix_acl_" + process.argv[2], acl]]), new Map());`;
		const acl = (path: string, kind: string) => `${quoted([bun, "-e", set])} ${path} ${kind}`;
		const { layer, lower, seen } = await layered(
			ns,
			`mkdir listed plain; ${acl("listed", "default")}; echo one > listed/old; echo one > plain/old`,
			`echo new > listed/new; echo two > listed/old; mkdir listed/inner; echo new > plain/new; ${acl("plain/old", "access")}
		mv plain/new listed/moved; chmod 640 listed/moved
		chown 4242:4343 listed/old; chown 4242 listed; ln -s x link; chown -h 4343 link`,
		);
		expect(seen.match(/posix_acl_access/g)?.length).toBeGreaterThan(3);
		const found = await ns.output(["diff", layer]);
		for (const line of ["M listed (owner)\n", "M listed/old (content, owner)\n", "M plain/old (mode, xattrs)\n"]) {
			expect(found).toContain(line);
		}
		expect(await ns.run(["commit", layer])).toMatchObject({ code: 0, stderr: "" });
		expect(await shown(ns, lower)).toBe(seen);
	},
);
