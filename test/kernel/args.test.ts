/** Words of the command line that are read from a descriptor. */
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere } from "./harness.ts";

/** Words as they are written into a file: each ends with a NUL byte. */
const listed = (...words: readonly string[]): string => words.map((word) => `${word}\0`).join("");

everywhere("options and the command can be read from descriptors, in their place", async (ns) => {
	writeFileSync(join(ns.folder, "names"), listed("--uts", "--hostname", "box"));
	writeFileSync(
		join(ns.folder, "command"),
		listed("--", "sh", "-c", 'hostname; echo "$# <$1> <$2>"; ls /proc/self/fd'),
	);
	const ended = await ns.shell('"$@" 3<names 4<command', {
		args: ["run", "--args", "3", "--args=4", "sh", "", "--args 3"],
	});
	// The fourth descriptor is what ls(1) lists.
	expect(ended).toMatchObject({ code: 0, stdout: "box\n2 <> <--args 3>\n0\n1\n2\n3\n", stderr: "" });
	const piped = await ns.run(["run", "--args", "0", "hostname"], { stdin: listed("--hostname", "piped") });
	expect(piped).toMatchObject({ code: 0, stdout: "piped\n", stderr: "" });
});

everywhere("words that are no text arrive as they are", async (ns) => {
	const bytes = Buffer.concat([Buffer.from("--setenv\0X="), Buffer.from([0xe9, 0xff]), Buffer.from("\0")]);
	const { code, stdout } = await ns.run(["run", "--args", "0", "sh", "-c", 'printf %s "$X" | od -An -tx1'], {
		stdin: bytes,
	});
	expect([code, stdout.trim()]).toEqual([0, "e9 ff"]);
});

everywhere("a failure is explained with the words that were read, also when they are many", async (ns) => {
	const rules = (count: number) => Array.from({ length: count }, () => ["--ro-bind", "/usr/share:/mnt"]).flat();
	for (const count of [0, 5000]) {
		writeFileSync(join(ns.folder, "rules"), listed(...rules(count), "--ro-bind", "/no/such:/mnt"));
		const { code, stdout, stderr } = await ns.shell('"$@" 3<rules', {
			args: ["run", "--args", "3", "echo", "was run"],
		});
		expect([code, stdout]).toEqual([125, ""]);
		expect(stderr).toStartWith("ns: cannot open /no/such: open_tree(");
		expect(stderr).toEndWith("hint: /no/such does not exist\n");
	}
});

everywhere("what cannot be read as words is refused, all at once, and nothing is run", async (ns) => {
	writeFileSync(join(ns.folder, "nested"), listed("--args", "3"));
	writeFileSync(join(ns.folder, "open"), listed("--hostname"));
	const args = ["3", "4", "5", "6", "99", "03", "-1", "", "x", "2147483648"].flatMap((value) => ["--args", value]);
	const script = 'exec 3<nested 4<open 5<. 6>written; "$@"; exit $?';
	const { code, stdout, stderr } = await ns.shell(script, { args: ["run", ...args, "echo", "was run"] });
	expect([code, stdout]).toEqual([125, ""]);
	for (const words of [
		"--args is among the words of an --args",
		"--hostname needs a value",
		"--args 5: read(5, .., 65536): EISDIR",
		"--args 6: read(6, .., 65536): EBADF",
		"--args 99: there is no descriptor 99",
		...["03", "-1", "", "x", "2147483648"].map((value) => `--args "${value}" is no number of a descriptor`),
	]) {
		expect(stderr).toContain(words);
	}
	const endless = await ns.shell('"$@" 3</dev/zero', { args: ["run", "--args", "3", "echo", "was run"] });
	expect([endless.code, endless.stdout]).toEqual([125, ""]);
	expect(endless.stderr).toContain("--args 3: there are more than 16777216 bytes");
});
