/**
 * A machine of network namespaces: "here", where sandboxes are started, has an uplink to "beyond", which stands for the
 * internet. Nothing of it is the machine's own, and nothing is contacted outside.
 */
import { join } from "node:path";
import { inTime } from "./waiting.ts";

const answer = join(import.meta.dir, "fixtures/answer.py");

/** Addresses of here and of beyond. */
export const here = { ipv4: "192.0.2.10", ipv6: "2001:db8::10" } as const;
export const gateway = { ipv4: "192.0.2.1", ipv6: "2001:db8::1" } as const;
export const beyond = { ipv4: "203.0.113.5", ipv6: "2001:db8:f::5" } as const;

/** Where something listens on the loopback interface of here, and beyond. */
export const [loopbackPort, beyondPort] = [6666, 7777];

/** A private /dev/net/tun that everybody may use, as on most machines. */
const script = `
set -e
mount -t tmpfs -o mode=755 none /dev/net
mknod -m "$TUN" /dev/net/tun c 10 200
ip link set lo up
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
unshare -n sleep 600 & far=$!
end() { kill $far $near $away 2>/dev/null; wait; }
trap end EXIT
while [ "$(readlink /proc/$far/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link add up0 type veth peer name down0 netns $far
ip addr add ${here.ipv4}/24 dev up0
ip addr add ${here.ipv6}/64 dev up0 nodad
ip link set up0 up
nsenter -n -t $far sh -ec '
	ip link set lo up
	echo 0 > /proc/sys/net/ipv6/conf/down0/accept_dad
	ip addr add ${gateway.ipv4}/24 dev down0
	ip addr add ${gateway.ipv6}/64 dev down0 nodad
	ip addr add ${beyond.ipv4}/32 dev lo
	ip addr add ${beyond.ipv6}/128 dev lo nodad
	ip link set down0 up'
ip route add default via ${gateway.ipv4}
ip -6 route add default via ${gateway.ipv6}
python3 ${answer} tcp,127.0.0.1,${loopbackPort},loopback tcp,::1,${loopbackPort},loopback udp,127.0.0.1,${loopbackPort},loopback & near=$!
nsenter -n -t $far python3 ${answer} tcp,${beyond.ipv4},${beyondPort},beyond tcp,${beyond.ipv6},${beyondPort},beyond \\
	udp,${beyond.ipv4},${beyondPort},beyond udp,${beyond.ipv6},${beyondPort},beyond & away=$!
# What is sent before both ends of the cable know of each other is lost.
for address in ${beyond.ipv4} ${beyond.ipv6}; do
	for try in $(seq 50); do
		timeout 0.2 bash --norc -c "exec 3<>/dev/tcp/$address/${beyondPort}" 2>/dev/null && break
		sleep 0.05
	done
done
echo "far $far"
cat
`;

export interface Uplink extends AsyncDisposable {
	/** The beginning of a command line that is run here, and of one that is run beyond. */
	readonly here: readonly string[];
	readonly beyond: readonly string[];
}

/** Makes both, and what answers there. `tun`: the mode of /dev/net/tun. */
export async function uplink({ tun = "666" } = {}): Promise<Uplink> {
	const child = Bun.spawn(["unshare", "-n", "-m", "sh", "-c", script], {
		env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", TUN: tun },
		stdin: "pipe",
		stdout: "pipe",
		stderr: "inherit",
	});
	const close = async () => {
		await child.stdin.end();
		await inTime("the end of the uplink", child.exited);
	};
	let text = "";
	const reader = child.stdout.getReader();
	try {
		while (!/far \d+/.test(text) || text.split("ready").length < 3) {
			const { value, done } = await inTime("the uplink", reader.read());
			if (done) throw new Error("the uplink could not be made");
			text += new TextDecoder().decode(value);
		}
	} catch (error) {
		await close();
		throw error;
	}
	const far = /far (\d+)/.exec(text)?.[1] ?? "";
	return {
		here: ["nsenter", "-n", "-m", "-t", String(child.pid), "--"],
		beyond: ["nsenter", "-n", "-t", far, "--"],
		[Symbol.asyncDispose]: close,
	};
}

/** Asks by a shell's own means, again where nothing comes: packets may be lost. Writes what is answered, or nothing. */
export function asking(protocol: "tcp" | "udp", address: string, port: number, tries = 5): string {
	return `for try in $(seq ${tries}); do
		timeout 2 bash --norc -c 'exec 3<>/dev/${protocol}/${address}/${port} && echo hi >&3 && head -n 1 <&3' 2>/dev/null && break
	done || true`;
}
