/** The network of an nsjail configuration. */
import type { LinkOptions } from "../../network/types.ts";
import { nsjailPorts, nsjailUserNet } from "./nsjail-user-net.ts";
import type { ProtoMessage } from "./proto.ts";
import type { Draft, Import } from "./types.ts";

const macvlanFields = ["ip", "nm", "gw", "ma", "mo"].map((name) => `macvlan_vs_${name}`);

/** The network namespace, and what is in it. */
export function nsjailNetwork(config: ProtoMessage, made: Import): Draft["net"] {
	const [userNet] = config.messages("user_net");
	if (!config.flag("clone_newnet", true)) {
		for (const name of ["iface_own", "macvlan_iface"]) if (config.text(name) !== "") made.lacks(name, withoutNetwork);
		if (userNet) made.lacks("user_net", withoutNetwork);
		return false;
	}
	const links: LinkOptions[] = [];
	for (const host of config.texts("iface_own")) links.push({ kind: "move", host });
	const macvlan = macvlanOf(config, made);
	if (macvlan) links.push(macvlan);
	return {
		loopback: !config.flag("iface_no_lo"),
		...(links.length > 0 && { links }),
		...(userNet && { internet: nsjailUserNet(userNet, made), publish: nsjailPorts(userNet, made) }),
	};
}

const withoutNetwork = "without clone_newnet the network is the caller's, in nsjail too";

function macvlanOf(config: ProtoMessage, made: Import): LinkOptions | undefined {
	const parent = config.text("macvlan_iface");
	if (parent === "") {
		for (const name of macvlanFields) {
			if (config.text(name) !== "") made.lacks(name, "it means something with macvlan_iface only, in nsjail too");
		}
		return undefined;
	}
	const address = config.text("macvlan_vs_ip", nowhere);
	const gateway = config.text("macvlan_vs_gw", nowhere);
	const mode = modes.find((one) => one === config.text("macvlan_vs_mo", "private"));
	if (!mode)
		made.problem(`macvlan_vs_mo is ${JSON.stringify(config.text("macvlan_vs_mo"))}`, `it is ${modes.join(", ")}`);
	return {
		...{ kind: "macvlan", parent, name: "vs", mode },
		...(address !== nowhere && { addresses: [`${address}/${prefixOf(config, made)}`] }),
		...(gateway !== nowhere && { gateways: [gateway] }),
		mac: config.text("macvlan_vs_ma") || undefined,
	};
}

/** What nsjail takes for nothing. */
const nowhere = "0.0.0.0";
const modes = ["private", "vepa", "bridge", "passthru"] as const;

/** The bits of a mask such as 255.255.255.0. */
function prefixOf(config: ProtoMessage, made: Import): number {
	const mask = config.text("macvlan_vs_nm", "255.255.255.0");
	const bits = mask
		.split(".")
		.map((byte) => (/^\d{1,3}$/.test(byte) && Number(byte) < 256 ? Number(byte).toString(2).padStart(8, "0") : "x"))
		.join("");
	if (/^1*0*$/.test(bits) && bits.length === 32) return bits.lastIndexOf("1") + 1;
	made.problem(`macvlan_vs_nm is ${JSON.stringify(mask)}, which is no mask of a network`, "such as 255.255.255.0");
	return 32;
}
