import { expect } from "bun:test";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { redirect, sandbox, uts } from "nskit";
import { everywhere, library, rows } from "./harness.ts";

const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"], ["--tmpfs", "/mnt"]];

everywhere("standard input, output and error are files of the caller's", async (ns) => {
	const [input, output, errors] = ["in", "out", "err"].map((name) => `${ns.folder}/${name}`) as [
		string,
		string,
		string,
	];
	writeFileSync(input, "hello\n");
	const script = "readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2; cat; echo wrong >&2; ls /proc/self/fd";
	for (const set of optionSets) {
		const options = ["--stdin", input, "--stdout", "out", "--stderr", errors];
		expect(await ns.output(["run", ...set, ...options, "sh", "-c", script])).toBe("");
		expect(readFileSync(output, "utf8")).toBe(`${input}\n${output}\n${errors}\nhello\n0\n1\n2\n3\n`);
		expect(readFileSync(errors, "utf8")).toBe("wrong\n");
		// Shorter than before: emptied, and then added to.
		expect(await ns.output(["run", ...set, "--stdout", output, "echo", "one"])).toBe("");
		expect(await ns.output(["run", ...set, "--stdout", output, "--append", "echo", "two"])).toBe("");
		expect(readFileSync(output, "utf8")).toBe("one\ntwo\n");
		const both = ["--stdout", output, "--stderr-to-stdout"];
		expect(await ns.output(["run", ...set, ...both, "sh", "-c", "echo 1; echo 2 >&2; echo 3"])).toBe("");
		expect(readFileSync(output, "utf8")).toBe("1\n2\n3\n");
	}
	const shown = await ns.run(["run", "--stderr-to-stdout", "sh", "-c", "echo 1; echo 2 >&2"]);
	expect([shown.stdout, shown.stderr]).toEqual(["1\n2\n", ""]);
});

everywhere("a new file has the caller's umask and ids, also where the sandbox has others", async (ns) => {
	const folder = ns.directory("new");
	const args = ["run", "--tmpfs", folder, "--umask", "0", "--stdout", "new/out", "--stderr", "new/err", "true"];
	const { code } = await ns.shell('umask 027; exec "$@"', { args });
	expect(code).toBe(0);
	const { mode, uid, gid, size } = statSync(`${folder}/out`);
	expect([mode & 0o7777, uid, gid, size]).toEqual([0o640, ns.account.uid, ns.account.gid, 0]);
});

everywhere("a caller without standard descriptors gets them in their places", async (ns) => {
	writeFileSync(`${ns.folder}/in`, "hello\n");
	const args = ["run", "--uts", "--stdin", "in", "--stdout", "out", "--stderr", "err", "sh", "-c", "cat; echo x >&2"];
	const { code } = await ns.shell('"$@" <&- >&- 2>&-', { args });
	expect([code, readFileSync(`${ns.folder}/out`, "utf8")]).toEqual([0, "hello\n"]);
	expect(readFileSync(`${ns.folder}/err`, "utf8")).toBe("x\n");
});

everywhere("a file that cannot be opened is named, and nothing is run", async (ns) => {
	mkdirSync(`${ns.folder}/closed`, { mode: 0 });
	symlinkSync("circle", `${ns.folder}/circle`);
	for (const set of [[], ["--uts"]]) {
		for (const [option, path, code] of [
			["--stdin", "/no/such", "ENOENT"],
			["--stdout", "/no/such/file", "ENOENT"],
			["--stderr", "/no/such/file", "ENOENT"],
			["--stdout", "/etc", "EISDIR"],
			["--stdin", "circle", "ELOOP"],
			["--stdin", "x".repeat(5000), "ENAMETOOLONG"],
			["--stdin", "/etc/passwd/x", "ENOTDIR"],
			...(ns.who === "ordinary" ? ([["--stdout", "closed/x", "EACCES"]] as const) : []),
		] as const) {
			const { code: exit, stderr } = await ns.run(["run", ...set, option, path, "touch", "was-run"]);
			expect([option, path.slice(0, 20), exit]).toEqual([option, path.slice(0, 20), 125]);
			expect(stderr).toStartWith("ns: cannot open ");
			expect(stderr).toContain(path.slice(0, 20));
			expect(stderr).toContain(code);
		}
	}
	for (const [args, words] of [
		[["--stdin", ""], "the file for standard input is empty"],
		[["--stdout", ""], "the file for standard output is empty"],
		[["--append"], "there is no file to append to"],
		[["--stderr", "x", "--stderr-to-stdout"], "either to a file or where standard output does"],
		[["--stdout", "x", "--stderr", "x"], "would overwrite each other"],
	] as const) {
		const { code, stderr } = await ns.run(["run", ...args, "touch", "was-run"]);
		expect([args, code]).toEqual([args, 125]);
		expect(stderr).toContain(words);
	}
	for (const name of ["x", "was-run"]) expect(await Bun.file(`${ns.folder}/${name}`).exists()).toBe(false);
});

everywhere("a later failure is told in the file for standard error", async (ns) => {
	for (const set of [[], ["--uts"]]) {
		const { code, stderr } = await ns.run(["run", ...set, "--stderr", "err", "no-such-command"]);
		expect([set, code, stderr]).toEqual([set, 127, ""]);
		expect(readFileSync(`${ns.folder}/err`, "utf8")).toStartWith("ns: cannot run no-such-command: ENOENT");
	}
});

rows({ who: "ordinary" })("what the caller may not read is not read, though it is root inside", async (ns) => {
	const { code, stdout, stderr } = await ns.run(["run", "--stdin", "/etc/shadow", "cat"]);
	expect([code, stdout]).toEqual([125, ""]);
	expect(stderr).toContain("EACCES");
});

library("the library reads and writes files in every launch", async () => {
	const folder = (await Bun.$`mktemp -d`.text()).trim();
	try {
		writeFileSync(`${folder}/in`, "hello\n");
		const box = sandbox(uts(), redirect({ stdin: `${folder}/in`, stdout: `${folder}/out`, append: true }));
		expect(box.spawnSync(["cat"]).exitCode).toBe(0);
		expect(await (await box.spawn(["cat"])).exited).toBe(0);
		expect(readFileSync(`${folder}/out`, "utf8")).toBe("hello\nhello\n");
	} finally {
		await Bun.$`rm -r ${folder}`;
	}
});
