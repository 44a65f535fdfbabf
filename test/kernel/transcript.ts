/** What a running command writes, as it comes. */
import { until } from "./waiting.ts";

export class Transcript {
	/** Everything so far, with the line ends of a file, not of a terminal. */
	text = "";

	constructor(stream: ReadableStream<Uint8Array>) {
		void this.follow(stream);
	}

	private async follow(stream: ReadableStream<Uint8Array>): Promise<void> {
		const decoder = new TextDecoder();
		for await (const bytes of stream) this.text += decoder.decode(bytes, { stream: true }).replaceAll("\r", "");
	}

	/** Waits until the text holds this, after position `from`. Returns the position behind it. */
	async has(what: string | RegExp, from = 0): Promise<number> {
		const find = () => {
			const rest = this.text.slice(from);
			if (typeof what === "string") return rest.includes(what) ? from + rest.indexOf(what) + what.length : 0;
			const match = what.exec(rest);
			return match ? from + match.index + match[0].length : 0;
		};
		try {
			return await until(String(what), find);
		} catch {
			throw new Error(`waited in vain for ${what} in:\n${this.text.slice(from)}`);
		}
	}
}
