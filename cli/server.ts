/** The options that make a server of `ns`: again when the command has ended, or for each connection. */
import type { ListenOptions } from "../src/process/server.ts";
import type { Profile } from "../src/profile/types.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** The server module, where one of its options is given. */
export function serverParts(reader: Reader): Profile {
	const times = reader.text("again");
	const options = {
		again: reader.flag("again") ?? (times === undefined ? undefined : true),
		times: count(times),
		delay: reader.text("delay"),
		listen: listenOptions(reader),
		most: count(reader.text("most")),
	};
	const asked = ["again", "delay", "listen", "most"].some((name) => reader.given.some((one) => one.name === name));
	return asked ? { server: options } : {};
}

/** What is no number is none for the module either. */
const count = (text: string | undefined): number | undefined =>
	text === undefined ? undefined : (wholeNumber(text) ?? Number.NaN);

/** Everything of the connection that another option would take away. */
const streams = ["stdin", "stdout", "stderr-to-stdout"];

/** `PORT`, `ADDRESS:PORT`, or `[ADDRESS]:PORT` where the address has colons of its own. */
function listenOptions(reader: Reader): ListenOptions | undefined {
	const text = reader.text("listen");
	if (text === undefined) return undefined;
	for (const name of streams) {
		if (!reader.given.some((one) => one.name === name)) continue;
		const message = `--${name} has no meaning with --listen: standard input and output are the connection`;
		reader.problem("SERVER_STREAM", message, `leave --${name} out`);
	}
	const colon = text.lastIndexOf(":");
	const port = wholeNumber(text.slice(colon + 1)) ?? Number.NaN;
	if (colon < 0) return { port };
	const before = text.slice(0, colon);
	if (before.startsWith("[") && before.endsWith("]") && before.includes(":"))
		return { port, address: before.slice(1, -1) };
	if (!before.includes(":")) return { port, address: before };
	const hint = "such as [::1]:8080";
	reader.problem("ADDRESS_INVALID", `--listen ${text}: an address with colons stands in brackets`, hint);
	return { port, address: before };
}
