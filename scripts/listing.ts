/**
 * Fills in the byte column of the stub's listings after their instructions were edited: `bun scripts/listing.ts`.
 * Needs binutils (`as`, `objdump`) and binutils-aarch64-linux-gnu. `test/stub/listing.test.ts` compares the two columns.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byteColumns } from "../src/stub/listing.ts";

/** The binutils of each architecture, by the names Debian gives them. */
export const binutils = { x64: "x86_64-linux-gnu-", arm64: "aarch64-linux-gnu-" } as const;

/** One instruction of a listing, with the label that stands before it or "". */
export interface ListingLine {
	readonly label: string;
	readonly bytes: string;
	readonly text: string;
	readonly comment: string;
}

/** Splits a listing into its instructions. Throws a `SyntaxError` naming the line that is neither a label nor one. */
export function parseListing(listing: string): ListingLine[] {
	const lines: ListingLine[] = [];
	let label = "";
	for (const line of listing.split("\n")) {
		if (line === "") continue;
		if (/^\w+:$/.test(line)) {
			label = line.slice(0, -1);
			continue;
		}
		const bytes = line.slice(...byteColumns).trim();
		const [, text, comment = ""] = /^ +([^;]*?)(?: *; (.*))?$/.exec(line.slice(byteColumns[1])) ?? [];
		if (!text || !/^([0-9a-f]{2}( |$))*$/.test(bytes)) throw new SyntaxError(`not a line of a listing: ${line}`);
		lines.push({ label, bytes, text, comment });
		label = "";
	}
	return lines;
}

function run(command: string[]): string {
	const { exitCode, stdout, stderr } = Bun.spawnSync(command);
	if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
	return stdout.toString();
}

/** What the assembler makes of a listing's instructions: one row per instruction, with the address it lies at. */
export async function assemble(arch: keyof typeof binutils, lines: readonly ListingLine[]) {
	const folder = mkdtempSync(join(tmpdir(), "nskit-listing-"));
	try {
		const source = lines.map(({ label, text }) => `${label ? `${label}:\n` : ""}\t${text}\n`).join("");
		await Bun.write(join(folder, "stub.s"), source);
		run([`${binutils[arch]}as`, "-o", join(folder, "stub.o"), join(folder, "stub.s")]);
		return disassemble(run([`${binutils[arch]}objdump`, "-d", join(folder, "stub.o")]));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** The rows of `objdump -d`: address, bytes as they lie in memory, instruction. */
export function disassemble(output: string) {
	const rows: { address: number; bytes: string; text: string }[] = [];
	for (const line of output.split("\n")) {
		const match = /^ *([0-9a-f]+):\t([0-9a-f ]+?)(?: *\t(.*))?$/.exec(line);
		if (!match) continue;
		const [, address = "", raw = "", text] = match;
		const bytes = /^[0-9a-f]{8}$/.test(raw.trim()) ? (raw.trim().match(/../g) ?? []).reverse().join(" ") : raw.trim();
		const last = rows.at(-1);
		if (text === undefined && last) last.bytes += ` ${bytes}`;
		else rows.push({ address: Number.parseInt(address, 16), bytes, text: text ?? "" });
	}
	return rows;
}

if (import.meta.main) {
	for (const [arch, file] of [
		["x64", "x86_64.ts"],
		["arm64", "arm64.ts"],
	] as const) {
		const path = join(import.meta.dir, "../src/stub", file);
		const module = await import(path);
		const lines = parseListing(module.listing);
		const rows = await assemble(arch, lines);
		const body = lines.map(({ label, text, comment }, index) => {
			const bytes = rows[index]?.bytes ?? "";
			const row = `  ${bytes.padEnd(24)}  ${text.padEnd(31)}${comment ? ` ; ${comment}` : ""}`.trimEnd();
			return `${label ? `${label}:\n` : ""}${row}\n`;
		});
		const source = await Bun.file(path).text();
		await Bun.write(
			path,
			source.replace(/listing = `\n[^`]*`/, () => `listing = \`\n${body.join("")}\``),
		);
	}
}
