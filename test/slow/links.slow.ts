/** Interfaces of kinds that not every kernel has, on Debian's kernel in a virtual machine. */
import { beforeAll, describe, expect } from "bun:test";
import { said, slow, virtualMachine, wait } from "./shared.ts";

beforeAll(async () => void (await virtualMachine()), 180_000);

/** In a network namespace of its own, with a cable in it. */
const inHost = (text: string) => `cat >/run/scratch/host <<'END'
ip link add p0 type veth peer name p1; ip link set p0 up; ip link set p1 up; ip addr add 10.1.0.1/24 dev p1
${text}
END
unshare -n sh /run/scratch/host`;

describe("interfaces", () => {
	slow("of the kind dummy", async () => {
		const text = `"$ns" run --net=dummy --ip 10.77.0.2/24 sh -c 'ip -d -o link show eth0 | grep -o "dummy "; busybox ping -c1 -W3 10.77.0.2 | grep -c "bytes from"'; ip -o link | grep -c dummy`;
		// Only what is inside is of that kind.
		expect((await said(`${inHost(text)}; true`)).trim().split(/\s+/)).toEqual(["dummy", "1", "0"]);
	});

	slow("of the kind ipvlan: two sandboxes on one wire talk to each other", () => talk("ipvlan:p0", "ipvlan *mode l2"));
	slow("of the kind macvlan: two sandboxes on one wire talk to each other", () =>
		talk("macvlan:p0", "macvlan mode bridge"),
	);
});

/** Lets two sandboxes with interfaces of this kind reach each other. */
async function talk(kind: string, shown: string): Promise<void> {
	const text = `rm -f /run/scratch/up
		"$ns" run --net=${kind} --ip 10.1.0.2/24 sh -c 'touch /run/scratch/up; exec sleep 100' & pid=$!
		${wait("[ -e /run/scratch/up ]")}
		"$ns" run --net=${kind} --ip 10.1.0.3/24 sh -c 'ip -d -o link show eth0 | grep -c "${shown}"; busybox ping -c1 -W5 10.1.0.2 | grep -c "bytes from"; busybox ping -c1 -W5 10.1.0.1 | grep -c "bytes from"'
		kill $pid; { wait $pid; } 2>/dev/null; ip -o link | grep -c vlan; true`;
	expect((await said(inHost(text))).trim().split("\n")).toEqual(["1", "1", "1", "0"]);
}
