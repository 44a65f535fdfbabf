/** What networks of sandboxes are made of. */
import { tried } from "../judge.ts";
import { type Check, type Facts, type Judgement, limited, ok } from "../types.ts";

const noNetwork = "no network namespace to try it in";

/** A program that connects a network namespace without privilege. */
function helper({ host, sight }: Facts): Judgement {
	for (const name of ["pasta", "slirp4netns"]) {
		const path = sight.which(name);
		if (path !== undefined) return ok(`${path} is there`);
	}
	return limited(
		"neither pasta nor slirp4netns is in PATH",
		host.privileged
			? "only root's ways lead out of a network namespace: veth, bridges and routes"
			: "a network namespace of an ordinary user has no way out but the loopback interface",
		"install the package passt (pasta), or slirp4netns",
	);
}

const interfaces = (id: string, title: string, lost: string): Check =>
	tried(
		{ id, group: "network", title, tries: `making an interface of the kind ${id} in a new network namespace` },
		id,
		{
			...{ works: "they can be made", lost, otherwise: "limited" },
			remedies: { EOPNOTSUPP: `load the module: as root, modprobe ${id}`, ENOSPC: noNetwork },
		},
	);

export const networkChecks: readonly Check[] = [
	tried(
		{
			id: "tun",
			group: "network",
			title: "tun interfaces",
			tries: "making a tun interface in a new network namespace",
		},
		"tun",
		{
			...{
				works: "they can be made",
				lost: "pasta, slirp4netns and VPNs cannot connect a network namespace",
				otherwise: "limited",
			},
			remedies: {
				ENOENT: "as root: modprobe tun; in a container: docker run --device /dev/net/tun",
				ENODEV: "as root: modprobe tun",
				EACCES: "the device may not be opened: as root, chmod 666 /dev/net/tun",
			},
		},
	),
	interfaces("veth", "Pairs of interfaces", "no network namespace can be connected to another"),
	interfaces("bridge", "Bridges", "several network namespaces cannot share a link"),
	tried(
		{
			id: "nftables",
			group: "network",
			title: "nftables",
			tries: "making a table of nftables in a new network namespace",
		},
		"nftables",
		{
			...{
				works: "tables can be made",
				lost: "no firewall inside, and no forwarding of ports by the kernel",
				otherwise: "limited",
			},
			remedies: {
				EPROTONOSUPPORT: "as root: modprobe nf_tables, or take a kernel with CONFIG_NF_TABLES",
				EOPNOTSUPP: "as root: modprobe nf_tables, or take a kernel with CONFIG_NF_TABLES",
				EINVAL: "as root: modprobe nf_tables, or take a kernel with CONFIG_NF_TABLES",
			},
		},
	),
	{
		id: "pasta",
		group: "network",
		title: "A way out without privilege",
		tries: "pasta and slirp4netns in PATH",
		judge: helper,
	},
];
