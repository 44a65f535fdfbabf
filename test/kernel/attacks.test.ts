import { expect } from "bun:test";
import { closeSync, openSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxTree } from "./busybox.ts";
import { checkout } from "./checkout.ts";
import { everywhere, rows } from "./harness.ts";
import { descendants, namespacesOf } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

// CVE-2019-5736: the program of a process of ours, reached through /proc, must not be written to.
everywhere("the image cannot be overwritten, from inside or from outside", async (ns) => {
	const script = "for pid in 1 self; do (exec 3>/proc/$pid/exe) 2>/dev/null && echo open; done; read _; exit 5";
	const child = ns.startNs(["run", "/bin/sh", "-c", script]);
	await until("the command", () => descendants(child.pid).some(({ name }) => name === "sh"));
	const ours = [
		child.pid,
		...descendants(child.pid)
			.filter(({ name }) => name === "ns-init")
			.map(({ pid }) => pid),
	];
	expect(ours.length).toBe(2);
	for (const pid of ours) expect(() => closeSync(openSync(`/proc/${pid}/exe`, "r+"))).toThrow(/ETXTBSY|EACCES|EPERM/);
	child.stdin.write("\n");
	await child.stdin.end();
	const all = Promise.all([child.stdout.text(), child.exited]);
	expect(await inTime("the end", all)).toEqual(["", 5]);
});

// CVE-2021-30465, CVE-2024-45310: a target that turns into a link after it was looked at.
rows({ needs: ["busybox"] })("a target that becomes a link at the wrong moment leads nowhere", async (ns) => {
	const root = busyboxTree(ns);
	const target = ns.directory("tree/target");
	const outside = ns.directory("outside");
	symlinkSync(outside, join(root, "link"));
	const { bun, project } = checkout();
	const flipper = ns.start([bun, join(project, "test/kernel/fixtures/flipper.ts"), target, join(root, "link")]);
	await new Transcript(flipper.stdout).has("ready");
	const ends = new Set<number | null>();
	for (let i = 0; i < 40; i++) {
		const script = "cat /proc/self/mountinfo; : > /target/file";
		const { code, stdout } = await ns.run(["run", "--root", root, "--tmpfs", "/target", "sh", "-c", script]);
		ends.add(code);
		const points = stdout
			.trim()
			.split("\n")
			.map((line) => line.split(" ")[4]);
		if (code === 0)
			expect(points.toSorted()).toEqual(["/", "/proc", expect.stringMatching(/^\/(target(\.aside)?|link)$/)]);
	}
	await flipper.stdin.end();
	expect(await inTime("the end of the flipper", flipper.exited)).toBe(0);
	// It was there or it was not: never was it the directory outside.
	expect([...ends].filter((code) => code !== 0 && code !== 125 && code !== 1 && code !== 2)).toEqual([]);
	expect(readdirSync(outside)).toEqual([]);
});

everywhere("no capability is inherited or ambient inside", async (ns) => {
	const shown = await ns.output(["run", "grep", "-E", "^Cap(Inh|Amb)", "/proc/self/status"]);
	expect(shown).toBe("CapInh:\t0000000000000000\nCapAmb:\t0000000000000000\n");
});

everywhere("capabilities inside are none over what is outside", async (ns) => {
	// Each would do no harm if it went through: it is about the test's own folder and processes.
	const attempts = ["mknod device c 1 3", "chown 12345:12345 ."];
	const script = attempts.map((attempt) => `${attempt} 2>&1`).join("; ");
	const { stdout } = await ns.run(["run", "sh", "-c", `${script}; true`]);
	expect(stdout).toMatch(/^mknod: device: Operation not permitted\nchown: .*: Invalid argument\n$/);
});

// CVE-2018-18955: maps of more than five ranges gave capabilities over files of ids outside of them.
rows({ who: "root" })("many ranges give no rights over files of other ids", async (ns) => {
	const ranges = [1, 2, 3, 4, 5, 6, 7].map((i) => `${i - 1}:${100_000 + 2 * i}:1`);
	const maps = ranges.flatMap((range) => ["--map-users", range, "--map-groups", range]);
	const secret = join(ns.folder, "secret");
	writeFileSync(secret, "secret", { mode: 0o600 });
	await ns.command(["chmod", "755", ns.folder]);
	const { code, stdout } = await ns.run([
		"run",
		"--user",
		...maps,
		"sh",
		"-c",
		`id -u; cat ${secret}; echo no > ${secret}`,
	]);
	expect([code === 0, stdout]).toEqual([false, "0\n"]);
	expect(await Bun.file(secret).text()).toBe("secret");
});

everywhere("the command sees none of the caller's sockets, and none of its processes", async (ns) => {
	const shown = await ns.output([
		"run",
		"sh",
		"-c",
		"cat /proc/net/unix /proc/net/tcp | wc -l; ls /proc | grep -c '^[0-9]'",
	]);
	const [sockets, processes] = shown.trim().split("\n").map(Number);
	expect(sockets).toBe(2);
	expect(processes).toBeLessThanOrEqual(5);
	expect(namespacesOf("self").net).toStartWith("net:[");
});
