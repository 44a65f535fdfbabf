/** What strangers name, mount, open and nest reaches neither a terminal nor an end of patience. */
import { expect } from "bun:test";
import { chmodSync } from "node:fs";
import { printable } from "../../src/plan/text.ts";
import { everywhere, type Ns, rows } from "./harness.ts";
import { inTime } from "./waiting.ts";

/** Starts python, and waits for what it writes first. */
async function python(ns: Ns, lines: readonly string[], ...words: string[]): Promise<number> {
	const head = [
		"import ctypes, os, sys, time",
		"libc = ctypes.CDLL(None, use_errno=True)",
		"def must(result):",
		"	if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))",
		"	return result",
	];
	const child = ns.start(["python3", "-c", [...head, ...lines].join("\n"), ...words]);
	const reader = child.stdout.getReader();
	const text = new TextDecoder().decode((await inTime("python", reader.read())).value);
	reader.releaseLock();
	expect(text === "up\n" ? text : await child.stderr.text()).toBe("up\n");
	return child.pid;
}

/** A user, a mount and a UTS namespace, one of them mounted at a path of nonsense and opened often. */
const nonsense = [
	"must(libc.unshare(0x10000000 | 0x20000 | 0x04000000))",
	"weird = b'a\\nb\\x1b]0;x\\x07\\x1b[31m\\xe2\\x80\\xaec\\xc2\\x9b\\xff '",
	"folder = sys.argv[1].encode() + b'/' + weird + b'n' * 200; os.mkdir(folder)",
	"path = folder",
	"for _ in range(14): path += b'/' + b'p' * 255; os.mkdir(path)",
	"path += b'/' + weird; os.close(os.open(path, os.O_CREAT | os.O_WRONLY))",
	"must(libc.mount(b'/proc/self/ns/uts', path, None, 4096, None))",
	"fds = [os.open('/proc/self/ns/uts', os.O_RDONLY) for _ in range(int(sys.argv[2]))]",
	"for fd in fds: os.set_inheritable(fd, True)",
	"libc.prctl(15, weird, 0, 0, 0)",
	"print('up', flush=True)",
	"os.execv('/bin/sleep', [weird + b'w' * 4096, b'1000'])",
];

/** Everything that is written line by line; what is no line break has to be printable. */
const plays = (text: string): string[] =>
	text.split("\n").filter((line) => line.replaceAll("\t", "") !== printable(line.replaceAll("\t", "")));

rows({ needs: ["python3"] })(
	"names, command lines and paths of nonsense are shown harmlessly, and many descriptors soon",
	async (ns) => {
		const folder = ns.directory("hostile");
		const pid = await python(ns, nonsense, folder, "1000");
		const listed = (await ns.run(["list", "--raw", "--noheadings", "--output", "TYPE,NS", String(pid)])).stdout;
		const inode = /^uts\t(\d+)$/m.exec(listed)?.[1];
		for (const words of [
			["list"],
			["list", "--raw", "--output", "all"],
			["list", "--json"],
			["list", String(inode)],
			["tree", "--all"],
			["tree", "--by", "process"],
			["tree", "--json"],
			["tree", "--svg", "-"],
			["inspect", String(pid)],
			["inspect", String(pid), "--json"],
			["inspect", String(inode)],
		]) {
			const { code, stdout } = await ns.run(words);
			expect([words, code, plays(stdout)]).toEqual([words, 0, []]);
			if (words.includes("--json")) expect(JSON.parse(stdout)).toHaveProperty("version", 1);
			if (words[0] === "inspect" && !words.includes("--json")) expect(stdout).toMatch(/, and 99\d more/);
		}
		expect((await ns.run(["list", "--json"])).stdout).toContain("\\u001b]0;x\\u0007\\u001b[31m\\u202ec\\u009b");
	},
);

everywhere("user namespaces may be nested as deep as they can be", async (ns) => {
	const depth = 30;
	const deep = ["unshare", "--user", "--map-root-user"];
	const words = Array.from({ length: depth }, () => deep).flat();
	const child = ns.start([...words, "sh", "-c", "echo up; exec sleep 1000"]);
	const reader = child.stdout.getReader();
	await inTime("the deepest", reader.read());
	reader.releaseLock();
	const found = JSON.parse(await ns.output(["inspect", String(child.pid), "--only", "namespaces", "--json"]));
	expect(found.namespaces.find((one: { kind: string }) => one.kind === "user").parents).toHaveLength(depth);
	const { rows: lines } = JSON.parse((await ns.run(["tree", "--json", "--type", "user"])).stdout);
	expect(lines.length).toBeGreaterThanOrEqual(depth);
	expect((await ns.run(["tree"])).stdout.split("\n").length).toBeGreaterThan(depth);
	expect((await ns.run(["list", "--type", "user"])).code).toBe(0);
});

/** File systems that never answer, one of them on top of a namespace that is open. */
const silent = [
	"must(libc.unshare(0x20000 | 0x04000000)); must(libc.mount(b'none', b'/', None, 0x44000, None))",
	"folder = sys.argv[1].encode(); keep = []",
	"def hang(path, mode):",
	"	device = os.open('/dev/fuse', os.O_RDWR); keep.append(device)",
	"	words = b'fd=%d,rootmode=%o,user_id=0,group_id=0' % (device, mode)",
	"	must(libc.mount(b'hang', path, b'fuse', 0, words)); keep.append(os.open(path, os.O_PATH))",
	"os.mkdir(folder + b'/dir'); hang(folder + b'/dir', 0o40000)",
	"ns = folder + b'/ns'; os.close(os.open(ns, os.O_CREAT | os.O_WRONLY))",
	"must(libc.mount(b'/proc/self/ns/uts', ns, None, 4096, None)); keep.append(os.open(ns, os.O_RDONLY))",
	"hang(ns, 0o100000); print('up', flush=True); time.sleep(1000)",
];

rows({ who: "root", how: "source", needs: ["python3"] })(
	"a file system that never answers is not waited for",
	async (ns) => {
		const mount = Bun.spawnSync(["sh", "-c", "grep -qw fuse /proc/filesystems && test -w /dev/fuse"]);
		if (!mount.success) return;
		const folder = ns.directory("silent");
		const pid = await python(ns, silent, folder);
		for (const words of [["list"], ["list", "--json"], ["tree"], ["inspect", String(pid)], ["doctor", "--json"]]) {
			const { code, signal } = await ns.run(words, { within: 20_000 });
			expect([words, code, signal]).toEqual([words, 0, null]);
		}
		await ns.output(["create", `silent-${process.pid}`, "--uts"]);
		await ns.output(["remove", `silent-${process.pid}`]);
	},
);

rows({ who: "root", how: "source" })(
	"where /proc hides others, an ordinary user's list is that of its own",
	async (ns) => {
		chmodSync(ns.folder, 0o755);
		const become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
		const script = `mount -t proc -o hidepid=2 proc /proc && exec "$@"`;
		for (const words of [
			["list", "--json"],
			["tree", "--json"],
			["inspect", "self", "--json"],
		]) {
			const line = ["unshare", "--mount", "sh", "-c", script, "sh", ...become, ...ns.program, ...words];
			const { code, stdout, stderr } = await ns.command(line, { env: { XDG_RUNTIME_DIR: undefined } });
			expect([words, code, stderr]).toEqual([words, 0, ""]);
			expect(JSON.parse(stdout)).toHaveProperty("version", 1);
		}
	},
);
