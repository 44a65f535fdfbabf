/** /etc/resolv.conf and /etc/hosts inside: written there and nowhere else. */
import { expect } from "bun:test";
import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere, rows } from "./harness.ts";

const [resolvConf, hosts] = ["/etc/resolv.conf", "/etc/hosts"];
const outside = () => [resolvConf, hosts].map((path) => [readFileSync(path, "utf8"), lstatSync(path).ino]);

everywhere("name servers and hosts are those that were named, and the caller's files stay as they are", async (ns) => {
	const before = outside();
	const dns = [
		"--dns",
		"192.0.2.53",
		"--dns",
		"2001:db8::53",
		"--dns-search",
		"example.org",
		"--dns-option",
		"ndots:2",
	];
	const names = ["--add-host", "db:10.77.0.3", "--add-host", "db:[fd00::3]", "--add-host", "web:fd00::4"];
	const text = await ns.output(["run", "--hostname", "box", ...dns, ...names, "--", "cat", resolvConf, hosts]);
	expect(text).toBe(
		[
			"nameserver 192.0.2.53\nnameserver 2001:db8::53\nsearch example.org\noptions ndots:2\n",
			"127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\tbox\n10.77.0.3\tdb\nfd00::3\tdb\nfd00::4\tweb\n",
		].join(""),
	);
	expect(outside()).toEqual(before);
	expect(await ns.output(["run", "--add-host", "db:10.77.0.3", "--", "getent", "hosts", "db"])).toMatch(
		/^10\.77\.0\.3 +db\n$/,
	);
});

everywhere("who writes to them inside writes to nothing of the caller's", async (ns) => {
	const before = outside();
	const script = `echo changed > ${resolvConf}; echo changed > ${hosts}; cat ${resolvConf} ${hosts}`;
	const args = ["run", "--dns", "192.0.2.53", "--add-host", "db:10.77.0.3", "--", "sh", "-c", script];
	expect(await ns.output(args)).toBe("changed\nchanged\n");
	expect(outside()).toEqual(before);
});

everywhere("they are made in a root that has none, and take the place of links in one that has", async (ns) => {
	const system = ["/usr", "/bin", "/lib", "/lib64"].flatMap((path) => ["--ro-bind-try", path]);
	const ask = ["--dns", "192.0.2.53", "--add-host", "db:10.77.0.3", "--", "cat", resolvConf, hosts];
	const text = "nameserver 192.0.2.53\n127.0.0.1\tlocalhost\n::1\tlocalhost\n10.77.0.3\tdb\n";
	expect(await ns.output(["run", "--root", "tmpfs", ...system, ...ask])).toBe(text);

	// A link that leads out of the root, to a file of the caller's, is followed inside alone.
	const victim = join(ns.folder, "victim");
	writeFileSync(victim, "mine\n");
	const root = ns.directory("root");
	for (const name of ["etc", "usr", "bin", "lib", "lib64", "proc", "run"]) mkdirSync(join(root, name));
	mkdirSync(join(root, "run/resolve"));
	writeFileSync(join(root, "run/resolve/stub"), "theirs\n");
	writeFileSync(join(root, "etc/hosts"), "theirs\n");
	symlinkSync("../run/resolve/stub", join(root, resolvConf));
	expect(await ns.output(["run", "--root", root, ...system, ...ask])).toBe(text);
	expect(readFileSync(join(root, "run/resolve/stub"), "utf8")).toBe("theirs\n");
	expect(readlinkSync(join(root, resolvConf))).toBe("../run/resolve/stub");

	const evil = ns.directory("evil");
	for (const name of ["etc", "usr", "bin", "lib", "lib64", "proc"]) mkdirSync(join(evil, name));
	writeFileSync(join(evil, "etc/hosts"), "");
	symlinkSync(victim, join(evil, resolvConf));
	const ended = await ns.run(["run", "--root", evil, ...system, ...ask]);
	expect(ended.code).toBe(125);
	expect(ended.stderr).toContain("/etc/resolv.conf");
	expect(readFileSync(victim, "utf8")).toBe("mine\n");
});

everywhere("the caller's name servers are copied where that is asked for", async (ns) => {
	const system = ["/usr", "/bin", "/lib", "/lib64"].flatMap((path) => ["--ro-bind-try", path]);
	const args = ["run", "--root", "tmpfs", ...system, "--resolv-conf", "copy", "--", "cat", resolvConf];
	expect(await ns.output(args)).toBe(readFileSync(resolvConf, "utf8"));
});

rows({ how: "source" })("what would write to the caller's own files is refused, as is what is no name", async (ns) => {
	const before = outside();
	const alone = await ns.run(["run", "--net", "--dns", "192.0.2.53", "--add-host", "db:10.77.0.3", "--", "true"]);
	expect(alone.code).toBe(125);
	expect(alone.stderr).toContain(
		"without a new mount namespace /etc/resolv.conf and /etc/hosts would be the caller's own",
	);
	expect(alone.stderr).toContain("--mount");
	const wrong = await ns.run([
		"run",
		"--dns",
		"localhost",
		"--dns-search",
		"a b",
		"--add-host",
		"x y:1.2.3.4",
		"--",
		"true",
	]);
	for (const text of ['"localhost" is no name server', '"a b" is no domain', '"x y" is no host'])
		expect(wrong.stderr).toContain(text);
	expect(outside()).toEqual(before);
});
