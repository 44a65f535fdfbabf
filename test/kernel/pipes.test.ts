import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere, type Ns } from "./harness.ts";

const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"]];

/** Runs a pipeline of bash, and says how each part of it ended. */
async function pipeline(ns: Ns, script: string, args: readonly string[]): Promise<string> {
	const { stdout } = await ns.shell(`${script}; echo "\${PIPESTATUS[*]}"`, { bash: true, args: [...args] });
	return stdout;
}

everywhere("input and output go through pipes and files", async (ns) => {
	const text = "line\n".repeat(100_000);
	for (const options of optionSets) {
		expect((await ns.run(["run", ...options, "cat"], { stdin: text })).stdout === text).toBe(true);
		const both = await ns.run(["run", ...options, "sh", "-c", "echo out; echo error >&2"]);
		expect(both).toMatchObject({ code: 0, stdout: "out\n", stderr: "error\n" });
		expect(await pipeline(ns, 'echo one | "$@" | tr a-z A-Z', ["run", ...options, "cat"])).toBe("ONE\n0 0 0\n");
	}
	const file = join(ns.folder, "file");
	writeFileSync(file, "from a file");
	expect((await ns.shell('"$@" < file', { args: ["run", "cat"] })).stdout).toBe("from a file");
});

everywhere("a reader that has enough ends the command by SIGPIPE", async (ns) => {
	for (const options of optionSets) {
		// As PID 1 a command is not ended by a signal that it does not handle: the failed write is.
		const ends = options.includes("--no-init") ? "y\n1 0\n" : "y\n141 0\n";
		expect(await pipeline(ns, '"$@" 2>/dev/null | head -1', ["run", ...options, "yes"])).toBe(ends);
		const short = await pipeline(ns, '"$@" | head -1', ["run", ...options, "cat", "/etc/passwd"]);
		expect(short).toMatch(/^root:.*\n(0|141) 0\n$/);
	}
});

everywhere("a caller that ignores SIGPIPE does not make the command hang", async (ns) => {
	for (const options of optionSets) {
		const ended = await pipeline(ns, `trap '' PIPE; "$@" 2>/dev/null | head -1`, ["run", ...options, "yes"]);
		// Either the signal or the failed write ends it: Bun has hidden what the caller wanted.
		expect(ended).toMatch(/^y\n(141|1) 0\n$/);
	}
});

everywhere("nothing of ours holds a pipe open when the command is done with it", async (ns) => {
	// The reader sees the end while the command still runs.
	const script = '{ "$@"; } | { cat; echo end; }';
	const args = ["run", "sh", "-c", 'echo one; exec >/dev/null; read line < "$0"', join(ns.folder, "fifo")];
	await ns.command(["mkfifo", "fifo"]);
	const child = ns.start(["sh", "-c", script, "sh", ...ns.program, ...args]);
	let seen = "";
	for await (const chunk of child.stdout) {
		seen += new TextDecoder().decode(chunk);
		if (seen === "one\nend\n") break;
	}
	expect(seen).toBe("one\nend\n");
	await ns.command(["sh", "-c", "echo go > fifo"]);
	expect(await child.exited).toBe(0);
});

/** The standard descriptors that the caller closes. */
const closings = ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"];

everywhere(
	"standard descriptors that the caller has closed are closed or empty inside, and nothing else",
	async (ns) => {
		for (const options of optionSets) {
			for (const closing of closings) {
				const file = join(ns.folder, "links");
				const show = `for fd in 0 1 2; do readlink /proc/self/fd/$fd || echo closed; done > ${file} 2>/dev/null`;
				// The listing's own redirections are made in a child of the shell that holds the descriptors in question.
				const inside = `sh -c '${show.replace("/proc/self", "/proc/$PPID")}'; exit 3`;
				const { code, stderr } = await ns.shell(`"$@" ${closing}; exit $?`, {
					args: ["run", ...options, "sh", "-c", inside],
				});
				expect([options, closing, code, stderr]).toEqual([options, closing, 3, ""]);
				const links = (await Bun.file(file).text()).trim().split("\n");
				const closed: number[] = closing
					.split(" ")
					.map((one) => (one.startsWith("<") ? 0 : one.startsWith("2") ? 2 : 1));
				for (const [fd, link] of links.entries()) {
					if (closed.includes(fd)) expect([fd, link]).toEqual([fd, expect.stringMatching(/^(closed|\/dev\/null)$/)]);
					else expect([fd, link]).toEqual([fd, expect.stringMatching(/^(pipe|socket):/)]);
				}
				expect(links.length).toBe(3);
			}
		}
	},
);

everywhere("with closed descriptors a failure still has its exit code", async (ns) => {
	for (const closing of closings) {
		const exits = async (...args: string[]) =>
			(await ns.shell(`"$@" ${closing}; exit $?`, { args: ["run", ...args] })).code;
		expect([closing, await exits("no-such-command")]).toEqual([closing, 127]);
		expect([closing, await exits("/etc/passwd")]).toEqual([closing, 126]);
		expect([closing, await exits("--bind", "/no/such:/mnt", "true")]).toEqual([closing, 125]);
		expect([closing, await exits("--no-such-option", "true")]).toEqual([closing, 125]);
	}
});

everywhere("output that cannot be written does not hang anything", async (ns) => {
	const { code } = await ns.shell('"$@" > /dev/full; exit $?', { args: ["run", "cat", "/etc/passwd"] });
	expect(code).toBe(1);
	expect(
		(await ns.shell('"$@" 2> /dev/full; exit $?', { args: ["run", "--bind", "/no/such:/mnt", "true"] })).code,
	).toBe(125);
});
