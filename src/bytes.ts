/**
 * Strings that may hold any bytes. The kernel's strings are bytes, and not all are UTF-8: a byte that is no part of valid
 * UTF-8 is kept as a lone surrogate U+DC80 to U+DCFF, which no valid text has, and becomes that byte again.
 */
const surrogateBase = 0xdc00;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of these bytes; nothing is lost. */
export function fromBytes(bytes: Uint8Array): string {
	try {
		return strict.decode(bytes);
	} catch {
		// Not UTF-8 as a whole: take the longest valid pieces, byte by byte.
		let text = "";
		for (let at = 0; at < bytes.length; ) {
			const piece = [4, 3, 2, 1].map((size) => bytes.subarray(at, at + size)).find(isOneCharacter);
			text += piece ? strict.decode(piece) : String.fromCharCode(surrogateBase + (bytes[at] ?? 0));
			at += piece?.length ?? 1;
		}
		return text;
	}
}

function isOneCharacter(bytes: Uint8Array): boolean {
	const lead = bytes[0] ?? 0;
	const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (bytes.length !== length) return false;
	try {
		return strict.decode(bytes).length > 0;
	} catch {
		return false;
	}
}

/** The bytes of a text made by `fromBytes`, or of any other text in UTF-8. */
export function toBytes(text: string): Uint8Array {
	if (text.isWellFormed()) return encoder.encode(text);
	const bytes: number[] = [];
	for (const character of text) {
		const code = character.codePointAt(0) ?? 0;
		if (code >= surrogateBase + 0x80 && code <= surrogateBase + 0xff) bytes.push(code - surrogateBase);
		else bytes.push(...encoder.encode(character));
	}
	return Uint8Array.from(bytes);
}

/** Splits what has a NUL behind each string, as `/proc/PID/environ` does. */
export function splitStrings(bytes: Uint8Array): string[] {
	// A surrogate escape never swallows a NUL, so the whole can be taken as one text.
	const texts = fromBytes(bytes).split("\0");
	if (texts.at(-1) === "") texts.pop();
	return texts;
}
