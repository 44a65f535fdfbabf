/**
 * The stub is kept as listings: bytes, instruction, comment. Only the bytes are used at run time; that they are what
 * the instructions say is held by test/stub/listing.test.ts, with the assembler and objdump.
 */

/** The machine code of a listing and where its labels lie. */
export interface MachineCode {
	readonly bytes: Uint8Array;
	readonly labels: ReadonlyMap<string, number>;
}

/** The columns that hold an instruction's bytes. */
export const byteColumns = [2, 26] as const;

/** The bytes of a listing, in order, and the offsets of its labels. */
export function machineCode(listing: string): MachineCode {
	const [first, last] = byteColumns;
	const labels = new Map<string, number>();
	let hex = "";
	for (const line of listing.split("\n")) {
		if (line.startsWith(" ")) hex += line.slice(first, last).replaceAll(" ", "");
		else if (line !== "") labels.set(line.slice(0, -1), hex.length / 2);
	}
	return { bytes: Uint8Array.fromHex(hex), labels };
}
