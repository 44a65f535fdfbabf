/** Debian's kernel, as scripts/kernel.sh has unpacked it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dependsOf, inOrder } from "./modules.ts";

const place = "/var/cache/nskit-test/kernel";

/** The image that the machine starts from. */
export const image: string = join(place, "vmlinuz");

/** Why there is no virtual machine here, or `undefined`. */
export function lackingKernel(): string | undefined {
	return existsSync(image) ? undefined : "Debian's kernel (scripts/kernel.sh)";
}

/** What the root file system needs, then what tests need: links between namespaces, nftables, a disk with a file system and shares. */
const wanted = [
	...["virtio_pci", "9pnet_virtio", "9p", "overlay", "crc32c_generic", "virtio_blk", "bfq", "ext4", "fuse"],
	...["dummy", "veth", "bridge", "macvlan", "ipvlan", "tun"],
	...["nf_tables", "nft_chain_nat", "nft_masq", "nft_nat", "nft_ct", "nft_fib_inet"],
];

/** The files of the modules, in the order in which they have to be inserted. */
export function moduleFiles(): { readonly name: string; readonly content: Uint8Array }[] {
	const contents = new Map<string, Uint8Array>();
	const content = (name: string): Uint8Array => {
		const known = contents.get(name) ?? readFileSync(join(place, "modules", `${fileName(name)}.ko`));
		contents.set(name, known);
		return known;
	};
	return inOrder(wanted, (name) => dependsOf(content(name))).map((name) => ({ name, content: content(name) }));
}

/** Names are told with underlines, and files may have hyphens. */
const fileName = (name: string): string =>
	[name, name.replaceAll("_", "-")].find((one) => existsSync(join(place, "modules", `${one}.ko`))) ?? name;
