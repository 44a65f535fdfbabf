/** Kernel parameters of the new namespaces, and a command by descriptor. */
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { everywhere, rows } from "./harness.ts";
import { inside, refused } from "./mounts.ts";

everywhere("a parameter is set in the new namespace alone", async (ns) => {
	const files = ["/proc/sys/net/ipv4/ip_default_ttl", "/proc/sys/kernel/msgmnb", "/proc/sys/user/max_ipc_namespaces"];
	const before = files.map((path) => readFileSync(path, "utf8"));
	const options = ["net.ipv4.ip_default_ttl=33", "kernel.msgmnb=4321", "user/max_ipc_namespaces=7"];
	const args = options.flatMap((text) => ["--sysctl", text]);
	expect(await inside(ns, args, `cat ${files.join(" ")}`)).toBe("33\n4321\n7\n");
	expect(files.map((path) => readFileSync(path, "utf8"))).toEqual(before);
});

everywhere("a parameter of the whole machine, or of a namespace that is not made, is refused", async (ns) => {
	await refused(ns, ["--sysctl", "vm.swappiness=60"], ["vm.swappiness is the whole machine's", "hint: "]);
	await refused(ns, ["--uts", "--sysctl", "net.ipv4.ip_forward=1"], ["caller's own net namespace", "hint: add --net"]);
	await refused(ns, ["--sysctl", "net.ipv4.ip_forward"], ["is not NAME=VALUE"]);
	await refused(ns, ["--sysctl", "net.../../kernel.sem=1"], ["is no name of a parameter"]);
	await refused(ns, ["--sysctl", "net.no.such=1"], ["set net.no.such to 1", "ENOENT"]);
	await refused(ns, ["--sysctl", "net.ipv4.ip_default_ttl=far"], ["set net.ipv4.ip_default_ttl", "EINVAL"]);
});

rows({ needs: ["busybox"] })("a program is executed by descriptor, also where it does not exist inside", async (ns) => {
	const run = (...args: string[]) => {
		const line = ["run", "--execute-fd", "5", ...args];
		return ns.shell('exec 5<"$(command -v busybox)"; exec "$@"', { args: line, bash: true });
	};
	const ended = await run("--root", "tmpfs", "sh", "-c", 'echo "$0" /*; exit 7', "word");
	expect(ended).toMatchObject({ code: 7, stdout: "word /proc\n", stderr: "" });
	// 3 is the directory that is listed.
	expect(await run("ls", "/proc/self/fd")).toMatchObject({ code: 0, stdout: "0\n1\n2\n3\n", stderr: "" });
});

everywhere("a descriptor that cannot be executed is one error", async (ns) => {
	await refused(ns, ["--execute-fd", "5"], ["--execute-fd 5: there is no descriptor 5", "hint: "]);
	await refused(ns, ["--execute-fd", "five"], ['--execute-fd "five" is no number']);
	await refused(ns, ["--execute-fd", "1"], ["1 cannot be executed"]);
	const ended = await ns.shell('exec 5</etc/passwd; exec "$@"', {
		args: ["run", "--execute-fd", "5", "x"],
		bash: true,
	});
	expect(ended).toMatchObject({ code: 126, stdout: "", stderr: expect.stringContaining("ns: cannot run x: EACCES") });
});
