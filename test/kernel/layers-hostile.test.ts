/** Layers that somebody wrote who is not trusted, directories that change meanwhile, and commits that are killed. */
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { inTime, type Ns, rows } from "./harness.ts";
import { layered, script, shown, typeScript } from "./layers.ts";
import { Transcript } from "./transcript.ts";

const withOverlays = rows({ needs: ["unshare"] });

withOverlays("a symbolic link in the place of a lower directory leads nowhere", async (ns) => {
	const changes = "echo two > d/inner/a; rm d/inner/b; chmod 700 d/inner; rm -r e/inner; mkdir e/inner";
	const { layer, lower } = await layered(
		ns,
		"mkdir -p d/inner e/inner; echo one | tee d/inner/a d/inner/b e/inner/b",
		changes,
	);
	await script(ns, "mkdir outside; cp -a lower/d/inner/. outside; cp -a outside safe");
	const outside = await shown(ns, join(ns.folder, "outside"));
	await script(ns, 'rm -r lower/d/inner lower/e; ln -s "$PWD/outside" lower/d/inner; ln -s "$PWD/outside" lower/e');
	expect(await ns.output(["diff", layer])).toBe(
		["M d/inner (type)", "A d/inner/a", "M e (type)", "A e/inner", ""].join("\n"),
	);
	expect((await ns.run(["commit", layer])).code).toBe(0);
	expect(await shown(ns, join(ns.folder, "outside"))).toBe(outside);
	expect(statSync(join(lower, "d/inner/a")).isFile()).toBe(true);
	expect(readdirSync(join(lower, "e/inner"))).toEqual([]);
});

withOverlays("a directory that is swapped for a symbolic link while commit runs leads nowhere", async (ns) => {
	const before = "mkdir d; i=0; while [ $i -lt 20 ]; do echo one > d/$i; i=$((i + 1)); done";
	const { layer } = await layered(
		ns,
		before,
		"rm d/1?; for f in d/*; do echo two > $f; chmod 600 $f; done; echo new > d/new",
	);
	await script(ns, "cp -a lower/d outside");
	const outside = await shown(ns, join(ns.folder, "outside"));
	await script(ns, 'ln -s "$PWD/outside" link');
	const { bun, project } = checkout();
	const flip = [bun, join(project, "test/kernel/fixtures/flipper.ts"), "lower/d", "link"];
	const flipper = ns.start(flip);
	await new Transcript(flipper.stdout).has("ready");
	for (let i = 0; i < 10; i++) {
		const { stderr } = await ns.run(["commit", "--keep", layer]);
		expect(stderr).not.toContain("this is a bug");
	}
	await flipper.stdin.end();
	await inTime("the end of the flipper", flipper.exited);
	expect(await shown(ns, join(ns.folder, "outside"))).toBe(outside);
});

withOverlays("a lower directory that has become a symbolic link itself is refused", async (ns) => {
	const { layer } = await layered(ns, "echo one > a", "echo two > a; echo new > b");
	await script(ns, "mv lower elsewhere; ln -s elsewhere lower");
	for (const command of ["diff", "commit"]) {
		const { code, stderr } = await ns.run([command, layer]);
		expect([code, stderr]).toEqual([125, expect.stringContaining("ENOTDIR\nhint: a symbolic link")]);
	}
	expect(readdirSync(join(ns.folder, "elsewhere"))).toEqual(["a"]);
	expect(readFileSync(join(ns.folder, "elsewhere/a"), "utf8")).toBe("one\n");
});

withOverlays("setuid and setgid files are refused by name, and taken when that is asked for", async (ns) => {
	const before = "echo one > a; echo one > b; mkdir d; chmod 4755 b";
	const { layer, lower, seen } = await layered(
		ns,
		before,
		"echo two > a; chmod 4755 a; echo n > n; chmod 2755 n; : >> b; chmod 2755 d; mkfifo p; chmod 4600 p",
	);
	const was = await shown(ns, lower);
	const { code, stdout, stderr } = await ns.run(["commit", layer]);
	expect([code, stdout]).toEqual([125, ""]);
	const refused = stderr.split("\n").filter((line) => line.startsWith("ns: "));
	expect(refused).toEqual(
		["a may give rights to who wrote the layer: setuid", "n may give rights to who wrote the layer: setgid"]
			.concat("p may give rights to who wrote the layer: setuid")
			.map((line) => `ns: ${line}`),
	);
	expect(stderr).toContain("hint: look at it, and if it is meant, commit with --allow-special");
	expect(await shown(ns, lower)).toBe(was);
	expect(await ns.run(["commit", "--allow-special", layer])).toMatchObject({ code: 0, stderr: "" });
	expect(await shown(ns, lower)).toBe(seen);
	expect(statSync(join(lower, "a")).mode & 0o7777).toBe(0o4755);
});

rows({ who: "root", needs: ["unshare"] })("devices and marks that mean more are refused by name", async (ns) => {
	const { layer, lower } = await layered(ns, "mkdir d; echo one > a", "mknod null c 1 3; echo two > a; echo x > d/x");
	const mark = (path: string, name: string, value: string) =>
		typeScript(
			ns,
			`import { openPath } from "./src/overlay/files.ts"; import { setXattrs } from "./src/overlay/xattrs.ts";
			setXattrs(openPath(${JSON.stringify(`${layer}/upper/${path}`)}, "O_PATH"), new Map([[${JSON.stringify(name)}, ${JSON.stringify(value)}]]), new Map());`,
		);
	const refused = async (...words: string[]) => {
		const { code, stdout, stderr } = await ns.run(["commit", layer]);
		expect([code, stdout]).toEqual([125, ""]);
		for (const word of words) expect(stderr).toContain(word);
	};
	await refused("null may give rights to who wrote the layer: device");
	for (const [path, name, value] of [
		["a", "trusted.overlay.redirect", "/etc"],
		["a", "trusted.overlay.metacopy", ""],
		["d", "trusted.overlay.opaque", "x"],
		["d", "trusted.overlay.overlay.opaque", "y"],
	] as const) {
		expect(await mark(path, name, value)).toMatchObject({ code: 0, stderr: "" });
		await refused(`${path} has the mark ${name}`, "null may give");
	}
	expect(readFileSync(join(lower, "a"), "utf8")).toBe("one\n");
	expect(readdirSync(lower)).toEqual(["a", "d"]);
});

rows({ who: "root", needs: ["unshare"] })("marks of the other kind are a file's own attributes", async (ns) => {
	const { layer, lower } = await layered(ns, "mkdir d; echo one > d/kept", "chmod 700 d");
	// A program in an overlay of the real root may set this by itself.
	await typeScript(
		ns,
		`import { openPath } from "./src/overlay/files.ts"; import { setXattrs } from "./src/overlay/xattrs.ts";
		setXattrs(openPath(${JSON.stringify(`${layer}/upper/d`)}, "O_PATH"), new Map([["user.overlay.opaque", "y"]]), new Map());`,
	);
	expect(await ns.output(["diff", layer])).toBe("M d (mode, xattrs)\n");
	expect(await ns.run(["commit", layer])).toMatchObject({ code: 0, stderr: "" });
	expect(readdirSync(join(lower, "d"))).toEqual(["kept"]);
});

rows({ who: "root", needs: ["unshare", "setpriv"] })("root does not use the layer of somebody else", async (ns) => {
	const { layer, lower } = await layered(ns, "echo one > a", "echo two > a");
	await script(ns, "chown 4242 layer");
	for (const command of ["diff", "commit", "discard"]) {
		const { code, stderr } = await ns.run([command, layer]);
		expect([code, stderr]).toEqual([125, expect.stringContaining("belongs to the user id 4242, not to you")]);
	}
	await script(ns, "chown 0 layer; chown 4242 layer/layer.json");
	expect((await ns.run(["commit", layer])).stderr).toContain("layer.json is not what nskit writes");
	expect(readFileSync(join(lower, "a"), "utf8")).toBe("one\n");
	expect(existsSync(join(layer, "upper/a"))).toBe(true);
});

withOverlays("a socket is left out, and said", async (ns) => {
	const { layer, lower } = await layered(ns, "echo one > a", "echo two > a");
	const listen = `import { createServer } from "node:net";
		const server = createServer().listen(${JSON.stringify(join(layer, "upper/socket"))}, () => process.exit(0));`;
	expect(await typeScript(ns, listen)).toMatchObject({ stderr: "" });
	expect(await ns.run(["commit", layer])).toMatchObject({
		code: 0,
		stdout: `1 changes in ${lower}\n`,
		stderr: "ns: socket is a socket, and was left out\n",
	});
	expect(readdirSync(lower)).toEqual(["a"]);
});

rows({ who: "ordinary", needs: ["unshare"] })(
	"what the own rights do not reach is named, with a way out",
	async (ns) => {
		const { layer, lower } = await layered(
			ns,
			"echo one > a; echo x > b",
			"echo two > a; chmod 0 a; mkdir d; chmod 0 d",
		);
		const { code, stderr } = await ns.run(["commit", layer]);
		expect(code).toBe(125);
		for (const word of [
			"ns: d: openat2(",
			"EACCES",
			"hint: a sandbox of an ordinary user",
			"ns run --user -- ns commit DIR",
		]) {
			expect(stderr).toContain(word);
		}
		expect(readFileSync(join(lower, "a"), "utf8")).toBe("one\n");
		expect(await ns.run(["run", "--user", "--", ...ns.program, "commit", layer])).toMatchObject({
			code: 0,
			stderr: "",
		});
		expect(statSync(join(lower, "a")).mode & 0o777).toBe(0);
		expect(statSync(join(lower, "d")).mode & 0o777).toBe(0);
		await script(ns, "chmod 700 lower/d");
	},
);

rows({ who: "root", needs: ["unshare"] })("nothing behind a mount point is changed or removed", async (ns) => {
	const { layer, lower, seen } = await layered(
		ns,
		"mkdir d e; echo one > d/a; echo one > e/a",
		"echo two > d/a; rm -r e",
	);
	const inside = async (target: string, command: string): Promise<string> => {
		const line = [
			"sh",
			"-ec",
			'mount --bind secret "$1"; shift; exec "$@"',
			"sh",
			target,
			...ns.program,
			command,
			layer,
		];
		const { code, stderr } = await ns.command(["unshare", "-m", ...line]);
		expect([code, readFileSync(join(ns.folder, "secret/a"), "utf8")]).toEqual([125, "secret\n"]);
		return stderr;
	};
	const was = await shown(ns, lower);
	await script(ns, "mkdir secret; echo secret > secret/a; cp -a layer second; mkdir second/upper/d/m");
	expect(await inside(join(lower, "d"), "commit")).toContain("ns: d: openat2(");
	expect(await inside(join(lower, "e"), "commit")).toContain("this is a mount point");
	expect(await shown(ns, lower)).toBe(was);
	expect(await inside(join(layer, "upper/d"), "commit")).toContain("this is a mount point");
	expect(await shown(ns, lower)).toBe(was);
	expect(await ns.output(["commit", layer])).toBe(`2 changes in ${lower}\n`);
	expect(await shown(ns, lower)).toBe(seen);
	const last = ["sh", "-ec", 'mount --bind secret second/upper/d/m; exec "$@" discard second', "sh", ...ns.program];
	const { code, stderr } = await ns.command(["unshare", "-m", ...last]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("this is a mount point: unmount it first")]);
	expect(readFileSync(join(ns.folder, "secret/a"), "utf8")).toBe("secret\n");
	expect(await ns.output(["discard", "second"])).toBe("");
	expect(existsSync(join(ns.folder, "second"))).toBe(false);
});

rows({ how: "source", needs: ["unshare", "strace"] })(
	"a commit that fails says where, and goes on the next time",
	async (ns) => {
		const { layer, lower, seen } = await layered(
			ns,
			"for f in a b c; do echo one > $f; done",
			"for f in a b c; do echo two > $f; done",
		);
		const inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=copy_file_range"];
		const how = ["-e", "inject=copy_file_range:error=ENOSPC:when=2"];
		const { code, stdout, stderr } = await ns.command([...inject, ...how, ...ns.program, "commit", layer]);
		expect([code, stdout]).toEqual([125, ""]);
		expect(stderr).toMatch(/^ns: b: copy_file_range\(.*\): ENOSPC\nhint: make room and do the same again: it goes on/m);
		expect(readdirSync(lower).toSorted()).toEqual(["a", "b", "c"]);
		expect(["a", "b", "c"].map((name) => readFileSync(join(lower, name), "utf8"))).toEqual(["two\n", "one\n", "one\n"]);
		expect(await ns.output(["diff", layer])).toBe("M b (content)\nM c (content)\n");
		expect(await ns.output(["commit", layer])).toBe(`2 changes in ${lower}\n`);
		expect(await shown(ns, lower)).toBe(seen);
	},
);

/** Files with their contents. */
const contents = (ns: Ns) =>
	script(ns, "cd lower; find . -type f -not -path '*/.ns-commit-*' -exec sha256sum {} + | sort").then((text) =>
		text.trimEnd().split("\n"),
	);

rows({ who: "root", how: "source", needs: ["unshare", "strace"], timeout: 240_000 })(
	"a commit that is killed leaves each file old or new, and the next one completes it",
	async (ns) => {
		const before =
			"for f in a b c; do echo one > $f; done; mkdir -p d/inner gone/inner dir; echo one > d/inner/x; echo one > gone/inner/y; echo one > dir/z; echo one > file";
		const changes =
			"echo two > a; echo two > b; rm c; echo two > d/inner/x; rm -r gone; rm -r dir; echo two > dir; rm file; mkdir file; echo two > file/w; rm -r d/inner; mkdir d/inner; echo two > d/inner/v";
		const { layer, lower, seen } = await layered(ns, before, changes);
		await script(ns, "cp -a lower lower.saved; cp -a layer layer.saved");
		const old = new Set(await contents(ns));
		const next = new Set(seen.split("\n").filter((line) => /^[0-9a-f]{64} /.test(line)));
		let kills = 0;
		for (const call of ["renameat2", "unlinkat", "mkdirat", "fsync", "utimensat"]) {
			for (let nth = 1; nth <= 40; nth++) {
				await script(ns, "rm -rf lower layer; cp -a lower.saved lower; cp -a layer.saved layer");
				const inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`];
				const how = ["-e", `inject=${call}:signal=KILL:when=${nth}`];
				const { signal } = await ns.command([...inject, ...how, ...ns.program, "commit", layer]);
				if (signal === null) break;
				kills++;
				for (const line of await contents(ns))
					expect([call, nth, old.has(line) || next.has(line)]).toEqual([call, nth, true]);
				if (existsSync(layer) && readdirSync(layer).includes("layer.json")) {
					expect(await ns.run(["commit", layer])).toMatchObject({ code: 0, stderr: "" });
				}
				expect([call, nth, await shown(ns, lower)]).toEqual([call, nth, seen]);
			}
		}
		expect(kills).toBeGreaterThan(30);
	},
);
