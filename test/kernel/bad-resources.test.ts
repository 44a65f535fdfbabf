/** What is asked of ids, network and limits and cannot be: one answer with a way out, nothing run, nothing left. */
import { expect } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { started, versionOf } from "./groups.ts";
import { everywhere, type Ns, rows, until } from "./harness.ts";
import { inHost } from "./links.ts";

/** What stands behind `ns run`, and the words that the answer must hold. */
type Case = readonly [options: string, ...words: readonly string[]];

/** In an empty network of its own, each case is refused as ns itself does it, with a hint for every problem. */
async function refused(ns: Ns, cases: readonly Case[]): Promise<void> {
	const runs = cases.map(([options]) => `ns run ${options} touch was-run >&2; echo "$?" "$(names)"; echo "--" >&2`);
	const { stdout, stderr } = await inHost(ns, runs.join("\n"));
	const seen = cases.map(([options], i) => [options, stdout.split("\n")[i]]);
	expect(seen).toEqual(cases.map(([options]) => [options, "125 lo "]));
	cases.forEach(([options, ...words], i) => {
		const text = stderr.split("--\n")[i] ?? "";
		for (const word of words) expect([options, text]).toEqual([options, expect.stringContaining(word)]);
		const lines = text.trim().split("\n");
		const problems = lines.filter((line) => line.startsWith("ns: ")).length;
		expect([options, problems]).toEqual([options, lines.filter((line) => line.startsWith("hint: ")).length]);
	});
	expect(existsSync(join(ns.folder, "was-run"))).toBe(false);
}

everywhere("slips in words for ids, network and limits are refused with what may be meant", (ns) =>
	refused(ns, [
		["--memroy 64M", "unknown option --memroy", "did you mean --memory?"],
		["--cgroup-st a.b=c", "did you mean --cgroup-set?"],
		["--net=brige:lab", "--net=brige:lab is no kind of network", "did you mean bridge?"],
		["--net=intrenet", "did you mean internet?"],
		["--map aut", 'there is no user called "aut"', "did you mean auto?"],
		["--map-users atuo", '"atuo" is not INSIDE:OUTSIDE:SIZE', "auto, subids, all"],
		["--stats=jsn", "the forms are text and json"],
		["--resolv-conf cpy", "did you mean copy?"],
		["--net=macvlan:lo:brige", "known are private, vepa, bridge, passthru"],
	]),
);

everywhere("interfaces that nobody could make are refused", (ns) =>
	refused(ns, [
		["--net=bridge", "nothing says which bridge", "--net=bridge:NAME"],
		["--net=macvlan", "nothing says which parent", "--net=macvlan:NAME"],
		["--net=move", "nothing says which host", "--net=move:NAME"],
		["--net=bridge:sixteen-letters-", "nothing can be called"],
		["--net=macvlan:nope0 --net=move:nope1", "no interface called nope0", "no interface called nope1"],
		["--net=veth --ifname lo", "lo is the loopback interface"],
		["--net=veth --ifname a --net=dummy --ifname a", "two interfaces inside would be called a"],
		["--net=veth --ip 10.0.0.1", '"10.0.0.1" is no address with a prefix'],
		[
			"--net=veth --ip 10.0.0.300/24 --ip ::1/129 --mtu 5 --mac ff:ff:ff:ff:ff:ff --route 10.9/16",
			...['"10.0.0.300/24"', '"::1/129"', "MTU of 5", '"ff:ff:ff:ff:ff:ff"', '"10.9/16"'],
		],
		["--net=veth --ip 10.0.0.2/24 --gateway 10.1.0.1", "the gateway 10.1.0.1 is in no network of eth0"],
		["--net=veth --ip 10.0.0.2/24 --net=veth --ip 10.0.0.2/24", "the address 10.0.0.2 is asked for twice"],
		["--ip 10.0.0.2/24", "--ip is about no interface", "behind --net=veth"],
		["--publish 8080:80", "publishing a port takes a veth or bridge link", "--net=veth --ip 10.77.0.2/24"],
		["--net=internet --publish 80", "a port of the host and one inside are needed"],
		["--net=internet --publish 0:80 --publish 1:65536", '"0"', '"65536"'],
		["--map-host", "add --net=internet"],
		["--dns 1.2.3 --add-host db", "is no name server's address", "--add-host db is not NAME:ADDRESS"],
	]),
);

everywhere("limits that nothing could hold are refused, each by one problem", (ns) =>
	refused(ns, [
		["--memory -5M", "memory cannot be limited to", "256M or 1.5G"],
		["--memory 1.5", "memory cannot be limited to"],
		["--io-read 8:0 --io-write /dev/sda:", '--io-read "8:0" is no rate', '--io-write "/dev/sda:" is no rate'],
		["--cpu-weight 0 --io-weight 10001", "cpuWeight cannot be 0", "ioWeight cannot be 10001"],
		["--memory 1M --memory-high 2M", "never reached"],
		["--cgroup-parent /nskit-is-not-there --memory 64M", "there is no group ", "make it with mkdir"],
		["--cgroup-set cgroup.procs=1", "cgroup.procs is no limit"],
		["--device-allow none --device-allow standard", "contradict each other"],
	]),
);

everywhere("a device that is none is one problem", async (ns) => {
	const { code, stderr } = await ns.run(["run", "--io-read", "/nope:1M", "--device-allow", "/etc/passwd", "true"]);
	expect(code).toBe(125);
	const about = stderr.split("\n").filter((line) => line.startsWith("ns: ") && /nope|passwd/.test(line));
	expect(about).toEqual(['ns: "/nope" is no block device', 'ns: "/etc/passwd" is no device']);
});

/** A mount namespace in which `file` stands in the place of every pasta. */
const withPasta = (file: string): string[] => {
	const script = `for one in $(which -a pasta); do mount --bind ${file} $(readlink -f $one); done; exec "$@"`;
	return ["unshare", "-m", "sh", "-c", script, "sh"];
};

rows({ needs: ["root"] })("without pasta, and with one that is too old, it is said how to get one", async (ns) => {
	const old = join(ns.folder, "pasta");
	writeFileSync(old, "#!/bin/sh\necho pasta 2022_01_01.abcdef0\n", { mode: 0o755 });
	const asked = ["run", "--net=internet", "--publish", "8080:80", "touch", "was-run"];
	for (const [file, word] of [
		[old, "is of 2022-01-01, and the oldest pasta that can be used is of 2023-"],
		["/dev/null", "the internet is brought inside by pasta, and there is no such program"],
	] as const) {
		const { code, stderr } = await ns.run(asked, { before: withPasta(file) });
		expect([code, stderr]).toEqual([125, expect.stringContaining(word)]);
		expect(stderr).toContain("apt install passt");
	}
	expect(existsSync(join(ns.folder, "was-run"))).toBe(false);
});

rows({ needs: ["root"] })("a limit of memory below what is used now is not set, and is said", async (ns) => {
	const hold = "x=$(head -c 60M /dev/zero | tr '\\0' x); echo held; sleep 60";
	const sandboxed = await started(ns, ["--memory", "300M", "--pids", "40", "--swap", "0", "sh", "-c", hold]);
	const file = versionOf("memory") === 1 ? "memory.limit_in_bytes" : "memory.max";
	const used = versionOf("memory") === 1 ? "memory.usage_in_bytes" : "memory.current";
	await until("memory is used", () => sandboxed.number(used, "") > 50 * 1024 * 1024);
	const { code, stderr } = await ns.run(["set", `${sandboxed.child.pid}`, "--memory", "10M", "--pids", "30"]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("nothing is changed")]);
	expect(stderr).toContain("hint: it uses more than that now");
	expect([sandboxed.text(file), sandboxed.text("pids.max")]).toEqual([`${300 * 1024 * 1024}`, "40"]);
	await sandboxed.kill();
});
