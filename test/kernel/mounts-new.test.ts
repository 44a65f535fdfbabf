import { expect } from "bun:test";
import { statSync } from "node:fs";
import { type MountRule, mount, pid, sandbox, user } from "nskit";
import { everywhere, library, rows } from "./harness.ts";
import { inside, mountAt, optionSets, refused, said, smallRoot } from "./mounts.ts";

everywhere(
	"a tmpfs has the size and mode that were asked for, and takes no devices and set-user-ID bits",
	async (ns) => {
		const rules = ["--tmpfs", "/small:size=64k,mode=0710", "--tmpfs", "/plain", "--tmpfs", "/closed:ro,noexec"];
		const script = `
		stat -c '%n %a %u:%g' /small /plain /closed
		head -c 100000 /dev/zero > /small/file; stat -c %s /small/file
		echo x > /plain/file && cat /plain/file
		echo x > /closed/file
		cat /proc/self/mountinfo`;
		for (const options of optionSets(ns)) {
			const lines = await said(ns, [...options, ...smallRoot, "--dev", ...rules, "--dir", "/closed/made"], script);
			expect(lines.slice(0, 7)).toEqual([
				...["/small 710 0:0", "/plain 1777 0:0", "/closed 1777 0:0"],
				...["head: error writing 'standard output': No space left on device", "65536", "x"],
				expect.stringContaining("cannot create /closed/file: Read-only file system"),
			]);
			const flags = (point: string) => mountAt(lines.join("\n"), point)?.flags;
			for (const point of ["/small", "/plain", "/closed"])
				expect(flags(point)).toEqual(expect.arrayContaining(["nosuid", "nodev"]));
			expect(flags("/closed")).toEqual(expect.arrayContaining(["ro", "noexec"]));
			expect(flags("/plain")).not.toContain("noexec");
		}
	},
);

const nodes = ["null 1:3", "zero 1:5", "full 1:7", "random 1:8", "urandom 1:9", "tty 5:0"];

everywhere("a minimal /dev has the devices every program counts on, and they work", async (ns) => {
	const script = `
		for name in null zero full random urandom tty; do echo $name $(stat -c %t:%T /dev/$name); done
		ls /dev | tr '\\n' ' '; echo
		echo gone > /dev/null; wc -c < /dev/null; head -c 3 /dev/zero | od -An -tx1; head -c 2 /dev/full | od -An -tx1
		head -c 8 /dev/random | wc -c; head -c 8 /dev/urandom | wc -c
		(echo x > /dev/full); (: < /dev/tty)
		(echo through | cat /dev/stdin > /dev/stdout) | cat; (echo 7 > /dev/fd/7) 7>&1 | cat
		test "$(ls -l /proc/self/fd | wc -l)" = "$(ls -l /dev/fd/ | wc -l)" && echo same
		stat -c '%n %a' /dev /dev/shm /dev/pts /dev/pts/ptmx
		echo shared > /dev/shm/name && cat /dev/shm/name; ls /dev/pts
		echo x > /dev/new && echo made; rm /dev/new
		mknod /dev/other c 1 3 && cat /dev/other`;
	for (const options of optionSets(ns)) {
		const lines = await said(ns, ["--mount", "--pid", ...options, ...smallRoot, "--dev"], script);
		const shown = lines.map((line) => line.replace(/^sh: \d+: /, ""));
		expect(shown).toEqual([
			...nodes,
			"fd full null ptmx pts random shm stderr stdin stdout tty urandom zero ",
			...["0", " 00 00 00", " 00 00", "8", "8"],
			...["echo: echo: I/O error", "cannot open /dev/tty: No such device or address"],
			...["through", "7", "same"],
			...["/dev 755", "/dev/shm 1777", "/dev/pts 755", "/dev/pts/ptmx 666"],
			...["shared", "ptmx"],
			"made",
			expect.stringMatching(/^(mknod: \/dev\/other: Operation not permitted|cat: \/dev\/other: Permission denied)$/),
		]);
	}
});

rows({ needs: ["script"] })("a pseudo-terminal opened inside is one of the sandbox's own", async (ns) => {
	const outside = String(statSync("/dev/pts").dev);
	for (const options of optionSets(ns)) {
		const script = "script -qec 'tty; ls /dev/pts; echo typed > /dev/tty' /dev/null < /dev/null; ls /dev/pts";
		const shown = await inside(ns, [...options, ...smallRoot, "--tmpfs", "/tmp", "--dev"], script);
		expect(shown.replaceAll("\r", "").split("\n")).toEqual(["/dev/pts/0", "0  ptmx", "typed", "ptmx", ""]);
		expect((await inside(ns, [...options, ...smallRoot, "--dev"], "stat -c %d /dev/pts")).trim()).not.toBe(outside);
	}
});

everywhere("message queues are those of the IPC namespace", async (ns) => {
	const script = "touch /dev/mqueue/queue; cat /dev/mqueue/queue; ls /dev/mqueue";
	for (const options of [[], ...(ns.who === "root" ? [["--mount", "--pid", "--ipc"]] : [])]) {
		const lines = await said(ns, [...options, ...smallRoot, "--dev", "--mqueue"], script);
		expect(lines).toEqual([expect.stringMatching(/^QSIZE:0 .*NOTIFY:0/), "queue"]);
		// Nothing stays of it: the next one has a namespace of its own.
		expect(await inside(ns, [...options, ...smallRoot, "--mqueue=/q"], "ls /q")).toBe("");
	}
});

everywhere("a new /sys shows the devices of the network namespace, and cannot be written to", async (ns) => {
	for (const options of [[], ...(ns.who === "root" ? [["--mount", "--pid", "--net"]] : [])]) {
		const script = "ls /sys/class/net; echo x > /sys/class/net/lo/mtu";
		const lines = await said(ns, [...options, ...smallRoot, "--sys"], script);
		expect(lines).toEqual(["lo", expect.stringContaining("Read-only file system")]);
	}
});

rows({ who: "ordinary" })(
	"what the namespaces of others own is not mounted, and the answer says what is missing",
	async (ns) => {
		await refused(
			ns,
			["--mount", "--sys"],
			["mount a new sysfs at /sys", "EPERM", "hint: sysfs can only", "add --net"],
		);
		const mqueue = [...["--mount", "--tmpfs", "/tmp"], "--mqueue=/tmp/queues"];
		await refused(ns, mqueue, ["mount the message queues", "EPERM", "hint: message queues can only", "add --ipc"]);
	},
);

everywhere("/proc can hide processes of others, and all but processes", async (ns) => {
	const script = "ls /proc | grep -v '^[0-9]' | tr '\\n' ' '; echo; cat /proc/self/mountinfo";
	for (const options of optionSets(ns)) {
		const lines = await said(ns, [...options, ...smallRoot, "--proc=hidepid=invisible,subset=pid"], script);
		expect(lines[0]).toBe("self thread-self ");
		expect(mountAt(lines.join("\n"), "/proc")?.options).toEqual(
			expect.arrayContaining(["hidepid=invisible", "subset=pid"]),
		);
		const plain = await said(
			ns,
			[...options, ...smallRoot, "--proc=hidepid=noaccess"],
			"cat /proc/self/mountinfo; ls /proc/meminfo",
		);
		expect(mountAt(plain.join("\n"), "/proc")?.options).toContain("hidepid=noaccess");
		expect(plain.at(-1)).toBe("/proc/meminfo");
		const own = await said(ns, [...options, "--proc=subset=pid"], "cat /proc/meminfo");
		expect(own[0]).toContain("No such file or directory");
	}
});

rows({ who: "root", needs: ["unshare"] })("mounts pass between outside and inside as it was asked for", async (ns) => {
	const [mine, theirs] = [ns.directory("mine"), ns.directory("theirs")];
	const at = ns.folder;
	// Outside: makes its mount once inside is running, and says what it sees when that has ended.
	const script = `
		mkfifo ${at}/ready ${at}/go
		(read x < ${at}/ready; mount -t tmpfs outer ${mine}; echo > ${at}/go) &
		"$@"; wait; grep -c ${theirs} /proc/self/mountinfo; rm ${at}/ready ${at}/go`;
	const within = `echo > ${at}/ready; read x < ${at}/go; mount -t tmpfs inner ${theirs}; grep -c ${mine} /proc/self/mountinfo; true`;
	const run = async (...options: string[]) => {
		const line = ["run", "--mount", ...options, "--", "sh", "-c", within];
		const outer = ["unshare", "--mount", "--propagation", "shared", "sh", "-c", script, "sh"];
		const { stdout, stderr } = await ns.command([...outer, ...ns.program, ...line]);
		expect(stderr).toBe("");
		return stdout.trim().split("\n").map(Number);
	};
	// How often the outer mount is seen inside, and the inner one outside.
	expect(await run()).toEqual([0, 0]);
	expect(await run("--propagation", "slave")).toEqual([1, 0]);
	expect(await run("--propagation", "shared")).toEqual([1, 1]);
	expect(await run("--propagation", "unchanged")).toEqual([1, 1]);
	expect(await run("--user", "--propagation", "unchanged")).toEqual([1, 0]);
	await refused(ns, ["--mount", "--propagation", "shared", "--tmpfs", "/mnt"], ["would appear outside", "add --user"]);
});

library("an empty root is closed behind the rules, and what they mount is not", () => {
	const parts = ["/bin", "/lib", "/lib64"].map((target) => ({ type: "symlink", to: `usr${target}`, target }) as const);
	const mounts: MountRule[] = [{ type: "bind", source: "/usr", target: "/usr" }, ...parts];
	mounts.push({ type: "tmpfs", target: "/tmp" }, { type: "directory", target: "/made" });
	const script = "for place in / /made /tmp; do echo x > $place/file && echo $place; done; true";
	for (const [readOnly, writable] of [
		[true, "/tmp\n"],
		[false, "/\n/made\n/tmp\n"],
	] as const) {
		const box = sandbox(user(), pid(), mount({ root: { type: "tmpfs", readOnly }, mounts }));
		expect(box.spawnSync(["sh", "-c", script]).stdout?.toString()).toBe(writable);
	}
});
