/** User namespaces that belong to somebody else, and those whose maps somebody else writes. */
import { expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { close, pipe, readSome, writeAll } from "../../src/descriptors.ts";
import { lifetime, NamespaceError, pid, sandbox, user } from "../../src/index.ts";
import { accounts, bob, withEtc } from "./etc.ts";
import { everywhere, inTime, library, rows, until } from "./harness.ts";

const asRoot = rows({ who: "root", needs: ["root", "unshare", "setpriv", "python3"] });
const asOrdinary = rows({ who: "ordinary", needs: ["root", "uidmap", "unshare", "bash"] });

/** NS_GET_OWNER_UID of ioctl_ns(2), asked from outside. */
const ownerOf = (pid: number): number => {
	const script = `import fcntl, os, struct
fd = os.open("/proc/${pid}/ns/user", os.O_RDONLY)
print(struct.unpack("I", fcntl.ioctl(fd, 0xb704, bytes(4)))[0])`;
	return Number(Bun.spawnSync(["python3", "-c", script]).stdout.toString());
};

const sleeps = (pid: number) =>
	until("the command", () => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("sleep"));

asRoot("the namespace belongs to who is named, and so do the command and its files", async (ns) => {
	const before = withEtc(ns, accounts(ns, "bob:200000:10\n"));
	const child = ns.startNs(["run", "--user", "--owner", "bob", "--map", "auto", "sleep", "60"], { before });
	await sleeps(child.pid);
	expect(ownerOf(child.pid)).toBe(bob.uid);
	const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
	expect(status).toMatch(new RegExp(`^Uid:\t${bob.uid}\t${bob.uid}\t${bob.uid}\t`, "m"));
	expect(status).toMatch(new RegExp(`^Gid:\t${bob.gid}\t${bob.gid}\t${bob.gid}\t`, "m"));
	expect(status).toMatch(/^Groups:\s*$/m);
	expect(readFileSync(`/proc/${child.pid}/uid_map`, "utf8").trim().split(/\s+/).map(Number)).toEqual([
		...[0, bob.uid, 1],
		...[1, 200_000, 10],
	]);
	child.kill("SIGKILL");
	await inTime("the end", child.exited);
});

asRoot("the owner's namespace has its clocks, its own root and a group of one's choice", async (ns) => {
	const before = withEtc(ns, accounts(ns, ""));
	const args = ["run", "--owner", `${bob.uid}:4`, "--monotonic", "1000000", "sh", "-c"];
	const script = "cat /proc/self/uid_map /proc/self/gid_map /proc/self/timens_offsets; hostname x && hostname";
	const shown = (await ns.output([...args, script], { before })).trim().split(/\s+/);
	expect(shown).toEqual([
		...["0", `${bob.uid}`, "1", "0", "4", "1"],
		...["monotonic", "1000000", "0", "boottime", "0", "0", "x"],
	]);
});

asRoot("root of another's namespace reads nothing that the other may not read", async (ns) => {
	const secret = join(ns.folder, "secret");
	writeFileSync(secret, "secret", { mode: 0o600 });
	await ns.command(["chmod", "755", ns.folder]);
	const before = withEtc(ns, accounts(ns, ""));
	const { code, stdout, stderr } = await ns.run(["run", "--owner", "bob", "cat", secret], { before });
	expect([code, stdout]).toEqual([1, ""]);
	expect(stderr).toContain("Permission denied");
});

rows({ who: "ordinary" })("an ordinary user makes no namespace for another", async (ns) => {
	const { code, stderr } = await ns.run(["run", "--owner", "0:0", "true"]);
	expect(code).toBe(125);
	expect(stderr).toContain("another owner takes CAP_SETUID and CAP_SETGID");
});

asOrdinary("maps that newuidmap is asked for from outside are waited for", async (ns) => {
	const before = withEtc(ns, accounts(ns, "ann:200000:10\n"));
	const { uid, gid } = ns.account;
	const script = `
		mkfifo info block
		exec 7<> info 8<> block
		"$@" run --user --pid --map extern --map-block-fd 8 --info-fd 7 sh -c 'id -u; cat /proc/self/uid_map; touch made; chown 5 made' &
		read -r line <&7
		pid=\${line#'{"map-pid": '}; pid=\${pid%\\}}
		newuidmap "$pid" 0 ${uid} 1 1 200000 10 || exit 1
		newgidmap "$pid" 0 ${gid} 1 1 200000 10 || exit 1
		echo >&8
		wait %1`;
	const { code, stdout, stderr } = await ns.shell(script, { before, bash: true });
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	expect(stdout.trim().split(/\s+/)).toEqual(["0", ...["0", `${uid}`, "1"], ...["1", "200000", "10"]]);
	const stat = await ns.command(["stat", "-c", "%u", join(ns.folder, "made")]);
	expect(stat.stdout).toBe("200004\n");
});

everywhere("who writes no maps and goes is told of", async (ns) => {
	const script = '"$@" run --user --map extern --map-block-fd 8 touch made 8< /dev/null';
	const { code, stderr } = await ns.shell(script);
	expect(code).toBe(125);
	expect(stderr).toContain("cannot wait until somebody has mapped the ids");
	expect(stderr).toContain("whoever was to write the maps is gone");
	const closed = await ns.shell('"$@" run --user --map extern --map-block-fd 8 true 8<&-');
	expect(closed).toMatchObject({
		code: 125,
		stderr: expect.stringContaining("--map-block-fd 8: there is no descriptor 8"),
	});
});

/** A sandbox whose maps are to be written, and the ends of its pipes. */
function awaited() {
	const [block, info] = [pipe(), pipe()];
	const box = sandbox(user({ map: "extern", blockFd: block.read }), pid(), lifetime({ infoFd: info.write }));
	const end = () => {
		for (const fd of [block.read, info.read, info.write]) close(fd);
	};
	return { box, write: block.write, info, end };
}

library("the library waits for maps as well", async () => {
	const { box, write, info, end } = awaited();
	const started = box.spawn(["sh", "-c", "id -u; cat /proc/self/uid_map"], { stdout: "pipe" });
	const told = JSON.parse(Buffer.from(readSome(info.read, 4096)).toString()) as { "map-pid": number };
	writeFileSync(`/proc/${told["map-pid"]}/setgroups`, "deny");
	writeFileSync(`/proc/${told["map-pid"]}/gid_map`, `0 ${process.getegid?.()} 1`);
	writeFileSync(`/proc/${told["map-pid"]}/uid_map`, `0 ${process.geteuid?.()} 1`);
	writeAll(write, new Uint8Array([1]));
	const child = await inTime("the start", started);
	expect((await child.stdout.text()).trim().split(/\s+/)).toEqual(["0", "0", `${process.geteuid?.()}`, "1"]);
	await child.exited;
	close(write);
	end();
});

library("the library tells of who never writes maps", async () => {
	const { box, write, end } = awaited();
	close(write);
	const failure = await box.spawn(["true"]).catch((error: unknown) => error);
	expect(failure).toBeInstanceOf(NamespaceError);
	expect(failure).toMatchObject({ code: "EPIPE" });
	end();
});
