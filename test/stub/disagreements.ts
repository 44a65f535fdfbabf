/** Whether the two columns of a stub's listing, bytes and instructions, say the same. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assemble, binutils, disassemble, parseListing } from "../../scripts/listing.ts";
import type { Arch } from "../../src/linux/syscalls.ts";
import { machineCode } from "../../src/stub/listing.ts";

const objdumpMachine = { x64: "i386:x86-64", arm64: "aarch64" } as const;

/** The rows whose bytes are not what the assembler makes of the instruction. */
export async function assemblerDisagrees(arch: Arch, listing: string): Promise<string[]> {
	const lines = parseListing(listing);
	const rows = await assemble(arch, lines);
	const wrong = lines.flatMap(({ bytes, text }, i) => {
		const made = rows[i]?.bytes;
		return made === bytes ? [] : [`${text}: the listing has ${bytes}, the assembler makes ${made}`];
	});
	return rows.length === lines.length ? wrong : [...wrong, `${rows.length} instructions for ${lines.length} lines`];
}

/** The rows whose instruction is not what objdump reads in the bytes; one list for each of the codes. */
export function objdumpDisagrees(arch: Arch, listing: string, codes: readonly Uint8Array[]): string[][] {
	const lines = parseListing(listing);
	const { labels } = machineCode(listing);
	const names = new Map([...labels].map(([name, offset]) => [offset, name]));
	return objdump(arch, codes).map((rows) => {
		const read = rows.map(({ text }) => normalised(text, names));
		return lines.flatMap(({ text }, i) => (read[i] === text ? [] : [`${text}: objdump reads ${read[i]}`]));
	});
}

/** One space between words, no comment, and a branch goes to a label instead of an address. */
function normalised(text: string, names: ReadonlyMap<number, string>): string {
	const plain = text
		.replace(/ *\/\/.*$/, "")
		.trim()
		.replace(/\s+/g, " ");
	const branch = /^((?:j\w+|b|b\.\w+|cbn?z|tbn?z) (?:.*, ?)?)0x([0-9a-f]+)$/.exec(plain);
	if (!branch) return plain;
	const [, before = "", target = ""] = branch;
	return `${before}${names.get(Number.parseInt(target, 16)) ?? `0x${target}`}`;
}

/** What objdump reads in raw bytes, for each of the codes. */
function objdump(arch: Arch, codes: readonly Uint8Array[]): ReturnType<typeof disassemble>[] {
	const folder = mkdtempSync(join(tmpdir(), "nskit-objdump-"));
	try {
		const files = codes.map((code, i) => {
			const file = join(folder, `${i}.bin`);
			writeFileSync(file, code);
			return file;
		});
		const command = [`${binutils[arch]}objdump`, "-D", "-b", "binary", "-m", objdumpMachine[arch], ...files];
		const { exitCode, stdout, stderr } = Bun.spawnSync(command);
		if (exitCode !== 0) throw new Error(stderr.toString());
		const parts = stdout.toString().split(/^.*\.bin: .*$/m);
		return parts.slice(1).map(disassemble);
	} finally {
		rmSync(folder, { recursive: true });
	}
}
